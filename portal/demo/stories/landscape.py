"""The risk landscape, and all else."""

from portal.demo.records import Close, Story, Take, Writes, answer, ask_back

STORIES = (
    Story(
        topic="risk-landscape",
        ago=31,
        subject="A recruiter with odd questions",
        title="Approach by a recruiter, paid expert calls",
        segments=("CTA01.4",),
        text="""
            On a career network a consultant offers me 400 euros for an hour's call about "supply bottlenecks in lithography
            optics". I am an engineer, not a manager. He knows our unpublished project name. I have not told my employer. Is
            this spying or a survey?
        """,
        steps=(
            Take(30, "hille"),
            answer(
                24,
                """
                It may be either, and you need not find out. Paid expert calls are a lawful trade; they are also a way in
                which firms and services of other states gather what they can't buy. That he knows an unpublished name means
                that somebody else has talked, and that is the part your employer should hear.

                Don't accept, don't quarrel, don't delete. Keep the profile's address and the messages. Tell your security
                officer in one paragraph: who, when, which question, which name. You have done nothing wrong and should say
                it early.

                The Threat Centre collects such approaches to see patterns, with no need of your name. With your leave we
                pass on the wording alone.
                """,
            ),
            Writes(22, "My employer took it well. Please pass on the wording; it seems three colleagues had the same message."),
            answer(21, "Passed on. An advisory on such approaches is being prepared; thank you for your part in it."),
            Close(19),
        ),
    ),
    Story(
        topic="risk-landscape",
        ago=12,
        subject="Supplier asks for complete drawings",
        title="Supplier asks for assembly drawings beyond need",
        segments=("CTA10.3",),
        destination="CN",
        text="""
            For a quotation on six turned parts a foreign supplier asks for the whole assembly, tolerances, load cases and
            the end customer's name "for quality". Price is 60 % below others. Normal?
        """,
        steps=(
            Take(11, "olev"),
            answer(
                5,
                """
                Not for six turned parts. A turner needs the part, its material, its tolerances and the number. Load cases
                and assemblies are of use to somebody who wishes to make the assembly.

                Send part drawings without title block and assembly context, split the six parts among two suppliers, and
                mark them. If the assembly or its production is in Annex I, its drawings may be technology of the same
                category, and sending them is an export that needs an authorisation: check the E entry that belongs to your
                product.

                A price so far below cost is paid for by someone. You might ask two other firms of your association; we have
                heard of similar requests this autumn.
                """,
            ),
        ),
    ),
    Story(
        topic="risk-landscape",
        ago=6,
        subject="Tender documents with an attachment",
        title="False tender with a macro, aimed at drone makers",
        segments=("CTA09.1",),
        text="""
            We got an invitation to tender for "border surveillance multicopters" from an address that looks like a ministry
            of a neighbour country. The attachment wants macros. Two of our suppliers got the same on the same day. Who
            wants to know, and do you warn the others?
        """,
        steps=(Take(4, "hille"),),
    ),
    Story(
        topic="risk-landscape",
        ago=4,
        subject="Invitation to tender that asks for macros",
        title="The same false tender at a maker of gimbals",
        segments=("CTA09.1",),
        text="""
            "Border surveillance multicopters, invitation to tender": a spreadsheet that wants macros, from an address that
            is one letter off the ministry's. We opened it on one machine before anybody thought. What should we keep for
            you, and who else must we tell?
        """,
        steps=(Take(3, "hille"),),
    ),
    Story(
        topic="risk-landscape",
        ago=0,
        subject="Chips with two date codes",
        segments=("CTA01.1",),
        text="""
            In a reel of obsolete converters from a broker we found two date codes and resurfaced packages. The same broker
            has offered us military temperature grade parts at the price of plastic ones. Apart from our own loss: is
            anybody collecting such cases?
        """,
    ),
    Story(
        topic="other",
        ago=26,
        subject="What happens to what I write here?",
        title="Before asking: confidentiality and enforcement",
        text="""
            Before I ask my real question: who reads this, and can it be used against us? We may have made a mistake two
            years ago with a shipment. Our lawyer says to write nothing anywhere.
        """,
        steps=(
            Take(25, "olev"),
            answer(
                20,
                """
                The case officers of this desk read it, and their supervisor. We hold no name, no address of your computer
                and no account, so we could not tell anybody who you are. This office has no enforcement task.

                What we can't do is decide for those who have: if you come forward, customs and the prosecutor weigh that
                themselves. Union and national guidance treats voluntary disclosure as a strong mitigating fact, above all
                when it comes before they ask.

                So your lawyer's caution is sound about particulars. You may ask in general terms: "what does an exporter do
                who finds out that …". We answer in the same way, and you can take the answer to your lawyer.
                """,
            ),
            Writes(
                18,
                "Fair. Then: what does an exporter do who finds that a listed pump went out in good faith, without a licence?",
            ),
            answer(
                15,
                """
                He stops similar shipments the same day. He has the classification confirmed. He looks back through the
                years for which records must be kept, because one mistake is rarely alone. He writes down how it came about
                and what has been changed since. Then he, or his lawyer, discloses all of it at once to the Licensing Board,
                with the offer to answer questions.

                What he does not do: reclassify after the fact, ask the customer to return the pump quietly, or wait for the
                next audit. We wish that exporter well.
                """,
            ),
            Close(12),
        ),
    ),
    Story(
        topic="other",
        ago=9,
        subject="Could somebody come and explain?",
        title="Request for a workshop at a cluster of composite makers",
        segments=("CTA10.1",),
        text="""
            We are eleven small firms in one industrial park, all with fibre and resin, and none has an export clerk. Could
            an official come for an afternoon? Preferably not in uniform.
        """,
        steps=(
            Take(8, "tarvo"),
            ask_back(
                5,
                """
                Gladly, and we own no uniforms. So that it is about your goods: which three questions would help most, do
                any of the eleven export outside the Union already, and is an association welcome to host it, so that nobody
                has to be named to us? We have the second and the fourth Thursday of next month free.
                """,
            ),
        ),
    ),
)
