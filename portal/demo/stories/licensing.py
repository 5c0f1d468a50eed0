"""A licence or a procedure."""

from portal.demo.records import Close, Story, Take, Writes, answer, ask_back

STORIES = (
    Story(
        topic="licensing",
        ago=38,
        subject="First use of EU001",
        title="Registering for Union general authorisation EU001",
        destination="JP",
        text="""
            We want to ship a listed laser to Japan under EU001 next month. Do we just write the code on the export
            declaration, or do we have to be registered first? And may our affiliate use our registration?
        """,
        steps=(
            Take(37, "hille"),
            answer(
                33,
                """
                Register first. Annex II, section A, of Regulation (EU) 2021/821 lets a Member State ask for registration
                before the first use, and ours does; it is automatic and takes ten working days at most. Your affiliate is
                an exporter of its own and needs its own.

                Check three things: that the item is not in section I of Annex II, which excludes some of Annex I; that
                Japan is a final destination and no place of transit; and that you know of nothing that Article 4 speaks of.
                On the customs declaration use the code for Union general authorisations and keep records for five years
                (Article 27). The Board asks for a report of use once a year. A list to tick off is with this.
                """,
                "before-the-first-use-of-eu001.pdf",
            ),
            Close(30),
        ),
    ),
    Story(
        topic="licensing",
        ago=19,
        subject="Global or individual licence",
        title="Choosing between individual and global authorisation",
        destination="IN",
        text="""
            About thirty shipments a year of the same listed modules to five customers in three countries. We apply one by
            one, and it takes our only export clerk half the week. What does a global licence demand that we don't have now?
        """,
        steps=(
            Take(18, "olev"),
            answer(
                11,
                """
                Chiefly an internal compliance programme that is written down and lived (Article 12(4)). Thirty shipments,
                few customers, one product family: that is what the global authorisation is for.

                The Board looks for: a responsible person who can stop a shipment and answers to the management; a
                classification for each article with a date; screening of all parties, repeated; training; records; and what
                happens when something goes wrong. Recommendation (EU) 2019/1318 gives the elements. For a firm of your kind
                ten honest pages are better than a bought hundred.

                It is valid for up to two years and lists items, customers and countries; new ones are added on application.
                Report on use once a year. A first talk with the Board before you apply saves a round.
                """,
            ),
        ),
    ),
    Story(
        topic="licensing",
        ago=32,
        subject="Demonstrator at a trade fair",
        title="Temporary export for a fair: EU004",
        segments=("CTA09.1",),
        destination="SG",
        text="""
            We show one listed unmanned aircraft at a fair and bring it back after ten days. A visitor may want to buy it on
            the spot, as happened last year. Can we sell it there?
        """,
        steps=(
            Take(31, "tarvo"),
            answer(
                26,
                """
                For the showing, look at EU004 (temporary export for exhibition or fair): check that both the item and the
                destination are in it, since neither is a matter of course, and that the aircraft is back within 120 days,
                complete and unmodified.

                To sell it there is a different export. EU004 ends with the return; a sale needs an authorisation of its own
                before the aircraft changes hands, and that includes leaving it with an agent "until the papers are there".
                Demonstration flights and handbooks can pass on listed technology too.

                If you expect a buyer, apply now for an individual authorisation with that buyer as consignee.
                """,
            ),
            Writes(23, "We bring it back and sell from home. Is a letter of intent signed at the fair allowed?"),
            answer(22, "Yes, if it promises delivery only subject to an export authorisation. Say so in the letter itself."),
            Close(16),
        ),
    ),
    Story(
        topic="licensing",
        ago=17,
        subject="Repair and return",
        title="Return after repair: EU003 or individual",
        segments=("CTA01.2",),
        destination="MX",
        text="""
            A listed laser that we sold under an individual licence comes back for repair and goes out again to the same
            customer. We would swap the pump module for the present type, which is a little stronger. Does the first licence
            still cover the return?
        """,
        steps=(
            Take(16, "hille"),
            answer(
                9,
                """
                No: an individual authorisation is used up by the export it was given for. EU003 (export after repair or
                replacement) is made for the case, if Mexico and your item are in it and the goods go back to the same
                consignee.

                The point is the stronger module. EU003 asks that the item's characteristics are not enhanced. Like for
                like, or a successor part with the same rated output, is fine; a higher rated power is a new item. If you
                can limit the module to the former output in a lasting way and certify it, describe that; otherwise apply
                for an individual authorisation and mention the former one, and the Board can be quick.

                Keep the proof of the first export with the file.
                """,
            ),
        ),
    ),
    Story(
        topic="licensing",
        ago=7,
        subject="Design files in the cloud",
        title="Controlled technology on a cloud store; access from abroad",
        segments=("CTA10.2", "CTA07.1"),
        text="""
            Our drawings include technology of 9E001. They are on a cloud service within the Union, encrypted by the
            provider. One engineer spends winters in Thailand and works from there. Is the storage an export? Is her laptop?
            Do we need a licence for our own employee?
        """,
        steps=(Take(5, "olev"),),
    ),
    Story(
        topic="licensing",
        ago=13,
        subject="We only put buyer and seller together",
        title="Brokering between third countries, Article 6",
        text="""
            We introduce an Asian maker of machine tools to a buyer in the Middle East for a commission. The machines never
            touch the Union. Somebody told us brokers need a licence. We don't know whether the machines are listed.
        """,
        steps=(
            Take(12, "tarvo"),
            ask_back(
                8,
                """
                Brokering of items of Annex I needs an authorisation if the broker knows, or has been told by us, that they
                may be meant for a use named in Article 4(1): weapons of mass destruction, a military end use under an arms
                embargo, or parts for military goods exported without leave. So two questions decide: what are the machines
                (maker's model and number of axes), and who is the end user? Please leave out names if you like and give the
                trade and the country.
                """,
            ),
        ),
    ),
    Story(
        topic="licensing",
        ago=2,
        subject="Container passes through our port",
        destination="SY",
        text="""
            As a forwarder we tranship a container with "laboratory centrifuges and consumables" from one third country to
            another. It never leaves the free zone. Is transit any of our business? Customs has released it.
        """,
    ),
    Story(
        topic="licensing",
        ago=29,
        subject="Compliance programme for nine people",
        title="Proportionate compliance programme for a micro firm",
        text="""
            We are nine. The guidance on compliance programmes reads as if we had a legal department. What is the least that
            is serious, and can the managing director be the responsible person even though he is also the head of sales?
        """,
        steps=(
            Take(28, "hille"),
            answer(
                21,
                """
                Less than you fear. For nine people: one page that says you don't sell to whoever might misuse it, signed by
                all owners. A list of your articles with code and date. A form of one page for each order: who buys, who
                uses, where, for what, checked against which list, by whom. A rule for who may stop an order, and one for
                whom to ask, such as this desk. An hour of training a year with a signature. A folder that keeps all of it
                for five years.

                The managing director may be responsible. Because sales and stopping sales sit badly in one head, let a
                second person, perhaps the engineer who knows the product, have an equal right to stop, and write that down.
                That is what we would look for first.

                We hold a workshop for small firms four times a year; you can come without saying what you asked here.
                """,
            ),
            Writes(20, "That we can do. Thank you, most useful page we have read on it."),
            Close(17),
        ),
    ),
)
