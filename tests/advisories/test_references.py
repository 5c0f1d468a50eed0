"""References to the law: the forms that EUR-Lex gives its names, and nothing else."""

import pytest

from advisories.references import read


@pytest.mark.parametrize(
    ("line", "identifier", "words"),
    [
        ("32021R0821", "32021R0821", ""),
        ("CELEX 32021R0821 Dual-use regulation", "32021R0821", "Dual-use regulation"),
        ("celex:32014r0833", "32014R0833", ""),
        ("02021R0821-20251115 as of November", "02021R0821-20251115", "as of November"),
        ("32009L0043R(01)", "32009L0043R(01)", ""),
        ("62019CJ0311", "62019CJ0311", ""),
        ("12016E215", "12016E215", ""),
        ("12016E/TXT", "12016E/TXT", ""),
        ("http://data.europa.eu/eli/reg/2021/821/oj", "http://data.europa.eu/eli/reg/2021/821/oj", ""),
        ("https://data.europa.eu/eli/reg/2021/821 x", "http://data.europa.eu/eli/reg/2021/821", "x"),
        ("https://eur-lex.europa.eu/eli/reg_impl/2023/1529/oj/eng", "http://data.europa.eu/eli/reg_impl/2023/1529/oj/eng", ""),
        ("http://data.europa.eu/eli/reg/2021/821/2025-11-15", "http://data.europa.eu/eli/reg/2021/821/2025-11-15", ""),
        ("http://data.europa.eu/eli/C/2024/1234/oj", "http://data.europa.eu/eli/C/2024/1234/oj", ""),
        (
            "http://data.europa.eu/eli/dir/2009/3/corrigendum/2009-10-24/oj",
            "http://data.europa.eu/eli/dir/2009/3/corrigendum/2009-10-24/oj",
            "",
        ),
    ],
)
def test_a_celex_number_or_an_eli_is_read_and_its_words_after_it(line: str, identifier: str, words: str) -> None:
    found = read(line)
    assert found is not None
    assert (found.identifier, found.words) == (identifier, words)
    assert read(str(found)) == found


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2021/821",
        "Regulation (EU) 2021/821",
        "32021R082",
        "32021R0821x",
        "72021L0821EST",
        "02021R0821",
        "javascript:alert(1)",
        "http://data.europa.eu.evil.example/eli/reg/2021/821/oj",
        "http://data.europa.eu/eli/reg/2021/821/oj?x=1",
        'http://data.europa.eu/eli/reg/2021/821/oj"onclick=x',
        "http://data.europa.eu/eli/../../x",
        "32021R0821\n32014R0833",
    ],
)
def test_anything_else_is_none(line: str) -> None:
    assert read(line) is None


def test_the_link_leads_to_eur_lex() -> None:
    celex, eli = read("32021R0821 Dual-use"), read("http://data.europa.eu/eli/reg/2021/821/oj")
    assert celex is not None
    assert eli is not None
    assert celex.address == "https://eur-lex.europa.eu/legal-content/AUTO/?uri=CELEX:32021R0821"
    assert eli.address == "https://eur-lex.europa.eu/eli/reg/2021/821/oj"
    assert (celex.label, eli.label) == ("Dual-use", "http://data.europa.eu/eli/reg/2021/821/oj")
