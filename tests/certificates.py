"""Whoever has a certificate: made here, and able to open what is encrypted to it, by two programs."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEAR = timedelta(days=365)
MAIL = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


@dataclass(frozen=True)
class Owner:
    key: Any
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def private(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def opens(self, wire: bytes) -> EmailMessage:
        """What stands inside a message, in which OpenSSL's program and the library agree; fails where it isn't encrypted to it."""
        with TemporaryDirectory() as folder:
            mail, certificate, key = (Path(folder) / name for name in ("mail.eml", "certificate.pem", "key.pem"))
            mail.write_bytes(wire)
            certificate.write_text(self.pem)
            key.write_text(self.private)
            command = ["openssl", "cms", "-decrypt", "-in", mail, "-recip", certificate, "-inkey", key]
            found = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout
        content = message_from_bytes(wire, policy=policy.default).get_payload(decode=True)
        assert isinstance(content, bytes)
        assert pkcs7.pkcs7_decrypt_der(content, self.certificate, self.key, []) == found
        inside = message_from_bytes(found, policy=policy.default)
        assert isinstance(inside, EmailMessage)
        assert not inside.defects
        return inside


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def owner(
    now: datetime,
    *addresses: str,
    key: Any = None,
    begins: timedelta = -YEAR,
    ends: timedelta = YEAR,
    subject: str = "",
    encrypts: bool | None = True,
    purposes: x509.ExtendedKeyUsage | None = MAIL,
) -> Owner:
    """Somebody with a certificate that names `addresses` as alternative names and `subject` as the subject's address."""
    key = key or rsa_key()
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Mari Maasikas")]
        + ([x509.NameAttribute(NameOID.EMAIL_ADDRESS, subject)] if subject else [])
    )
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Trust Services of Ruritania")])
    builder = x509.CertificateBuilder(issuer, name, key.public_key(), x509.random_serial_number(), now + begins, now + ends)
    if addresses:
        names = x509.SubjectAlternativeName([x509.RFC822Name(address) for address in addresses])
        builder = builder.add_extension(names, critical=False)
    if encrypts is not None:
        builder = builder.add_extension(_usage(encrypts=encrypts), critical=True)
    if purposes:
        builder = builder.add_extension(purposes, critical=False)
    return Owner(key, builder.sign(rsa_key(), SHA256()))


def _usage(*, encrypts: bool) -> x509.KeyUsage:
    others = ("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only")
    said = dict.fromkeys(others, False)
    return x509.KeyUsage(digital_signature=True, key_encipherment=encrypts, decipher_only=False, **said)
