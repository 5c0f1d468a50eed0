"""What identifies an asker is found and masked; what an export question is full of is not taken for it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban
from stdnum.ee import registrikood
from stdnum.iso7064 import mod_97_10

from inquiries import traces
from inquiries.traces import Choices, Kind, Narrowing, Trace

# Numbers made up for tests; those that belong to somebody are none of ours.
FOUND = [
    ("Write to olev.mets@taevarada.example, please.", Kind.EMAIL, "olev.mets@taevarada.example"),
    ("Write to olev.mets (at) taevarada.example.", Kind.EMAIL, "olev.mets (at) taevarada.example"),
    ("Write to olev.mets [at] taevarada [dot] example.", Kind.EMAIL, "olev.mets [at] taevarada [dot] example"),
    ("See https://taevarada.example/mills?id=7.", Kind.WEBSITE, "https://taevarada.example/mills?id=7"),
    ("See www.taevarada.example for it", Kind.WEBSITE, "www.taevarada.example"),
    ("It is on taevarada.ee.", Kind.WEBSITE, "taevarada.ee"),
    ("Call +372 5123 4567 2 units", Kind.PHONE, "+372 5123 4567"),
    ("Call 00 372 512 3456", Kind.PHONE, "00 372 512 3456"),
    ("Call +44 (20) 7946-0018.", Kind.PHONE, "+44 (20) 7946-0018"),
    ("mobile: 512 3456", Kind.PHONE, "512 3456"),
    ("tel. 6123456", Kind.PHONE, "6123456"),
    ("IBAN EE38 2200 2210 2014 5685 and more", Kind.IBAN, "EE38 2200 2210 2014 5685"),
    ("pay to DE89370400440532013000", Kind.IBAN, "DE89370400440532013000"),
    ("our LEI is 5493001KJTIIGC8Y1R12", Kind.LEI, "5493001KJTIIGC8Y1R12"),
    ("VAT EE100594102 is ours", Kind.VAT, "EE100594102"),
    ("we are EE 100 594 102 of course", Kind.VAT, "EE 100 594 102"),
    ("we are DE136695976", Kind.VAT, "DE136695976"),
    ("EORI: EE10137025", Kind.EORI, "EE10137025"),
    ("we file as EE10137025 there", Kind.EORI, "EE10137025"),
    ("EORI number LT123456789", Kind.EORI, "LT123456789"),
    ("Registry code 10137025", Kind.COMPANY, "10137025"),
    ("We are 10137025, a small firm", Kind.COMPANY, "10137025"),
    ("Y-tunnus 2077474-0", Kind.COMPANY, "2077474-0"),
    ("registered 2077474-0 in Oulu", Kind.COMPANY, "2077474-0"),
    ("org.nr 556012-5790", Kind.COMPANY, "556012-5790"),
    ("HRB 41460 in Bonn", Kind.COMPANY, "HRB 41460"),
    ("my code is 37605030299", Kind.PERSON, "37605030299"),
    ("under export licence EE-2024-0117, which", Kind.LICENCE, "EE-2024-0117"),
    ("licence no. D1234567", Kind.LICENCE, "D1234567"),
    ("authorisation number: 3119/24", Kind.LICENCE, "3119/24"),
    ("the mill, serial no. 48211-B, is", Kind.SERIAL, "48211-B"),
    ("S/N: A77120", Kind.SERIAL, "A77120"),
    ("SN 4455 1122", Kind.SERIAL, "4455 1122"),
    ("part number XR4500", Kind.PART, "XR4500"),
    ("P/N 900-1182", Kind.PART, "900-1182"),
    ("our XR-4500-B12 converter", Kind.PART, "XR-4500-B12"),
    ("order no. 4500017712", Kind.REFERENCE, "4500017712"),
    ("invoice number 2024-118", Kind.REFERENCE, "2024-118"),
    ("patent no. EP1234567", Kind.REFERENCE, "EP1234567"),
    ("as I wrote in FP-7Q2M4-X0KDT.", Kind.REFERENCE, "FP-7Q2M4-X0KDT"),
    ("receipt lusab-babad-gutih-tugad-mudof-sakat-kibap-rofug", Kind.RECEIPT, "lusab-babad-gutih-tugad-mudof-sakat-kibap-rofug"),
    ("The Baltic Photonics OÜ sells", Kind.FIRM, "Baltic Photonics OÜ"),
    ("to Al Noor Trading FZE, a", Kind.FIRM, "Al Noor Trading FZE"),
    ("for Keller & Sohn GmbH", Kind.FIRM, "Keller & Sohn GmbH"),
    ("for Keller Sohn GmbH & Co. KG", Kind.FIRM, "Keller Sohn GmbH & Co. KG"),
    ("by Põhja Laser AS.", Kind.FIRM, "Põhja Laser AS"),
    ("from OÜ Taevarada", Kind.FIRM, "OÜ Taevarada"),
]


@pytest.mark.parametrize(("text", "kind", "trace"), FOUND)
def test_what_identifies_is_found_in_its_place(text: str, kind: Kind, trace: str) -> None:
    start = text.index(trace)
    assert traces.find(text) == [Trace(kind, start, start + len(trace), trace)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Is a five-axis mill with 4 µm accuracy controlled under 2B001.b.2?",
        "3A001.a.5.a.1 or 3A001.b.12, see Note 2, N.B. 5A002.a and ML10.c; EAR99 or 5A992.c in the US",
        "ISO 9001:2015, EN 10204 3.1, MIL-STD-810G, IEC 61508, RS-485, DIN 912 M8x20, ASTM A240, STANAG 4569, IEEE 802.11ax",
        "Regulation (EU) 2021/821, Decision 2011/833/EU, Regulation 833/2014 and 765/2006, Article 4(1)(a)",
        "Between 2019 and 2024 we sold 12 000 units; in 2025 some 12000000 m of fibre at EUR 1 250 000.00",
        "1.3 µm, 12.5 GHz, -40 to +85 °C, 10 000 000 cycles, 28 V DC, 0.00123 Ω, 6061-T6, Ti-6Al-4V, 304L",
        "AES-256, SHA-256, TLS 1.3",
        "CAS 7732-18-5 and 1445-76-7, CN code 8457 10 10, HS 84571010, CN 90139080, UN 1789, TARIC 8525891110",
        "CAS-1273-94-5, Directive 80/1269/EEC, products other than item no. 0203.1 0203",
        "CTA03, RO4003 and RO4350B laminates, SE 4 units, DE 300 pieces, AT 2 bar, 74LS00, UF6, H2O2, GPT-4, F-16, A350-1000",
        "Serial production of 5000 pieces, serial interface RS-485, part of 12 machines, order of 10 pieces, project 7",
        "a licence under 3A001, general authorisation EU001, licence exception STA, licences in 2023, a permit of 2024/0",
        "see https://eur-lex.europa.eu/eli/reg/2021/821/oj, www.bis.gov, un.org and e.g. i.e. v1.2.3, ASP.NET, data.csv, offer.pdf",
        "The Ministry AS A WHOLE. STANDARDS AS SUCH. We ship as is. Sold at cost in the EU.",
        "Words1a2b3c4d5e6f of a five-axis mill, subject0a1b2c3d4e5f, canary-0f1e2d3c4b5a",
        "2026-11-23, 23.11.2026, 11/23/2026, 09:30, 14:05:59, 1:1000, 16:9, 1 2 3 4 5 6 7 8 9",
        "SiC wafers of 150 mm, 10¹² ions/cm², 2.4 GHz to 5.8 GHz, 50 % at 1550 nm, 1,064 nm, 3 x 10-7 mbar",
        "call me when you know; on the phone 3 people said 12 000 euros; fax it",
    ],
)
def test_what_questions_are_full_of_is_not_taken_for_a_trace(text: str) -> None:
    assert traces.find(text) == []


def test_several_traces_are_found_in_order_and_none_twice() -> None:
    text = "Põhja Laser AS, VAT EE100594102, olev@taevarada.example, +372 512 3456, serial no. 48211-B"
    assert [trace.kind for trace in traces.find(text)] == [Kind.FIRM, Kind.VAT, Kind.EMAIL, Kind.PHONE, Kind.SERIAL]


def test_only_what_is_chosen_is_masked() -> None:
    text = "olev@taevarada.example asks, +372 512 3456 calls"
    email, phone = traces.find(text)
    assert traces.mask(text, [phone]) == "olev@taevarada.example asks, [masked: phone] calls"
    assert traces.mask(text, [phone, email]) == "[masked: email] asks, [masked: phone] calls"
    assert [kind.words for kind in (traces.Kind.IBAN, traces.Kind.VAT, traces.Kind.FIRM)] == ["IBAN", "VAT number", "firm name"]
    assert traces.mask(text, []) == text


# --- properties -----------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [text for text, _kind, _trace in FOUND]
    + ["serial no. ", "licence ", "@", "+372 ", "EE", "10137025", " ", ".", "-", "OÜ", "AS.", "P/N ", "www.", "3A001.a", "\n", "12"]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map("".join))


@given(TEXTS)
def test_traces_are_stretches_of_the_text_in_order(text: str) -> None:
    found = traces.find(text)
    assert [text[trace.start : trace.end] for trace in found] == [trace.text for trace in found]
    assert all(trace.start < trace.end for trace in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def length_after_masking(text: str, found: list[Trace]) -> int:
    return len(text) + sum(len(f"[masked: {trace.kind.words}]") - len(trace.text) for trace in found)


@given(TEXTS)
def test_masking_takes_each_trace_out_and_nothing_else(text: str) -> None:
    found = traces.find(text)
    assert len(traces.mask(text, found)) == length_after_masking(text, found)
    assert traces.mask(text, []) == text


@given(st.text("0123456789", min_size=16, max_size=16))
def test_every_estonian_account_number_is_found(digits: str) -> None:
    number = "EE" + iban.calc_check_digits("EE00" + digits) + digits
    if iban.is_valid(number):
        assert [trace.kind for trace in traces.find(f"pay {number} today")] == [Kind.IBAN]


@given(st.integers(1_000_000, 1_799_999))
def test_every_estonian_register_code_is_found(stem: int) -> None:
    code = str(stem) + registrikood.calc_check_digit(f"{stem}0")
    assert [trace.kind for trace in traces.find(f"we are {code}, a firm")] == ([] if code.endswith("000") else [Kind.COMPANY])


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=18, max_size=18))
def test_every_lei_is_found(stem: str) -> None:
    number = stem + mod_97_10.calc_check_digits(stem)
    assert [(trace.kind, trace.text) for trace in traces.find(f"we are {number}.")][:1] == [(Kind.LEI, number)]


@pytest.mark.parametrize(
    "piece",
    ["a", "A", "1", "1 ", "1-", "A1-", "@", "a@", ".", "a.", "www.", "+372 ", "+3", "DE1 ", "DE1234567 ", "EE38 ", "AA11 ",
     "serial ", "no. ", "Aa ", "Aa AS", "lusab-", "(at)", "http://", "licence no. 1234 ", "1234567-8 ", "tel 1", "\n",
     " ", "\u00e4", "de de", "-", "/", "A/"],
)  # fmt: skip
def test_the_longest_text_is_through_whatever_is_in_it(piece: str) -> None:
    """Each of these makes a careless pattern run for hours."""
    text = (piece * 50_000)[:50_000]
    found = traces.find(text)
    assert len(traces.mask(text, found)) == len(text) + sum(len(f"[masked: {t.kind.words}]") - len(t.text) for t in found)


# --- small sets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (Choices("YE", ["3A001.a.5"]), Narrowing(("3A001.a.5",), "YE")),  # rare item, rare destination
        (Choices("KZ", ["6A003.b", "3A001"]), Narrowing(("6A003.b",), "KZ")),
        (Choices("YE", [], ["CTA03"]), Narrowing((), "YE")),  # a young field and a rare country
        (Choices("DE", ["3A001.a.5", "6A003.b.4"]), Narrowing(("3A001.a.5", "6A003.b.4"), "DE")),  # two paragraphs of one firm
        (Choices("DE", ["3A001.a.5"]), None),
        (Choices("YE", ["3A001"]), None),  # what the coarser choices come to
        (Choices("145", ["3A001.a.5"]), None),
        (Choices("YE", [], ["CTA10"]), None),
        (Choices("DE", [], ["CTA03"]), None),
        (Choices("YE"), None),  # one side alone
        (Choices("", ["3A001.a.5", "6A003.b.4", "7A003.d"]), None),
        (Choices(), None),
    ],
)
def test_few_firms_are_left_where_both_sides_are_narrow(choices: Choices, expected: Narrowing | None) -> None:
    assert traces.too_small(choices) == expected


@given(
    st.sampled_from(["", "145", "DE", "YE", "KZ"]),
    st.lists(st.sampled_from(["3A001", "3A001.a.5", "6A003.b"]), max_size=3),
    st.lists(st.sampled_from(["CTA03", "CTA10"]), max_size=2),
)
def test_a_region_always_widens_the_circle(destination: str, entries: list[str], segments: list[str]) -> None:
    """So the way out that the asker is offered is one."""
    assert traces.too_small(Choices("145", entries, segments)) is None
    if traces.too_small(Choices(destination, entries, segments)):
        assert destination.isalpha()
