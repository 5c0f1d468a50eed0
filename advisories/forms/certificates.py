"""What somebody enters to get encrypted mail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mailroom.sealing import LARGEST


class CertificateForm(forms.Form):
    certificate = forms.CharField(
        label=gettext_lazy("Certificate as text"),
        help_text=gettext_lazy("From -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."),
        required=False,
        max_length=LARGEST,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
    )
    file = forms.FileField(
        label=gettext_lazy("Or as a file"),
        help_text=gettext_lazy("A .cer, .crt, .der or .pem with the certificate alone: no .p12 or .pfx, for these hold your key."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".cer,.crt,.der,.pem,application/pkix-cert"}),
        error_messages={"empty": gettext_lazy("This file is empty.")},
    )

    def clean_file(self) -> bytes:
        """The bytes of the file; none where there is no file."""
        upload = self.cleaned_data["file"]
        if upload and upload.size > LARGEST:
            raise forms.ValidationError(_("The file is too large for a certificate. Choose the one of the address alone."))
        return upload.read(LARGEST + 1) if upload else b""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        typed, file = cleaned.get("certificate"), cleaned.get("file")
        if typed is None or file is None:
            return cleaned
        if typed and file:
            self.add_error("file", _("Give the certificate once: as text, or as a file."))
        elif not typed and not file:
            self.add_error("certificate", _("Paste the certificate, or choose its file."))
        self.content, self.source = (file, "file") if file else (typed.encode(), "certificate")
        return cleaned
