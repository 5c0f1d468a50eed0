"""Is my item controlled?"""

from inquiries.models import Item
from portal.demo.records import Close, Story, Take, Writes, answer, ask_back

STORIES = (
    Story(
        topic="classification",
        ago=39,
        subject="Uncooled thermal camera core, 640 × 512, 50 Hz",
        title="Microbolometer camera core 640 × 512 at 50 Hz",
        segments=("CTA06.1",),
        text="""
            We make a long-wave thermal camera core with a bought-in vanadium oxide microbolometer, 640 × 512 elements, 12
            µm pitch, 50 Hz. Customers are makers of gas detection and inspection equipment, some of them outside the Union.

            Our supplier says the detector is 6A002.a.3.f. Does the whole camera become 6A003, and would a version whose
            frame rate we set to 9 Hz be free?
        """,
        steps=(
            Take(38, "olev"),
            ask_back(
                37,
                """
                Thank you. Two things decide this, and we can't see them from your message: can the customer, or anybody
                with the right file or command, raise the rate above 9 Hz again? And is the lens fixed, or may it be
                exchanged? Please don't send drawings yet.
                """,
            ),
            Writes(
                33,
                """
                The 9 Hz limit is in firmware. It is signed, and the update key is with us alone; the sensor itself could do
                60. Lenses are exchangeable on both versions.
                """,
            ),
            answer(
                28,
                """
                On what you write, the 50 Hz core meets 6A003.b.4.b of Annex I to Regulation (EU) 2021/821: an imaging
                camera with a microbolometer focal plane array of 6A002.a.3.f. An export outside the Union needs an
                authorisation (Article 3); for the destinations of Union general authorisation EU001 that one may serve.

                Note 3.a to 6A003.b.4 takes out cameras with a maximum frame rate of 9 Hz or less. The rate that counts is
                the one the camera can reach, not the one set at delivery. A limit that only you can lift, by a signed
                update, speaks for the note; keep the design record that shows it. A detector sold separately stays in
                6A002.a.3.f whatever the camera does.

                Even for the 9 Hz version Article 4 remains: if you know, or we tell you, that it may be meant for a
                military end use in an embargoed country, it needs an authorisation.

                This is guidance on the facts given and no binding classification. The Licensing Board gives that on
                application.
                """,
            ),
            Writes(
                27,
                "Clear, thank you. We will keep the design review with the technical file and apply for the 50 Hz version.",
            ),
            answer(
                26, "A sensible course. If you later let integrators load their own firmware, please ask again before you ship."
            ),
            Close(22),
        ),
    ),
    Story(
        topic="classification",
        ago=30,
        subject="Second-hand five-axis milling machine",
        title="Used five-axis mill, 2B001.b.2",
        segments=("CTA10.3",),
        destination="TR",
        items=(
            Item(
                description="Vertical machining centre with five axes, built in 2013, in running order",
                designed_for="Moulds and general parts",
                used_for="Not said; the dealer buys for stock",
                parameters="Positioning accuracy 6 µm (ISO 230-2:1997). Travel X 1,250 mm, Y 1,000 mm, Z 900 mm; axes B and C "
                "contouring together with X, Y and Z.",
                entry="2B001",
            ),
        ),
        text="""
            We are replacing a five-axis machining centre from 2013 and a dealer abroad offers a good price for the old one.
            The data sheet gives "positioning accuracy 6 µm" to ISO 230-2:1997 and nothing else. Travel X 1,250 mm, Y 1,000
            mm, Z 900 mm. Is there an age from which machine tools are no longer controlled?
        """,
        files=("data-sheet.pdf",),
        steps=(
            Take(28, "tarvo"),
            answer(
                18,
                """
                There is no such age: a used machine is controlled like a new one.

                2B001.b.2 counts five or more axes which can be coordinated simultaneously for contouring control, and then
                the unidirectional positioning repeatability (UPR) of ISO 230-2:2014. For an axis with a travel of 1 m or
                more and less than 4 m the limit is 1.4 µm; below 1 m it is 0.9 µm. The figure in your data sheet is
                positioning accuracy to an older edition, and can't be turned into UPR by calculation. The way is a
                measurement of each linear axis, or the maker's statement for the model. The table that comes with this is
                what the Board wants filled in.

                Please look at 2B201.a too, which comes before you measure anything: a milling machine with five axes for
                simultaneous contouring is caught by 2B201.a.3 whatever its accuracy, save for the very large and coarse
                ones of the note. Expect that an export outside the Union needs an authorisation, and apply before you sign.

                Ask the dealer for the end user and the place of installation before you agree on a price. A dealer who
                wants the machine without its service contract, or dismantled and without the controller's serial number, is
                a warning sign.

                We can't decide the matter without the measurement; with it, the Licensing Board can.
                """,
                "measurement-iso-230-2.csv",
            ),
        ),
    ),
    Story(
        topic="classification",
        ago=38,
        subject="FPGA boards for test equipment",
        title="FPGA assembly, 3A001.a.7 and 3A502.i",
        segments=("CTA01.1",),
        items=(
            Item(
                description="Programmable logic circuit with serial transceivers",
                designed_for="Telecommunications, test equipment",
                used_for="Built into the card, not sold alone",
                parameters="48 transceivers of up to 28 Gb/s each, about 600 user pins",
                entry="3A001",
            ),
            Item(
                description="Data acquisition card with the circuit and two converters",
                designed_for="Test benches",
                used_for="Test benches",
                parameters="2 analogue inputs, 14 bit, 1 GSPS each",
            ),
        ),
        text="""
            Our data acquisition card carries one large FPGA with 48 transceivers at up to 28 Gb/s each and about 600 user
            pins, and two converters of 14 bit and 1 GSPS. We only sell the finished card in a chassis. Is the chip's
            classification enough, or do we have to look at the card as well?
        """,
        steps=(
            Take(37, "hille"),
            answer(
                29,
                """
                You have to look at the card. A short way through Annex I:

                1. The FPGA. 48 × 28 Gb/s gives an aggregate one-way peak serial transceiver rate of 1,344 Gb/s, above the
                500 Gb/s of 3A001.a.7.b. The pins (600) stay below the 700 of 3A001.a.7.a; one criterion is enough.

                2. The converters. 14 bit with a sample rate above 250 MSPS meets 3A001.a.5.a.4.

                3. The card. See 3A502.i for assemblies with user-configurable devices of that kind, and 3A002.h for data
                acquisition with converters of 3A001.a.5.a. Whether your customers can load their own design into the FPGA
                matters here.

                Also mind that such devices are among the goods most often sought for diversion. Check the end user, not
                only the buyer, and keep what you find for five years (Article 27).

                This is our reading and not a binding classification.
                """,
            ),
            Writes(
                25,
                "Customers can't load their own design; the bitstream is encrypted and tied to the card. Does that change step 3?",
            ),
            answer(
                20,
                """
                It speaks against 3A502.i, which asks for devices the user can configure; please document how the lock
                works. It does not change 3A002.h, which looks at what the card measures. The card should therefore be
                treated as controlled until the Licensing Board has said otherwise.
                """,
            ),
            Close(15),
        ),
    ),
    Story(
        topic="classification",
        ago=24,
        subject="Capacitance manometers",
        title="Pressure transducers, 2B230, and thresholds",
        segments=("CTA06.1",),
        destination="030",
        items=(
            Item(
                description="Absolute pressure transducer with a welded metal diaphragm, three ranges",
                designed_for="Vacuum processes",
                used_for="Furnaces for solar cells, as the buyer says",
                parameters="Full scale 1.3 kPa, 13.3 kPa, 133 kPa; accuracy 0.25 % of reading; diaphragm with 72 % nickel",
                entry="2B230",
            ),
        ),
        text="""
            Our absolute pressure transducers have a diaphragm of a nickel-chromium-iron alloy with 72 % nickel, welded, no
            elastomer seals. Ranges 1.3 kPa, 13.3 kPa and 133 kPa; accuracy 0.25 % of reading. A buyer of vacuum furnaces
            for solar cells wants sixty. Which of the ranges are controlled? A section through the cell is with this.
        """,
        files=("section.png",),
        steps=(
            Take(23, "olev"),
            answer(
                13,
                """
                Against 2B230, point by point:

                Sensing element of nickel alloy with more than 60 % nickel: met (72 %). Seals: there are none, which is no
                way out, because the entry says "if any".

                1.3 kPa: full scale below 13 kPa and accuracy better than 1 % of full scale: met, controlled.

                13.3 kPa and 133 kPa: full scale of 13 kPa or more, so the question is whether the accuracy is better than
                130 Pa when measured at 13 kPa. 0.25 % of reading is 32.5 Pa there: met, controlled, if non-linearity,
                hysteresis and repeatability are all in your figure.

                So all three are in 2B230 on the figures given. These transducers are wanted for centrifuge cascades, which
                is why the number and the end use will be asked for. Sixty is plausible for a furnace line and should be
                matched to a drawing of the plant, an installation address and a service plan. If the buyer can't name the
                line, please write to us again before you quote.

                Not binding; the decision is the Licensing Board's.
                """,
            ),
        ),
    ),
    Story(
        topic="classification",
        ago=14,
        subject="Prepreg offcuts and end-of-roll carbon fibre",
        title="Carbon fibre prepreg, end of roll: 1C010 or 1C210",
        segments=("CTA10.1",),
        destination="KZ",
        text="""
            From our production we have about 300 kg of intermediate modulus carbon prepreg (epoxy) on short rolls, near or
            past shelf life. Fibre data sheet: tensile modulus 294 GPa, strength 5,880 MPa, density 1.80 g/cm³. A sports
            goods maker would take it all. Is expired material still controlled? We see two entries and don't know which one
            applies.
        """,
        steps=(Take(12, "olev"),),
    ),
    Story(
        topic="classification",
        ago=16,
        subject="Motor drive limited to 599 Hz",
        title="Frequency changer with software limit, 3A225",
        segments=("CTA08.4",),
        text="""
            Our 45 kW drive leaves the factory limited to 599 Hz. With a paid option code the same hardware goes to 2,000
            Hz, for spindles. We read 3A225 and its note about constraints. Do the basic drives fall under it? And the
            option code itself?
        """,
        steps=(
            Take(15, "hille"),
            ask_back(
                9,
                """
                You have found the right entry. To apply the note to 3A225 we need three facts: is the code made for one
                device only (by its serial number), or does one code open all? Does the customer need you to enter it? And
                what is the frequency stability with the option, in per cent?
                """,
            ),
        ),
    ),
    Story(
        topic="classification",
        ago=33,
        subject="Refrigerator for a quantum laboratory",
        title="Dilution refrigerator, 3A504, and its parts",
        segments=("CTA03.1",),
        destination="IN",
        text="""
            We supply inserts and wiring for dilution refrigerators. A complete system which we integrate has 14 µW at 20 mK
            and 450 µW at 100 mK, continuous operation. We have heard that refrigerators are now on the list. Are ours, and
            are our inserts, which can also be fitted to bigger machines?
        """,
        steps=(
            Take(32, "tarvo"),
            answer(
                22,
                """
                Refrigerators came into Annex I with the update in force since 15 November 2025. 3A504.a covers systems
                rated for 600 µW or more at or below 0.1 K for longer than 48 hours. Your 450 µW at 0.1 K is below that, so
                the system as you rate it is not in 3A504.a. 3A504.b covers two-stage pulse tube coolers below 4 K with 1.5
                W or more at 4.2 K: please check the pre-cooler that you buy in.

                The heading of 3A504 says "and components", but what is listed are the two kinds of systems; inserts and
                wiring are not named. Look at what sits on the insert, though: cryogenic CMOS circuits (3A501.a.15) and
                parametric amplifiers (3A501.b.13) are controlled by themselves.

                For quantum computers see 4A506, and remember Article 4 for unlisted items. Non-binding guidance.
                """,
            ),
            Writes(
                6,
                """
                A follow-up. The maker of the pulse tube cooler now gives 1.5 W at 4.2 K for the model we use, exactly the
                limit, "typical". Is "typical" a rating? And does the whole system become controlled when one component in
                it is?
                """,
            ),
            Take(5, "tarvo"),
        ),
    ),
    Story(
        topic="classification",
        ago=18,
        subject="Fixed-wing drone, endurance four hours",
        title="UAV beyond visual range, four hours: 9A012.a.2",
        segments=("CTA09.1",),
        destination="AE",
        text="""
            Survey aircraft, 11 kg take-off mass, petrol engine, four hours in the air, 90 km radio link, autopilot with way
            points. Payload: mapping camera, on request a thermal camera of 9 Hz. Buyer: a survey company. Is the aircraft
            alone controlled, and is it the same if we sell airframe, engine and autopilot in three orders?
        """,
        steps=(Take(16, "licensing"),),
    ),
    Story(
        topic="classification",
        ago=9,
        subject="Metal printer with melt pool camera",
        title="Powder-bed printer with melt pool control: 2B510",
        segments=("CTA10.2",),
        text="""
            Our customer wants his laser powder-bed printer (argon, one 500 W laser) upgraded with our coaxial camera at 850
            nm. Today the camera only records. With the next release the software will correct laser power within a layer
            from the camera signal. Does our upgrade make a printer controlled that was not? Who is the exporter then, we or
            the owner of the printer?
        """,
        steps=(Take(6, "licensing"),),
    ),
    Story(
        topic="classification",
        ago=3,
        subject="Post-quantum library for routers",
        segments=("CTA03.2", "CTA05.1"),
        text="""
            We sell a software library with ML-KEM and AES-256 to makers of network equipment, who compile it into their
            products. It is not sold in shops. Is a library 5D002, and does the cryptography note (Note 3) help us or only
            our customers?
        """,
    ),
    Story(
        topic="classification",
        ago=36,
        subject="GaN amplifier module 8–12 GHz",
        title="GaN amplifier module, X band: 3A001.b.4",
        segments=("CTA01.3",),
        destination="KR",
        text="""
            Connectorised power amplifier, 8 to 12 GHz, 25 W saturated, made with bought-in transistors from within the
            Union, for antenna test ranges. The transistors came with a statement "3A001.b.3". Is our module the same entry?
        """,
        steps=(
            Take(34, "hille"),
            answer(
                27,
                """
                No. Discrete transistors are in 3A001.b.3 and monolithic amplifiers in 3A001.b.2; a solid state amplifier,
                or an assembly or module with one, is judged by 3A001.b.4, with its own table of frequency, peak saturated
                power and fractional bandwidth. Your module spans 40 % around its centre, so read the lines for wide
                fractional bandwidth as well as those for power; 25 W in 8 to 12 GHz is well inside the range where the
                answer is usually yes.

                The Republic of Korea is not a destination of EU001. An individual authorisation is the ordinary way; attach
                an end-use statement naming the antenna range.

                Guidance only. The Licensing Board can confirm within its usual time.
                """,
            ),
            Close(19),
        ),
    ),
    Story(
        topic="classification",
        ago=2,
        subject="Lined valves DN 50",
        segments=("CTA10.1",),
        destination="PK",
        text="""
            Diaphragm valves DN 50, cast iron body with a PFA lining, for a maker of battery acid. All wetted surfaces are
            fluoropolymer. 120 pieces, plus spare liners. Is this 2B350.g.1 or g.2, and are the liners controlled
            separately?
        """,
    ),
    Story(
        topic="classification",
        ago=27,
        subject="Inertial unit with MEMS gyros",
        title="MEMS inertial unit for survey vessels: 7A003 and 7A103",
        segments=("CTA05.5",),
        destination="CL",
        text="""
            Our unit (MEMS gyros, bias stability 1.2 °/h; accelerometers 80 µg) gives heading and roll with satellite
            aiding. Without satellites it drifts by several nautical miles in an hour. A research vessel abroad needs it by
            spring. Which sub-items do we have to go through?
        """,
        steps=(
            Take(26, "tarvo"),
            answer(
                15,
                """
                Go through them in this order, and write down the figure for each:

                Components first: accelerometers 7A001 (bias and scale factor stability over a year; 80 µg is a number to
                look at closely), gyros 7A002 (bias stability over a month and angle random walk). Then systems: 7A003.a to
                d, where the accuracy without positional aiding counts; several nautical miles an hour is outside 7A003.a.
                Then 7A103 for equipment with sensors of 7A001, 7A002, 7A101 or 7A102, and its notes.

                The test conditions matter: stability figures in brochures are often in-run values at room temperature, and
                the list asks for others. Where your own test is missing, the sensor maker's certificate is the next best.

                A named research vessel with an operator, a home port and a delivery on board is an easy end use to show.
                Please don't deliver to an agent's warehouse instead. Non-binding.
                """,
            ),
        ),
    ),
    Story(
        topic="classification",
        ago=35,
        subject="Isolator for a vaccine filling line",
        title="Pharmaceutical isolator, 2B352.f.2",
        segments=("CTA04.1",),
        destination="BR",
        text="""
            A pharmaceutical isolator with gloves, HEPA filters on supply and exhaust, normally at positive pressure. For
            decontamination tests it can be switched to −50 Pa. Is "able to operate at negative pressure" meant literally?
        """,
        steps=(
            Take(33, "olev"),
            answer(
                25,
                """
                Literally, in normal operation. 2B352.f.2 asks for four things together: a fully enclosed workspace with a
                physical barrier, the ability to operate at negative pressure, means to handle items safely, and HEPA
                filtration both ways. Its second note says that it includes any isolator meeting all four, whatever its
                intended use or name; only isolators for barrier nursing or transport of infected patients are outside.

                A machine that can hold negative pressure only for a leak test, with interlocks that stop work meanwhile, is
                arguably not able to *operate* so. If work can go on at −50 Pa, it is. Please describe the interlock in your
                application; it is the whole case.

                Guidance, not a decision.
                """,
            ),
            Writes(
                24,
                "Work is interlocked: glove ports are locked and the line stops. We apply with the specification. Thank you.",
            ),
            Close(21),
        ),
    ),
)
