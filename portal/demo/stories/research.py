"""Technology transfer and research."""

from portal.demo.records import Close, Extend, Story, Take, Writes, answer, ask_back

STORIES = (
    Story(
        topic="technology-transfer",
        ago=29,
        subject="Visiting researcher in a qubit group",
        title="Visiting researcher: access to qubit fabrication",
        segments=("CTA03.1",),
        destination="CN",
        text="""
            A postdoctoral researcher with a scholarship from a foreign state would join our superconducting qubit group for
            a year. He would learn our junction process and use the refrigerator. We publish everything in the end. Do we
            need a licence for a person?
        """,
        steps=(
            Take(28, "tarvo"),
            Extend(18, 4, "The institute's own export control officer has to confirm two figures, and is back on Monday."),
            answer(
                17,
                """
                Not for the person, but perhaps for what leaves with him. In Union law teaching on our soil is not an export
                by itself. An export is the transmission of listed technology out of the Union, also by mail, by a shared
                folder, or in a laptop on the way home. Technical assistance related to the uses of Article 4 is dealt with
                in Article 8.

                What is listed in your field: technology for the development or production of items of 4A506 and 3A504,
                cryogenic CMOS and parametric amplifiers (3A501). "We publish in the end" helps only for what is published:
                "in the public domain" means available without restrictions, and an unpublished process recipe is not. Basic
                scientific research is released, if it is not directed towards a specific practical aim.

                What we would do: read the terms of the scholarship (duties to report or to return are a known concern), ask
                which group he goes back to, agree in writing on which recipes, files and rooms he needs, and give him
                access to those. Recommendation (EU) 2021/1700 has checklists for all of it. With this, most visits can go
                ahead.

                If the home institute has a defence mission, write again before the invitation goes out. General guidance,
                not binding.
                """,
            ),
        ),
    ),
    Story(
        topic="technology-transfer",
        ago=37,
        subject="Joint paper, private data",
        title="Joint paper with unpublished hydroacoustic data",
        segments=("CTA06.3",),
        destination="IN",
        text="""
            A co-author abroad asks for the raw data and the beamforming code behind a joint paper. The paper is accepted,
            the code is not going to be published. The data are a year of ambient noise from a shallow strait.
        """,
        steps=(
            Take(36, "olev"),
            answer(
                27,
                """
                Separate the three. The paper: once accepted and openly available it is in the public domain. The data:
                ambient noise is not listed, but ask the Navy's hydrographic office whether ship signatures or the position
                of fixed sensors can be read from it; that is not export control and still a good reason to thin the data.

                The code: 6D003.a covers software specially designed for acoustic beamforming for real-time processing with
                towed arrays or bottom cables, and its source code. Post-processing on a workstation, without real time, is
                outside those words. If your code could run in real time with little change, treat it as listed and ask for
                a classification.

                You may also publish the code: then it is free for everybody, which ends the question and the control.
                """,
            ),
            Writes(26, "It only does post-processing. We will send that and thinned data, with a note for the file."),
            Close(24),
        ),
    ),
    Story(
        topic="technology-transfer",
        ago=8,
        subject="Doctoral student with remote access",
        title="Remote access of a doctoral student from abroad",
        segments=("CTA02.1",),
        destination="IR",
        text="""
            A doctoral student of ours is at home for family reasons and would like to go on working over the network: our
            cluster, and a repository with code for simulating composite shells under pressure. Is the login itself a
            transfer? We would like to help her.
        """,
        steps=(Take(6, "hille"),),
    ),
    Story(
        topic="technology-transfer",
        ago=16,
        subject="Contract research on hydrophones",
        title="Contract research for a foreign company, vector hydrophones",
        segments=("CTA06.3", "CTA06.1"),
        destination="KR",
        text="""
            A company wants us to characterise a vector hydrophone that they would ship to us, and to "propose
            improvements". They pay well. Are measurements technology? Is the proposal?
        """,
        steps=(
            Take(15, "tarvo"),
            ask_back(
                10,
                """
                The measurements alone rarely are; the improvements probably are, if the sensor meets 6A001.a.2.g or another
                line of 6A001.a.2. For that we need its figures as the client states them: sensitivity, mass, depth, and
                whether it senses acceleration. Is it known who uses the client's arrays? Leave out any name you like.
                """,
            ),
        ),
    ),
    Story(
        topic="technology-transfer",
        ago=25,
        subject="Opening our source code",
        title="Open-source release of an autopilot",
        segments=("CTA09.4", "CTA05.5"),
        text="""
            We would like to put our drone autopilot on a public code platform under a free licence. It flies way points
            without satellites, by image matching. Once it is public, is it really uncontrolled? And the week before, when
            reviewers abroad read it?
        """,
        steps=(
            Take(24, "olev"),
            answer(
                12,
                """
                Once it is available without restrictions upon further dissemination it is "in the public domain", and the
                General Software Note releases it, whatever it does. That is also why we suggest to think before: nothing
                can be called back.

                The week before is different. Sending unreleased listed software or technology to reviewers outside the
                Union is an export like any other; look at 7D003 and 9D004 first. Make the repository public, then invite
                the reviewers.

                What no note can release: help given to one user. Answering a stranger's questions on how to fit the
                autopilot to a heavier airframe may be technical assistance under Article 8. Decide now who answers such
                mails, and how to decline.

                You might leave the terrain matching as a separate module, unpublished until you are sure. Not binding.
                """,
            ),
        ),
    ),
    Story(
        topic="technology-transfer",
        ago=33,
        subject="Talk about a hypersonic test",
        title="Conference talk, wind tunnel at Mach 6",
        segments=("CTA07.5",),
        destination="JP",
        text="""
            Our abstract on heat flux sensors in a Mach 6 tunnel has been accepted by an open conference. Slides would be
            shown and not handed out. The sensor was paid for by a defence project, unclassified. Where is the line?
        """,
        steps=(
            Take(32, "hille"),
            answer(
                22,
                """
                The line runs between what everybody may read afterwards and what only the audience learns. Content of an
                abstract, a paper or a dissertation that is public may be told anywhere. What you add in the talk, in
                answers or at dinner may be listed technology: for test facilities see 9B005 and 9B105 with their 9E
                entries.

                Three habits: give the talk from the published paper; let a colleague read the slides for anything that is
                not in it; and prepare a friendly sentence for questions about calibration and survival at higher enthalpy,
                where the know-how is.

                The paying project's contract may be stricter than export control, so ask its officer for a release. If the
                talk is recorded and put on the web by the organisers, so much the better.
                """,
            ),
            Writes(21, "The project officer has released the slides. Thank you, the friendly sentence has been rehearsed."),
            Close(20),
        ),
    ),
    Story(
        topic="technology-transfer",
        ago=18,
        subject="Renting out accelerators",
        title="Accelerator rental to users outside the Union",
        segments=("CTA02.1", "CTA02.2"),
        destination="AE",
        text="""
            We rent accelerators of more than 6,000 TPP by the hour. A new user from outside the Union wants 512 of them for
            three months, pays through a reseller and asks us not to log job names. No hardware leaves our hall. Is
            computing time an export?
        """,
        steps=(Take(15, "tarvo"),),
    ),
)
