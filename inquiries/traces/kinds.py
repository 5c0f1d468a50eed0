from enum import StrEnum


class Kind(StrEnum):
    """What a trace is. The value stands in masked texts, for the official who reads them."""

    RECEIPT = "receipt"
    EMAIL = "email"
    WEBSITE = "website"
    PHONE = "phone"
    IBAN = "iban"
    LEI = "lei"
    EORI = "eori"
    VAT = "vat-number"
    COMPANY = "company-number"
    PERSON = "personal-code"
    LICENCE = "licence-number"
    SERIAL = "serial-number"
    PART = "part-number"
    REFERENCE = "reference"
    FIRM = "firm-name"

    @property
    def words(self) -> str:
        """As it stands in masked texts."""
        first, space, rest = self.replace("-", " ").partition(" ")
        return f"{first.upper() if self in ABBREVIATED else first}{space}{rest}"


ABBREVIATED = frozenset({Kind.IBAN, Kind.LEI, Kind.EORI, Kind.VAT})
