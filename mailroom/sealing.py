"""Certificates by which mail to an address can be encrypted (S/MIME), and the encrypting; all cryptography is a library's.

An enveloped message of RFC 8551, section 3.3: AES-256-CBC, its key for the RSA key of the certificate. Not GCM, which many mail
programs can't read yet. Who issued a certificate is not checked: that it is the address's own says the reader of its mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils.formats import date_format
from django.utils.translation import gettext as _

Extension = TypeVar("Extension", bound=x509.ExtensionType)
LARGEST: Final = 16_384  # bytes of a certificate, in either form
LEAST_BITS: Final = 2048  # RFC 8551, section 4.3
MOST_BITS: Final = 8192  # more cost a worker time, and nobody has them
LEAST_EXPONENT: Final = 65537
LONGEST_ISSUER: Final = 300
MOST_NAMED: Final = 3
# What the library raises for bytes that are no certificate, or one with a part of which it can make nothing.
UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


class UnableToUse(Exception):
    """Mail to the address can't be encrypted by this; the message says why and what to do."""


@dataclass(frozen=True)
class Facts:
    """What a certificate says, as far as it matters here."""

    der: bytes
    issuer: str
    fingerprint: str  # SHA-256, in hexadecimal digits
    not_before: datetime
    not_after: datetime
    bits: int  # of an RSA key; 0 for another one
    exponent: int
    addresses: tuple[str, ...]
    may_encrypt: bool
    is_for_mail: bool

    @property
    def fingerprint_in_pairs(self) -> str:
        return in_pairs(self.fingerprint)


def read(content: bytes) -> Facts:
    """Return what is in a file or in what was pasted, PEM or DER; raises UnableToUse."""
    if b"PRIVATE KEY-----" in content:
        raise UnableToUse(_("There is a private key in this. Show it to nobody: give the certificate alone."))
    try:
        return _facts(_loaded(content))
    except UNREADABLE as error:
        raise UnableToUse(
            _("This is no certificate that can be read: give it as a file, or as text from its BEGIN to its END.")
        ) from error


def check(certificate: Facts, *, address: str, now: datetime) -> None:
    """Raise UnableToUse where mail to `address` can't be encrypted by it now."""
    if certificate.not_after <= now:
        raise UnableToUse(
            _("This certificate has ended on %(day)s. Give the one that follows it.") % {"day": _day(certificate.not_after)}
        )
    if certificate.not_before > now:
        raise UnableToUse(_("This certificate is good from %(day)s on. Enter it then.") % {"day": _day(certificate.not_before)})
    if not certificate.bits:
        raise UnableToUse(_("Its key is none of RSA, and the portal can encrypt to RSA keys only. Ask for a certificate with one."))
    if not LEAST_BITS <= certificate.bits <= MOST_BITS or certificate.exponent < LEAST_EXPONENT:
        limits = {"least": LEAST_BITS, "most": MOST_BITS}
        raise UnableToUse(_("Its key is too weak, or too large: use one of RSA with %(least)d to %(most)d bits.") % limits)
    if not certificate.may_encrypt:
        raise UnableToUse(_("It is for signing only. Most issuers give a second one for encryption: use that."))
    if not certificate.is_for_mail:
        raise UnableToUse(_("It is not meant for mail. Use one for S/MIME, with the usage “email protection”."))
    if certificate.addresses and address.lower() not in certificate.addresses:
        named = ", ".join(certificate.addresses[:MOST_NAMED])
        raise UnableToUse(_("It is for %(named)s, and not for this address.") % {"named": named})


def encrypt(content: bytes, *, der: bytes) -> bytes:
    """Return `content` as CMS enveloped data (RFC 5652), in DER; raises UnableToUse where the certificate can't do it."""
    try:
        builder = PKCS7EnvelopeBuilder().set_data(content).add_recipient(x509.load_der_x509_certificate(der))
        return builder.set_content_encryption_algorithm(AES256).encrypt(Encoding.DER, [PKCS7Options.Binary])
    except (*UNREADABLE, TypeError) as error:
        raise UnableToUse from error


def in_pairs(fingerprint: str) -> str:
    """Return a fingerprint as programs show it, to be compared by eye."""
    return ":".join(fingerprint[place : place + 2] for place in range(0, len(fingerprint), 2)).upper()


def _loaded(content: bytes) -> x509.Certificate:
    if len(content) > LARGEST:
        raise UnableToUse(_("This is too large for a certificate: give the one of the address alone, not all of its chain."))
    if b"-----BEGIN" not in content:
        return x509.load_der_x509_certificate(content)
    found = x509.load_pem_x509_certificates(content)
    if len(found) > 1:
        raise UnableToUse(_("There are several certificates in this. Give the one of the address alone."))
    return found[0]


def _facts(found: x509.Certificate) -> Facts:
    key = found.public_key()
    usage, purposes = _extension(found, x509.KeyUsage), _extension(found, x509.ExtendedKeyUsage)
    of_mail = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    return Facts(
        der=found.public_bytes(Encoding.DER),
        issuer=found.issuer.rfc4514_string()[:LONGEST_ISSUER].replace("\0", ""),
        fingerprint=found.fingerprint(SHA256()).hex(),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        bits=key.key_size if isinstance(key, RSAPublicKey) else 0,
        exponent=key.public_numbers().e if isinstance(key, RSAPublicKey) else 0,
        addresses=_addresses(found),
        may_encrypt=usage is None or usage.key_encipherment,
        is_for_mail=purposes is None or bool(of_mail & set(purposes)),
    )


def _addresses(found: x509.Certificate) -> tuple[str, ...]:
    """Those that it names, in lower case: RFC 8550, section 3."""
    names = _extension(found, x509.SubjectAlternativeName)
    said = names.get_values_for_type(x509.RFC822Name) if names else []
    said += [str(each.value) for each in found.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
    return tuple(sorted({each.lower() for each in said}))


def _extension(found: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return found.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _day(moment: datetime) -> str:
    return date_format(moment, "j F Y")
