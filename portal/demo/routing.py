"""The rules by which the demo country sorts what is filed, and what they make of the inquiries that nobody has taken yet."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from inquiries import lifecycle
from inquiries.models import Inquiry, RoutingRule
from inquiries.services import casework, routing, rules
from organisations.models import Organisation, User
from portal.demo.calendar import business_days
from portal.demo.people import registration_number

ADMINISTRATOR = "administrator@focalpoint.example"
SORTER = "triage@focalpoint.example"
WRITTEN_AGO = 60  # business days
OFFICES = {"licensing": "7900102", "screening": "7900103", "policy": "7900104", "threats": "7900105"}  # serials, see offices.py
RULES: tuple[dict[str, Any], ...] = (
    {"name": "Handle with care: stays at the focal point", "tier": 5, "flags": ["sensitive", "media"], "team": "Supervisors"},
    {
        "name": "Embargoed destinations",
        "tier": 10,
        "topics": ["transaction", "sanctions", "classification"],
        "destinations": ["BY", "IR", "KP", "RU", "SY"],
        "agency": "licensing",
        "team": "Sanctions and embargoes",
        "priority": "urgent",
        "target_days": 3,
    },
    {
        "name": "Signs of diversion",
        "tier": 10,
        "flags": ["diversion-risk", "catch-all"],
        "agency": "threats",
        "priority": "high",
        "target_days": 5,
    },
    {"name": "Lasers and sensors", "tier": 30, "codes": ["6A"], "agency": "licensing", "team": "Sensors and lasers"},
    {"name": "Software and technology", "tier": 30, "topics": ["technology-transfer"], "agency": "policy"},
    {"name": "Investment screening", "tier": 50, "topics": ["investment"], "agency": "screening", "target_days": 12},
    {"name": "Licences and procedures", "tier": 50, "topics": ["licensing"], "agency": "licensing", "team": "Licences"},
    {"name": "What is going on out there", "tier": 50, "topics": ["risk-landscape"], "agency": "threats"},
)
DEFAULTS: dict[str, Any] = {
    **{kind: [] for kind in ("topics", "segments", "codes", "destinations", "modes", "flags")},
    "team": "",
    "priority": "",
    "target_days": None,
}


def are_there() -> bool:
    return RoutingRule.objects.exists()


@transaction.atomic
def write(*, today: date) -> None:
    """Write the rules as they came to be, one changed since, and have them sort what is new."""
    days = business_days(today, WRITTEN_AGO)
    administrator = User.objects.get(email=ADMINISTRATOR)
    offices = {name: Organisation.objects.get(registration_number=registration_number(serial)) for name, serial in OFFICES.items()}
    written = {}
    for said in RULES:
        terms = rules.Terms(**DEFAULTS | said | {"agency": offices.get(said.get("agency", ""))})
        written[terms.name] = rules.add(terms=terms, by=administrator, today=days[WRITTEN_AGO])
    rules.switch(written["What is going on out there"], on=False, by=administrator, today=days[WRITTEN_AGO // 3])
    _sort(today=today)


def _sort(*, today: date) -> None:
    official = User.objects.get(email=SORTER)
    for inquiry in Inquiry.objects.filter(state=lifecycle.RECEIVED, officer=None, agency=None).order_by("reference"):
        if routing.decide(inquiry, segments=inquiry.segments.all()):
            casework.apply_rules(inquiry, by=official, today=today)
