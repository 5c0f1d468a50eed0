"""What the firms of the demo country say of themselves besides their profile: worked out from it, the same every time.

All numbers have the right check digits and none was given out: they are made of serials that no register uses.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from stdnum.iso7064 import mod_97_10

from organisations.models import Kind
from portal.demo.people import registration_number
from portal.demo.records import Firm
from registry.models import Compliance, Willingness

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
# Economic activities (NACE Rev. 2.1) that go with the areas, the main one first.
ACTIVITIES = {
    "CTA01": ("26.11", "71.12"),
    "CTA02": ("62.10", "63.10"),
    "CTA03": ("26.51", "72.10"),
    "CTA04": ("72.10", "21.20"),
    "CTA05": ("26.30", "62.10"),
    "CTA06": ("26.51", "26.70"),
    "CTA07": ("30.31", "26.51"),
    "CTA08": ("27.20", "27.11"),
    "CTA09": ("28.99", "62.10"),
    "CTA10": ("25.53", "24.45"),
}
# The associations that serve the areas, by their place in `offices.ASSOCIATIONS`.
SERVED = {
    "CTA01": (0, 2),
    "CTA03": (0,),
    "CTA05": (1,),
    "CTA06": (0,),
    "CTA07": (1,),
    "CTA08": (2,),
    "CTA09": (1, 2),
    "CTA10": (2,),
}
MARKETS = (("154", "155"), ("154", "021", "155"), ("154", "155", "030"), ("154", "151"), ("155", "035", "145"))
PARTNERS = (
    "Northern Institute of Applied Physics: joint measurements; two doctoral students a year.",
    "",
    "Consortium of four firms and an institute in a programme of Horizon Europe.",
    "",
)
LADDER = (Compliance.DOCUMENTED, Compliance.BASIC, Compliance.AUDITED, Compliance.NONE)


def more(firm: Firm, turn: int, *, today: date, control_codes: Collection[str]) -> dict[str, Any]:
    """Return the further values of a firm's entry. `turn` makes them differ; `control_codes` are those its segments often meet."""
    area = firm.profile.activities[0][0].partition(".")[0]
    is_full = turn % 4 != 3  # every fourth says less, as in life
    return {
        "trading_names": [firm.body.name.split()[0]] if turn % 3 == 0 and firm.body.kind == Kind.FIRM else [],
        "unit_name": "Laboratory of Measurement" if firm.body.kind == Kind.INSTITUTE and turn % 2 else "",
        "vat_number": _vat_number(firm.body.serial) if is_full else "",
        "lei": _lei(firm.body.serial) if turn % 3 == 1 else "",
        "eori": f"EE{registration_number(firm.body.serial)}" if is_full else "",
        "ror": _ror(firm.body.serial) if firm.body.kind == Kind.INSTITUTE else "",
        "other_regions": ["EE007"] if turn % 5 == 2 else [],
        "nace": list(ACTIVITIES[area]),
        "control_entries": sorted(control_codes)[: 1 + turn % 3] if is_full else [],
        "markets": list(MARKETS[turn % len(MARKETS)]) if is_full else [],
        "certifications": [
            {
                "scheme": scheme,
                "number": f"DEMO-{firm.body.serial[-4:]}-{place}" if turn % 2 else "",
                "valid_until": (today + timedelta(days=200 + 37 * turn)).isoformat() if is_full else "",
            }
            for place, scheme in enumerate(filter(None, firm.profile.certifications.split("\n")), start=1)
        ],
        "compliance": LADDER[turn % len(LADDER)] if is_full else "",
        "partners": PARTNERS[turn % len(PARTNERS)],
        "willingness": [value for place, value in enumerate(Willingness.values) if (turn + place) % 3 != 1],
    }


def associations_of(firm: Firm, turn: int) -> tuple[int, ...]:
    """The places in `offices.ASSOCIATIONS` of those that the firm belongs to."""
    served = SERVED.get(firm.profile.activities[0][0].partition(".")[0], ())
    return served[:1] if turn % 3 else served


def _vat_number(serial: str) -> str:
    """A number of Estonia's form: eight digits, and a ninth by the weights 3, 7, 1 (python-stdnum has the rule)."""
    digits = "9" + serial
    total = sum(int(digit) * weight for digit, weight in zip(digits, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return f"EE{digits}{-total % 10}"


def _lei(serial: str) -> str:
    body = f"DEMO00PORTAL{serial[-6:]}"
    return body + str(mod_97_10.calc_check_digits(body))


def _ror(serial: str) -> str:
    value = int(serial)
    digits = "".join(CROCKFORD[value >> 5 * place & 31] for place in reversed(range(7)))
    return f"{digits}{98 - value * 100 % 97:02}"
