"""The agencies and associations of the demo country."""

from organisations.models import Function, Kind, Role
from portal.demo.records import Body, Person

FOCAL_POINT = Body(
    slug="focalpoint",
    kind=Kind.AGENCY,
    name="Strategic Goods Focal Point",
    short_name="Focal Point",
    serial="7900101",
    functions=(Function.OUTREACH,),
    is_focal_point=True,
    people=(
        Person("Merike Loometsalu", (Role.TRIAGE,), login="triage"),
        Person("Olev Randvirve", (Role.CASE_OFFICER,), login="case-officer"),
        Person("Hille Kivilaane", (Role.CASE_OFFICER,)),
        Person("Tarvo Sinirada", (Role.CASE_OFFICER,)),
        Person("Eda Lehtnõmm", (Role.EDITOR,), login="editor"),
        Person("Aare Tammevälja", (Role.APPROVER,), login="approver"),
        Person("Sirje Murakalda", (Role.SUPERVISOR, Role.APPROVER), login="supervisor"),
        Person("Asta Kuuseharu", (Role.AUDITOR,), login="auditor"),
        Person("Ahti Vahesaar", (Role.ADMINISTRATOR,), login="administrator"),
        Person("Gerli Ojapera", (Role.GATEKEEPER,), login="gatekeeper"),
        Person("Uku Väravmäe", (Role.GATEKEEPER,), login="second-gatekeeper"),
    ),
)

AGENCIES = (
    FOCAL_POINT,
    Body(
        slug="licensing-board",
        kind=Kind.AGENCY,
        name="Strategic Goods Licensing Board",
        short_name="Licensing Board",
        serial="7900102",
        functions=(Function.LICENSING,),
        people=(
            Person("Liis Haldjamäe", (Role.CASE_OFFICER,), login="licensing-case-officer", mailbox="case-officer"),
            Person("Peep Rohtlaan", (Role.CASE_OFFICER,)),
        ),
    ),
    Body(
        slug="investment-screening",
        kind=Kind.AGENCY,
        name="Foreign Investment Screening Office",
        short_name="Screening Office",
        serial="7900103",
        functions=(Function.INVESTMENT_SCREENING,),
        people=(Person("Ilme Kaldmets", (Role.CASE_OFFICER,)),),
    ),
    Body(
        slug="technology-policy",
        kind=Kind.AGENCY,
        name="Department for Technology and Trade Policy",
        short_name="Policy Department",
        serial="7900104",
        functions=(Function.POLICY,),
        people=(Person("Urve Tihase", (Role.CASE_OFFICER,)),),
    ),
    Body(
        slug="threat-centre",
        kind=Kind.AGENCY,
        name="Technology Threat Monitoring Centre",
        short_name="Threat Centre",
        serial="7900105",
        functions=(Function.THREAT_MONITORING,),
        people=(Person("Rein Pilvere", (Role.CASE_OFFICER,)),),
    ),
)

ASSOCIATIONS = (
    Body(
        slug="photonics-cluster",
        kind=Kind.ASSOCIATION,
        name="Photonics and Quantum Cluster",
        short_name="Photonics Cluster",
        serial="8900201",
        people=(
            Person("Anu Valgusmaa", (Role.OFFICER,), login="association-officer", mailbox="officer"),
            Person("Jaak Merikivi", (Role.SIGNATORY,)),
        ),
    ),
    Body(
        slug="defence-space",
        kind=Kind.ASSOCIATION,
        name="Association of Space, Robotics and Autonomous Systems",
        short_name="Space and Robotics",
        serial="8900202",
        people=(
            Person("Kadri Tähtveer", (Role.OFFICER,)),
            Person("Mart Uduväli", (Role.SIGNATORY,)),
        ),
    ),
    Body(
        slug="machinery-electronics",
        kind=Kind.ASSOCIATION,
        name="Union of Machinery, Electronics and Materials Makers",
        short_name="Machinery and Electronics",
        serial="8900203",
        people=(
            Person("Eevi Rauamägi", (Role.OFFICER,)),
            Person("Toivo Vasksalu", (Role.SIGNATORY,)),
        ),
    ),
)

# Bodies that the focal point has opened the registry to.
PARTNERS = (
    Body(
        slug="trade-promotion",
        kind=Kind.PARTNER,
        name="Foundation for the Promotion of Trade",
        short_name="Trade Promotion",
        serial="8900204",
        people=(Person("Maarika Laanemets", (Role.PARTNER_OFFICER,), mailbox="exhibitions"),),
    ),
)
