"""A dozen advisories, written for the demo. `state` is how far each has come; `ago` counts business days before today."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Estonian:
    """What a notice says in Estonian."""

    title: str
    summary: str
    body: str


@dataclass(frozen=True)
class Notice:
    kind: str
    tlp: str
    state: str
    ago: int
    title: str
    summary: str
    body: str
    segments: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()  # as far as the catalogue has them
    places: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    estonian: Estonian | None = None
    files: tuple[str, ...] = ()  # names of papers.py


NOTICES = (
    Notice(
        kind="threat",
        tlp="amber",
        state="published",
        ago=34,
        title="Young trading companies ordering microcontrollers in bulk",
        summary="Distributors report large first orders from companies founded within the year, for delivery to forwarders.",
        segments=("CTA01.1",),
        body="""
            **What we see.** Since late summer, first orders of 10,000 to 60,000 microcontrollers and small programmable
            devices from companies less than a year old. The price is accepted at once, payment comes in advance, the
            consignee is a freight forwarder, and the stated use (electricity meters, toys, lighting) does not match the mix
            of parts.

            **Why it matters.** Many of these parts are common high priority items under Regulation (EU) No 833/2014. They
            are found again and again in weapons recovered from the battlefield.

            **What to do.** Ask for the product's type approval, the place of assembly and the yearly output. Don't ship to
            a forwarder as final address. Keep the correspondence. Ask the focal point, without names if you prefer.
        """,
    ),
    Notice(
        kind="threat",
        tlp="amber",
        state="published",
        ago=23,
        title="Requests to remove labels and serial plates",
        summary="Buyers of numerical controllers and drives ask for neutral packing and changed descriptions.",
        segments=("CTA09.2", "CTA10.3"),
        body="""
            **What we see.** Requests to take off makers' labels, to invoice controllers as "industrial computers", and to
            split a machine over several consignments. In two cases an old customer had a new owner.

            **What to do.** Decline in one neutral sentence. Treat a customer under new ownership as a new customer. Check
            the consignments since the change. A wrong description is an offence under customs law whatever the goods are.
        """,
    ),
    Notice(
        kind="threat",
        tlp="green",
        state="published",
        ago=16,
        title="Paid expert calls about unpublished projects",
        summary="Engineers are offered fees on career networks for calls about optics, lithography and quantum devices.",
        segments=("CTA01.4", "CTA03.1"),
        body="""
            **What we see.** Consultants offer 300 to 600 euros an hour and use project names that have not been published.
            Questions begin with supply bottlenecks and end with yields and suppliers.

            **What to do.** Tell staff that the offer itself is nothing to be ashamed of. Ask them not to accept, not to
            quarrel and not to delete. Let one person collect what was asked. Reports reach the Threat Centre through the
            focal point, without names.
        """,
    ),
    Notice(
        kind="regulatory",
        tlp="clear",
        state="published",
        ago=8,
        title="One year of the new Annex I: refrigerators, quantum computers, printers",
        summary="What the update of 15 November 2025 added, and the questions that firms have asked most since.",
        segments=("CTA03.1", "CTA10.2", "CTA01.1"),
        codes=("3A501", "3A504", "4A506", "2B510", "1C513"),
        law=("32021R0821 Dual-use regulation",),
        estonian=Estonian(
            title="Aasta uut I lisa: külmikud, kvantarvutid, printerid",
            summary="Mida lisas 15. novembri 2025. aasta muudatus ja mida ettevõtted on sellest ajast kõige rohkem küsinud.",
            body="""
                Määruse (EL) 2021/821 I lisa 15. novembri 2025. aasta muudatus lisas muu hulgas krüogeense jahutuse (3A504),
                krüogeensed ahelad ja parameetrilised võimendid (3A501), kvantarvutid (4A506), suletud juhtimisahelaga
                metalliprinterid (2B510) ja pinnatud sulamipulbrid (1C513).

                Sagedasemad vead: loetakse pealkirja sõnu „ja komponendid“ nii, nagu hõlmaksid need iga osa; peetakse
                tüüpilist väärtust nimiväärtuseks; unustatakse, et täiendus võib tõsta masina mõne kirje alla. Kas varasemad
                liigitused on uuesti läbi vaadatud? Portaali kataloog näitab kirjeid segmentide kaupa.
            """,
        ),
        body="""
            The update of Annex I to Regulation (EU) 2021/821 of 15 November 2025 added, among others, cryogenic cooling
            (3A504), cryogenic circuits and parametric amplifiers (3A501), quantum computers (4A506), printers for metal
            parts with closed-loop control (2B510) and coated alloy powders (1C513).

            The most frequent mistakes: to read "and components" in a heading as covering every part; to take a typical
            figure for a rating; to forget that an upgrade can lift a machine into an entry. Have earlier classifications
            gone through once more? The catalogue of this portal shows the entries by segment.
        """,
    ),
    Notice(
        kind="regulatory",
        tlp="clear",
        state="published",
        ago=29,
        title="Clause against re-export: what a contract must hold",
        summary="Article 12g of Regulation (EU) No 833/2014 in ten sentences, with remedies that work.",
        places=("RU",),
        roles=("produces", "trades"),
        law=("32014R0833 Measures in view of Russia's actions, Article 12g",),
        body="""
            When you sell, supply or export the goods that Article 12g names, the contract must prohibit re-export to Russia
            and re-export for use in Russia, and must hold adequate remedies.

            Adequate is what hurts: termination, and a penalty above the margin. Add a duty to inform and a right to see
            sales by customer. The clause does not replace the check of the customer. Where a partner refuses it, don't
            deliver.
        """,
    ),
    Notice(
        kind="guidance",
        tlp="clear",
        state="published",
        ago=38,
        title="A compliance programme for firms of fewer than ten people",
        files=("compliance-programme-on-one-page.pdf",),
        summary="The least that is serious: one page of policy, one list, one form, one person who may stop an order.",
        body="""
            Recommendation (EU) 2019/1318 describes internal compliance programmes. For a firm of nine people this comes
            down to:

            - one page that says whom you don't sell to, signed by all owners;
            - a list of articles with classification and date;
            - a form for each order: who buys, who uses, where, for what, checked against which list, by whom;
            - a second person with an equal right to stop;
            - an hour of training a year, and a folder that is kept for five years.
        """,
    ),
    Notice(
        kind="guidance",
        tlp="green",
        state="published",
        ago=12,
        title="Visiting researchers: what to agree before they arrive",
        summary="Questions on funding, recipes, files and rooms, drawn from inquiries of this autumn.",
        segments=("CTA03.1", "CTA06.3"),
        body="""
            Teaching on our soil is no export; what leaves with a guest may be one. Before the invitation goes out, read the
            terms of the scholarship, ask for the group to which the guest returns, and agree in writing on recipes, files
            and rooms.

            Recommendation (EU) 2021/1700 has the checklists. Results that are published without restrictions are in the
            public domain; the unpublished process behind them is not.
        """,
    ),
    Notice(
        kind="threat",
        tlp="amber+strict",
        state="published",
        ago=4,
        title="False tender for border surveillance multicopters",
        summary="A document with macros is sent to makers of unmanned aircraft in the name of a neighbouring ministry.",
        segments=("CTA09.1",),
        body="""
            **What we see.** Invitations to tender, sent on the same day to makers of aircraft and to their suppliers, from
            an address that resembles a ministry's. The attachment asks for macros to be enabled and for a list of
            sub-suppliers.

            **What to do.** Don't open it. Don't forward it as an attachment. Tell your security officer, and confirm real
            tenders by telephone through a number that you already have.
        """,
    ),
    Notice(
        kind="threat",
        tlp="red",
        state="published",
        ago=2,
        title="Named intermediary in orders for pressure transducers",
        summary="For the persons addressed only: a pattern of repeat orders with rising accuracy classes.",
        segments=("CTA06.1",),
        body="""
            One intermediary, whose details you receive by telephone, has placed repeat orders for absolute pressure
            transducers with three makers. Quantity and accuracy class rise with each order; helium leak tests are asked for
            a stated use in drinking water.

            Please don't quote before you have spoken with the case officer, and don't pass this notice on within your firm.
        """,
    ),
    Notice(
        kind="threat",
        tlp="amber",
        state="in-review",
        ago=1,
        title="Resurfaced converters with two date codes",
        summary="Counterfeit data converters from brokers, some offered as parts of military temperature grade.",
        segments=("CTA01.1",),
        body="""
            Reels with two date codes and resurfaced packages were found by two assemblers. The broker also offers ceramic
            parts at the price of plastic ones. Check by solvent and X-ray before use, and keep one part of each lot.
        """,
    ),
    Notice(
        kind="guidance",
        tlp="green",
        state="draft",
        ago=1,
        title="Renting out accelerators: know the remote user",
        summary="Draft. Checks for providers of computing time, from sign-up to unusual load.",
        segments=("CTA02.1", "CTA02.2"),
        body="""
            Computing time is no item of Annex I, but technical assistance and the purposes of Article 4 are of concern. To
            be completed: identity of the user behind a reseller, size of the request, refusal of job records.
        """,
    ),
    Notice(
        kind="regulatory",
        tlp="clear",
        state="withdrawn",
        ago=20,
        title="Reporting dates for users of general authorisations",
        summary="When the yearly report of use is due, and where it goes.",
        body="""
            Users of Union general authorisations report their use once a year to the Licensing Board.
        """,
    ),
)
