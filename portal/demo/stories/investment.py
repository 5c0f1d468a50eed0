"""Investment screening."""

from portal.demo.records import Close, Story, Take, Writes, answer, ask_back

STORIES = (
    Story(
        topic="investment",
        ago=28,
        subject="Twelve per cent and a board seat",
        title="Minority stake with a board seat in a sensor maker",
        segments=("CTA06.1", "CTA01.2"),
        destination="SG",
        text="""
            A fund from outside the Union offers to take 12 % with one seat on the board and a right to see technical
            reports. We make detectors, some of them listed. Is this notifiable, and if so by us or by them? We would sign
            in six weeks.
        """,
        steps=(
            Take(27, "hille"),
            answer(
                15,
                """
                By what you say, yes, and before closing. Under the national act a holding of ten per cent or more of the
                votes in a firm that makes items of Annex I is a qualifying investment; a board seat points the same way.
                The investor files; you are asked to confirm the facts about your firm.

                The Screening Office looks at the factors of Article 4 of Regulation (EU) 2019/452: critical technology and
                dual-use items, access to sensitive information, and whether the investor is controlled by a government of a
                third country, also through funding. So the first document to ask of the fund is a list of its limited
                partners above five per cent.

                Time: thirty days after a complete filing, longer if other Member States comment. Sign with a condition
                precedent, not without. Your right to give technical reports is limited by export control as well: a report
                may hold technology of 6E001 or 6E002, and a director abroad is an export.

                This is general; the Screening Office decides on a filing alone.
                """,
            ),
        ),
    ),
    Story(
        topic="investment",
        ago=14,
        subject="Selling patents instead of shares",
        title="Sale of patents and know-how, no shares",
        segments=("CTA03.2",),
        destination="CN",
        text="""
            We would sell four patent families and the source code of an abandoned product. No shares, no people. Is it
            screened?
        """,
        steps=(
            Take(13, "tarvo"),
            ask_back(
                7,
                """
                An asset deal can be an investment under the act if what is bought can be carried on as a business. Two
                questions: was the product ever sold, and are there customers, staff or licences that would go along? And
                did the source code have an export classification (5D002 is the usual one in your segment)? Its transfer may
                need an authorisation whatever the Screening Office says.
                """,
            ),
        ),
    ),
    Story(
        topic="investment",
        ago=10,
        subject="Venture fund with a sovereign partner",
        title="Venture fund, sovereign limited partner, quantum start-up",
        segments=("CTA03.1",),
        destination="QA",
        text="""
            The lead investor is a fund in Luxembourg, managed in the Union. 38 % of the fund's money is from a sovereign
            wealth fund of a third country, with a seat on the advisory committee and no vote. Is that a foreign investor?
        """,
        steps=(Take(7, "hille"),),
    ),
    Story(
        topic="investment",
        ago=39,
        subject="Convertible loan",
        title="Convertible loan: when the screening clock starts",
        segments=("CTA07.1",),
        destination="US",
        text="""
            We took a convertible loan. If converted, the lender would hold 14 %. Is the loan itself screened or the
            conversion? The term sheet has a veto on hiring a technical director.
        """,
        steps=(
            Take(38, "olev"),
            answer(
                31,
                """
                As a rule the conversion, because only then votes are acquired; notify before you convert, early enough for
                thirty days.

                The veto changes the picture. Control may come by contract: a right to block who leads the technical side of
                a firm in space systems is influence on its management. If the veto exists from the day of the loan, then
                the loan is what has to be looked at. You can move the veto to the time after clearance, or limit it to the
                annual budget.

                We suggest that your counsel asks the Screening Office for a preliminary opinion; it is free and usually
                given in two weeks.
                """,
            ),
            Writes(29, "The veto has been taken out until conversion. We shall file in spring."),
            Close(28),
        ),
    ),
    Story(
        topic="investment",
        ago=11,
        subject="New laboratory, no purchase",
        title="Greenfield laboratory for chip design by a foreign group",
        segments=("CTA01.1",),
        destination="CN",
        text="""
            A foreign group wants to open a chip design laboratory next to us and has begun to call our engineers. It buys
            nothing. Is there any screening of new laboratories, and can anybody stop a firm from hiring?
        """,
        steps=(Take(8, "tarvo"),),
    ),
    Story(
        topic="investment",
        ago=2,
        subject="Founder's shares after clearance",
        segments=("CTA09.1",),
        text="""
            A deal was cleared last year at 24 %. Now a founder wants to sell his 9 % to the same investor, which brings it
            to 33 %. Does the old clearance cover it?
        """,
    ),
)
