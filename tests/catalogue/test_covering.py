from catalogue.parsing import covering
from catalogue.regions import place_name


def test_an_entry_is_covered_by_itself_and_all_above_it() -> None:
    assert covering("3A001.a.5") == ["3A001", "3A001.a", "3A001.a.5"]
    assert covering("3A001") == ["3A001"]


def test_a_place_is_named_whether_it_is_a_country_or_a_region() -> None:
    assert [place_name(place) for place in ("KR", "145", "142")] == ["South Korea", "Western Asia", "Asia"]
