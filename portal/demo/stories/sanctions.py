"""Sanctions."""

from portal.demo.records import Close, Story, Take, Writes, answer

STORIES = (
    Story(
        topic="sanctions",
        ago=36,
        subject="Name match with a listed person",
        title="Name match, screening result 82 %",
        destination="AE",
        text="""
            Our screening tool says 82 % for a director of the buyer against a person on the Union's list. Spelling differs
            in one letter, the year of birth is unknown. The tool's help says "investigate". How?
        """,
        steps=(
            Take(35, "hille"),
            answer(
                34,
                """
                A percentage says how alike two spellings are, not how likely it is that they are one person. Go by
                identifiers: date and place of birth, nationality, other names, function. The reasons given in the listing's
                legal act often say more than the list. Ask the buyer for a copy of the register extract and for the
                director's date of birth; that is a usual request.

                If two independent identifiers differ, note it with the date and go on. If they agree, or the buyer refuses,
                make neither goods nor money available: the freeze of Regulation (EU) No 269/2014 and its sisters applies
                without any letter from us. The authority for asset freezes is the one to write to then, and we can put you
                in touch.
                """,
            ),
            Writes(33, "Date and place of birth both differ. We have filed the extract with a note. Thank you for the quick word."),
            Close(32),
        ),
    ),
    Story(
        topic="sanctions",
        ago=18,
        subject="Thirty plus thirty per cent",
        title="Ownership by two listed persons, aggregation",
        destination="CY",
        text="""
            A customer is held 30 % each by two listed persons and 40 % by somebody unknown. Each is below half. Are we
            safe?
        """,
        steps=(
            Take(17, "tarvo"),
            answer(
                10,
                """
                No. The shares of listed persons are added up in assessing whether an entity is owned by them: 30 and 30
                make 60, above half, and funds or goods made available to the entity are presumed to reach them. Control
                counts as well as ownership: a right to appoint the board, a power of attorney, a lender who decides.

                The presumption can be rebutted case by case, but not by the seller alone. Please don't deliver and don't
                take payment until the authority for asset freezes has answered. Article 8 of Regulation (EU) No 269/2014
                may oblige you to report what you know.

                This is general guidance on the Council's best practices and no decision on the customer.
                """,
            ),
        ),
    ),
    Story(
        topic="sanctions",
        ago=22,
        subject="Clause against re-export",
        title="No re-export clause, Article 12g: wording and partners",
        segments=("CTA01.1",),
        destination="UZ",
        text="""
            Our distributor refuses the clause against re-export to Russia because "our law does not know Union sanctions".
            Is there a standard text, and what is an adequate remedy? Their yearly volume is 90,000 euros, mostly
            connectors.
        """,
        steps=(
            Take(21, "olev"),
            answer(
                18,
                """
                Article 12g of Regulation (EU) No 833/2014 obliges you, not him: for the goods it names the contract must
                prohibit re-export to Russia and for use in Russia, and must hold adequate remedies. His law need not know
                our sanctions; a contract between two firms is enough. The Commission's questions and answers give a model
                text.

                Remedies should hurt: termination, and a penalty that is more than the margin. A duty to inform you of
                breaches by his own customers, and a right for you to see his sales by customer, make it a living clause.

                First check which of your connectors fall under the annexes meant by the article; perhaps half of the volume
                needs no clause at all. For the rest: no clause, no delivery. A distributor who finds that hard to accept
                has told you something.
                """,
            ),
        ),
    ),
    Story(
        topic="sanctions",
        ago=7,
        subject="Our subsidiary keeps selling",
        title="Subsidiary in a third country supplies Russia, best efforts",
        segments=("CTA08.4",),
        destination="RS",
        text="""
            We own 51 % of a company outside the Union that makes power supplies from its own designs. Its local director
            has kept two Russian customers. No Union goods are involved and we gave no orders. What exactly are "best
            efforts" for an owner?
        """,
        steps=(Take(6, "hille"),),
    ),
    Story(
        topic="sanctions",
        ago=5,
        subject="Updates for a machine already there",
        title="Firmware and remote diagnosis for a machine in Belarus",
        segments=("CTA09.2",),
        destination="BY",
        text="""
            A robot cell that we sold in 2018 asks our server for updates. The customer in Belarus still has a service
            contract to the end of the year. Do we have to block it? May we warn of a safety defect in the brake, which is
            dangerous to people?
        """,
        steps=(Take(4, "olev"),),
    ),
    Story(
        topic="sanctions",
        ago=28,
        subject="Customs code on the priority list",
        title="Common high priority items: one code, many goods",
        segments=("CTA01.1",),
        destination="AM",
        text="""
            Our cable tester is declared under a code that is on the common high priority list, because of a board inside.
            It is a tester for cables, no weapon was ever built with it. Does the code alone bring all the duties?
        """,
        steps=(
            Take(27, "hille"),
            answer(
                25,
                """
                The list goes by customs code, so yes, if the classification is right: the export and transit prohibition
                and the duties of care under Regulation (EU) No 833/2014 don't ask what your tester is for. They do ask for
                proportion: know your risks, write the assessment down, and have policies to match (Article 12gb).

                Check the code first. A complete instrument is classified as itself and not as a board inside it; binding
                tariff information from customs settles it for three years. If the code stays, a page of risk assessment for
                each country and a question about the final user will do for testers in small numbers.

                Armenia is no target of the measure; the risk is onward movement, so ask where the tester will stand.
                """,
            ),
            Writes(24, "Our agent had chosen the code of the board. We have asked customs for binding information."),
            Close(22),
        ),
    ),
    Story(
        topic="sanctions",
        ago=1,
        subject="Port call on the way",
        destination="TR",
        text="""
            A carrier offers a good rate for pumps to a customer in Turkey, but the ship calls at a Russian port on the way.
            The goods stay on board. Is that transit through Russia? The pumps are in an annex, we think.
        """,
    ),
)
