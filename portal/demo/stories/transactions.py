"""A transaction, an end user, something that feels wrong."""

from inquiries.models import Item
from portal.demo.records import Close, Extend, Story, Take, Writes, answer, ask_back

STORIES = (
    Story(
        topic="transaction",
        ago=21,
        subject="Microcontrollers to a new distributor",
        title="Microelectronics through a transit country",
        segments=("CTA01.1",),
        destination="KG",
        red_flags=("new-customer", "trader-as-end-user", "unfamiliar", "thin-website", "generous-terms"),
        text="""
            A company founded four months ago orders 40,000 microcontrollers and 6,000 small FPGAs, none of them controlled
            as far as we know. They say it is for electricity meters. Their web page has two pages and a stock photo. They
            accept our first price, pay in advance, and want delivery to a forwarder at the airport. Are we allowed to sell?
            Are we allowed to say no?
        """,
        steps=(
            Take(20, "olev"),
            answer(
                14,
                """
                You are always allowed to say no, and you need not say why.

                What you describe holds several known warning signs together: a young company without a record, goods that
                don't fit its stated business in number and mix, no haggling, payment in advance, a forwarder as the final
                address. Each one has harmless explanations. Together they call for more than a signed statement.

                Questions that a real meter maker answers in a day: which meter, whose type approval, where is it assembled,
                who designed the board, which firmware tool do they use, what is the yearly output? 6,000 FPGAs don't fit a
                meter.

                The customs codes matter as well. Many such circuits are on the list of common high priority items, found
                again and again in weapons on the battlefield, with duties of care under Regulation (EU) No 833/2014
                (Article 12gb among them) and the clause against re-export (Article 12g). That the items are unlisted in
                Annex I to Regulation (EU) 2021/821 does not end the matter: Article 4 asks what you know, and having been
                careful is what you will want to show.

                Don't ship on this basis. If they answer well, write again with the answers and no names; if they vanish,
                that is an answer too, and we would be glad to hear of it.
                """,
            ),
        ),
    ),
    Story(
        topic="transaction",
        ago=37,
        subject="CNC controllers and linear guides for a trading firm",
        title="CNC controllers, trading firm, relabelling asked",
        segments=("CTA09.2",),
        destination="TR",
        text="""
            We have been asked to take the maker's labels and serial plates off twelve numerical controllers "for customs
            reasons" and to describe them as "industrial computers" on the invoice. The buyer is an old customer with a new
            owner. We have not answered.
        """,
        steps=(
            Take(36, "hille"),
            answer(
                34,
                """
                Please don't do it. A wrong description is an offence under customs law by itself, whatever the goods are,
                and a request to remove serial plates is among the plainest signs of diversion there is. The new owner is
                the reason to treat an old customer as a new one.

                Decline in writing, in one neutral sentence. Keep the correspondence, including the headers of mails. Don't
                warn the buyer that you have asked us.

                You may tell us more here without giving your name. If you have shipped anything since the change of owner,
                tell us that first; to come forward early is to your credit. This office has no enforcement task and routes
                nothing without telling you.
                """,
            ),
            Writes(32, "Two shipments since spring, spare drives only, nothing numerical. Correct labels. We have now declined."),
            answer(
                30,
                """
                Thank you. Spare drives can matter, so keep the papers of both shipments together. Should you wish to report
                the approach, the Threat Centre takes reports without a name as well; say the word and we pass on what you
                wrote here, and nothing else.
                """,
            ),
            Writes(29, "Please pass it on as written."),
            answer(28, "Done today, with the wording you gave and no more. We close the case; your receipt stays valid."),
            Close(27),
        ),
    ),
    Story(
        topic="transaction",
        ago=10,
        subject="Consignee is a freight forwarder",
        title="Forwarder as consignee, vacuum gauges",
        segments=("CTA06.1",),
        destination="HK",
        items=(
            Item(description="Vacuum gauges", used_for="A university laboratory, as the statement says"),
            Item(description="Turbomolecular pumps, two", used_for="The same laboratory"),
        ),
        red_flags=("trader-as-end-user", "foreign-contacts", "odd-route"),
        text="""
            End-user statement: a university laboratory. Consignee: a freight forwarder in another city. Notify party: a
            third company that "handles imports for universities". Goods: vacuum gauges and two turbomolecular pumps, about
            70,000 euros. The laboratory does not answer the phone, but the mail comes from a university address. How far do
            we have to go?
        """,
        steps=(Take(9, "olev"),),
    ),
    Story(
        topic="transaction",
        ago=15,
        subject="University abroad buys chambers and pumps",
        title="Vacuum equipment for a university with military ties",
        segments=("CTA03.4",),
        destination="CN",
        red_flags=("military-ties",),
        text="""
            A state university orders an ultra-high vacuum chamber, ion pumps and viewports for atom interferometry. We
            found that the same department publishes with a naval academy. Goods are unlisted, we think. Is that knowledge
            in the sense of Article 4?
        """,
        steps=(
            Take(14, "tarvo"),
            ask_back(
                11,
                """
                A careful question. Publications alone rarely amount to knowledge of a military end use, but they may be
                grounds for suspecting one, and they are known to you now. Before we write more: does the order name a group
                or a principal investigator, does the specification go beyond what published set-ups use (size, magnetic
                shielding, shock or vibration limits), and has anybody asked for a mobile version?
                """,
            ),
        ),
    ),
    Story(
        topic="transaction",
        ago=26,
        subject="Motors and propellers for spraying drones",
        title="Drone motors in large numbers for a farm co-operative",
        segments=("CTA09.1",),
        destination="UZ",
        text="""
            A farmers' co-operative wants 2,400 brushless motors with propellers of 30 inches, but no frames, sprayers or
            batteries. They say the frames are made locally. Nothing is listed. We do have a bad feeling because the colour
            must be "grey, not orange".
        """,
        steps=(
            Take(25, "hille"),
            answer(
                14,
                """
                Your feeling is worth following. 2,400 motors make 400 to 600 large multicopters: far more than a
                co-operative flies, and a number that a frame maker could document.

                Motors and propellers as such are not in Annex I. Complete spraying drones may be: 9A112.b counts an aerosol
                dispenser above 20 litres, and 9A350 spray systems with fine droplets. So ask about the whole aircraft,
                because a person who builds sprayers knows tank volume, nozzle type and droplet size by heart.

                Ask also who makes the frame, who certifies it, and for a photograph of one flying aircraft with the present
                motor. Colour by itself proves nothing. If the answers don't come, leave the order. If you supply, write the
                end use and a clause against re-export into the contract, and have it signed by the end user and not by the
                agent.

                Guidance on what you told us; the responsibility for the decision stays with you.
                """,
            ),
        ),
    ),
    Story(
        topic="transaction",
        ago=11,
        subject="Payment comes from a third country",
        segments=("CTA06.1",),
        destination="AM",
        text="""
            Contract with a company in one country, delivery to a second, and now the money has come from a bank in a third,
            from a firm we don't know, with the remark "for equipment". The goods (two spectrometers, unlisted) are packed.
            Our bank has not complained. Should we send the money back or the goods out?
        """,
    ),
    Story(
        topic="transaction",
        ago=12,
        subject="Spare parts for a machine that has moved",
        title="Spare spindle for a relocated five-axis machine",
        segments=("CTA10.3",),
        destination="VN",
        text="""
            In 2019 we exported a licensed five-axis machine. The customer now orders a spindle and an encoder to an address
            600 km from where the licence put it. The machine's telemetry was switched off last year. Does a spare part need
            a licence, and do we have to tell someone about the move?
        """,
        steps=(Take(10, "tarvo"),),
    ),
    Story(
        topic="transaction",
        ago=34,
        subject="Hydrophones for a fish farm",
        title="Hydrophone arrays for aquaculture, end use shown",
        segments=("CTA06.3",),
        destination="NO",
        text="""
            Twenty hydrophones in two towed arrays for a fish farm that wants to hear feeding. Is a towed array always
            controlled? The depth is 30 m and they will be towed by a work boat at walking pace.
        """,
        steps=(
            Take(33, "olev"),
            answer(
                26,
                """
                Not always. 6A001.a.2.b covers towed acoustic hydrophone arrays with certain features: close group spacing,
                a design or the possibility of modification for depths over 35 m, heading sensors, and some others. Your
                depth of 30 m is near that line; what counts is what the array is made for or can be modified to, so the
                data sheet of the cable and of the hydrophones (6A001.a.2.a) decides.

                For Norway, EU001 covers most of Annex I, if you have registered as its user. Then the classification mainly
                changes what you write on the invoice.

                An array on fixed moorings would be simpler for everyone, the fish included. Not binding.
                """,
            ),
            Writes(
                25,
                """
                They took the fixed version. Thank you for the hint. If you have questions on the moorings, Kalle Meriste of the
                farm, +372 5550 0142, knows them best; he does not know that we asked you.
                """,
            ),
            Close(24),
        ),
    ),
    Story(
        topic="transaction",
        ago=20,
        subject="Thermal sights for hunters",
        title="Thermal clip-ons, hunting distributor, military list?",
        segments=("CTA06.1",),
        destination="RS",
        text="""
            A hunting shop chain wants our thermal monocular with a rail mount and a reticle. Without these it is a civil
            product at 50 Hz. Does the reticle turn it into a military item?
        """,
        steps=(
            Take(18, "olev"),
            answer(
                8,
                """
                It may change the list. A weapon sight specially designed for military use belongs to the Common Military
                List (ML1 and ML5 are where to look), which is licensed under a different act. A sight for hunting weapons
                that was not designed for military use is not there, and stays a camera under 6A003.b.4.b because of its
                frame rate.

                What helps: the design history, the calibres it is made for, shock resistance, and whether it works with
                night vision laser pointers. What does not help: the word "hunting" on the box.

                Numbers per shop and resale beyond the chain are the second half of the question. Ask the distributor for
                sales by shop and a ban on export in his own terms of sale. The Licensing Board decides; please apply with
                the design file.
                """,
            ),
        ),
    ),
    Story(
        topic="transaction",
        ago=8,
        subject="Same customer, third order this year",
        title="Repeat orders of transducers beyond plausible need",
        segments=("CTA06.1",),
        destination="EG",
        text="""
            A water utility bought ten corrosion-proof pressure transducers in January, twenty in May, and now wants forty,
            with a better accuracy class each time. The last two orders asked for helium leak test protocols. For water?
            The list of orders is with this.
        """,
        files=("orders.csv",),
        steps=(
            Take(7, "hille"),
            Extend(
                1,
                5,
                """
                We have asked the authority of the buyer's country whether the plant is known there. It answers within the week.
                """,
            ),
        ),
    ),
    Story(
        topic="transaction",
        ago=31,
        subject="Sea freight for a two-kilo parcel",
        title="Odd packing and routing, high-speed camera",
        segments=("CTA06.1",),
        destination="GE",
        red_flags=("odd-route", "generous-terms", "no-service"),
        text="""
            A buyer collected one high-speed camera (one million frames a second) in person, in cash below the reporting
            limit, declined installation, training and warranty, and asked for seaworthy packing without our logo. It is his
            own affair how he packs. Was it?
        """,
        steps=(
            Take(30, "tarvo"),
            answer(
                23,
                """
                A camera of that speed deserves a look at 6A003.a and 6A203, where streak and framing cameras are listed by
                their speed and resolution. If it is listed and left the Union without an authorisation, that is a matter
                for the exporter, who may well be you: the exporter is the one who holds the contract and decides on the
                sending out.

                Declining training and warranty for an instrument of that price is a recognised warning sign; with cash,
                self-collection and neutral packing it makes a pattern. Note down all you have: invoice, identity shown,
                vehicle, dates. Don't chase the buyer.

                Next time let your terms say that export is for you alone to arrange. If you wish to make a report, we
                explain to whom and in which form; that you asked here remains unknown unless you tell.
                """,
            ),
            Writes(22, "Understood. We have the papers and will report it ourselves through our lawyer."),
            Close(18),
        ),
    ),
    Story(
        topic="transaction",
        ago=1,
        subject="Glass-lined reactors from a closed plant",
        segments=("CTA10.1",),
        destination="IQ",
        text="""
            We are clearing a closed dye works: three glass-lined reactors of 4,000 litres, two condensers in nickel alloy,
            and a scrubber. The highest bidder says "fertiliser". Used chemical equipment is scrap for us. Do we need
            anything before we load it?
        """,
    ),
)
