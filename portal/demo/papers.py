"""The files that go with some of the demo's questions and answers, drawn up here; each is taken in like any other."""

from __future__ import annotations

import io
from collections.abc import Callable
from textwrap import dedent

import pikepdf
from PIL import Image, ImageDraw

from inquiries.services.receiving import Received, receive
from inquiries.spooling import Spool

A4 = (595, 842)  # points
INK, FAINT, PAPER = "#1c2b36", "#8a97a0", "#ffffff"
# Where the drawing's parts are, in pixels, and what they are.
PARTS = {
    (250, 280): "diaphragm, Ni-Cr-Fe, 72 % Ni, 0.05 mm",
    (250, 325): "weld, electron beam, no elastomer",
    (330, 228): "fixed electrode on Al2O3",
    (480, 450): "port, tube 12 mm",
}


def received(name: str) -> Received:
    """Return the file of that name as the portal takes it in from whoever sends it."""
    spool = Spool()
    spool.write(PAPERS[name]())
    return receive(spool.finish(), name=name)


def _page(heading: str, text: str) -> bytes:
    """A PDF of one page: a heading, and below it the text line by line. Plain letters only."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=A4)
    fonts = {"/Head": pikepdf.Name("/Helvetica-Bold"), "/Body": pikepdf.Name("/Courier")}
    page.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(
            {
                name: pikepdf.Dictionary(
                    Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=base, Encoding=pikepdf.Name.WinAnsiEncoding
                )
                for name, base in fonts.items()
            }
        )
    )
    lines = "".join(f"({_escaped(line)}) Tj T*\n" for line in dedent(text).strip().splitlines())
    drawn = f"BT /Head 16 Tf 60 770 Td ({_escaped(heading)}) Tj ET\nBT /Body 10 Tf 15 TL 60 735 Td\n{lines}ET\n"
    page.Contents = pdf.make_stream(drawn.encode("cp1252"))
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _five_axis_mill() -> bytes:
    return _page(
        "Vertical machining centre, five axes",
        """
        Year of manufacture          2013
        Operating hours              21,400 (spindle 9,850)

        Travel X / Y / Z             1,250 / 1,000 / 900 mm
        Axis B                       -30 to +120 degrees
        Axis C                       360 degrees, continuous
        Contouring                   X, Y, Z, B and C together

        Positioning accuracy         6 µm (ISO 230-2:1997)
        Repeatability                3 µm (ISO 230-2:1997)
        Linear scales                X, Y and Z

        Spindle                      18,000 rpm, 35 kW, HSK-A63
        Control                      with tool centre point management
        Last calibration             laser interferometer, March 2022
        """,
    )


def _first_use_of_eu001() -> bytes:
    return _page(
        "Before the first use of EU001",
        """
        [ ] The item is in Annex I and not in section I of Annex II.
        [ ] The country of final destination is named in part 2 of section A:
            Australia, Canada, Iceland, Japan, New Zealand, Norway,
            Switzerland with Liechtenstein, United Kingdom, United States.
        [ ] The goods don't go to a free zone or free warehouse there.
        [ ] We know of no use that Article 4 names, and were told of none.
        [ ] We are registered with the Licensing Board. Ten working days.
        [ ] The export declaration carries the code for this authorisation.
        [ ] Records are kept for five years (Article 27).
        [ ] The report of use is in somebody's calendar, once a year.

        Regulation (EU) 2021/821, Annex II, section A. Guidance of the
        focal point, no legal advice; the text of the Regulation counts.
        """,
    )


def _small_programme() -> bytes:
    return _page(
        "A compliance programme on one page",
        """
        Who              One person answers for exports; a second one stands in.
        What             Our products and their list entries, looked at each
                         January and whenever the list changes.
        To whom          Every new customer: who owns it, who uses the goods,
                         where, and for what. Written down before the offer.
        Sanctions        Names are checked on the day of the order and on the
                         day of dispatch.
        When in doubt    Nothing leaves. We ask the focal point, without names
                         if we like.
        Papers           Kept for five years, where two people find them.
        Once a year      We read this page and change what was wrong.

        Signed by the board on  ......................
        """,
    )


def _transducer_drawing() -> bytes:
    """A section through a pressure transducer, with the parts that decide its classification numbered."""
    picture = Image.new("RGB", (900, 560), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((20, 20, 880, 540), outline=FAINT, width=2)
    pen.rectangle((250, 120, 650, 180), outline=INK, width=4)  # the lid with its pins
    for pin in (340, 450, 560):
        pen.rectangle((pin - 6, 70, pin + 6, 150), fill=INK)
    pen.rectangle((250, 180, 650, 330), outline=INK, width=4)
    pen.rectangle((330, 215, 570, 240), fill=FAINT)  # the fixed electrode
    pen.line((250, 280, 330, 276, 450, 272, 570, 276, 650, 280), fill=INK, width=6)  # the diaphragm
    pen.polygon(((250, 330), (650, 330), (520, 400), (380, 400)), outline=INK, width=4)
    pen.rectangle((420, 400, 480, 500), outline=INK, width=4)  # the port
    pen.line((450, 500, 450, 400), fill=FAINT, width=1)
    for turn, (place, words) in enumerate(PARTS.items()):
        number, leads_to = str(turn + 1), (200, place[1] - 6) if place[0] < 450 else (690, place[1] - 6)
        pen.line((*place, leads_to[0] + (15 if place[0] < 450 else -8), place[1]), fill=FAINT, width=2)
        pen.text(leads_to, number, fill=INK)
        pen.text((40, 440 + 20 * turn), f"{number}  {words}", fill=INK)
    pen.text((660, 500), "SECTION A-A   2:1   mm", fill=INK)
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


def logo() -> bytes:
    """A lens and the light that it gathers: the first association's."""
    picture = Image.new("RGB", (640, 192), PAPER)
    pen = ImageDraw.Draw(picture)
    for height in (46, 96, 146):
        pen.line((20, height, 110, height, 240, 96), fill="#b1580a", width=6)
    pen.ellipse((72, 6, 148, 186), fill=INK)
    pen.text((260, 60), "PHOTONICS", fill=INK, font_size=56)
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def _orders() -> bytes:
    return _table(
        """
        order,month,pieces,full scale kPa,accuracy % FS,extra
        1,January,10,1000,0.50,
        2,May,20,250,0.25,helium leak test protocol
        3,asked for now,40,100,0.10,helium leak test protocol
        """
    )


def _measurement() -> bytes:
    return _table(
        """
        axis,travel mm,positions,runs in each direction,UPR forward µm,UPR backward µm,lower of both µm,limit of 2B001.b.2 µm
        X,1250,,5,,,,1.4
        Y,1000,,5,,,,1.4
        Z,900,,5,,,,0.9
        """
    )


def _table(text: str) -> bytes:
    return (dedent(text).strip().replace("\n", "\r\n") + "\r\n").encode()


PAPERS: dict[str, Callable[[], bytes]] = {
    "data-sheet.pdf": _five_axis_mill,
    "measurement-iso-230-2.csv": _measurement,
    "compliance-programme-on-one-page.pdf": _small_programme,
    "section.png": _transducer_drawing,
    "orders.csv": _orders,
    "before-the-first-use-of-eu001.pdf": _first_use_of_eu001,
}
