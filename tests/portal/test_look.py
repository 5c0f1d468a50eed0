"""The pages that belong to no app, the form templates, and the account pages in the portal's own clothes."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory, override_settings
from django.utils import translation

from organisations.models import User
from portal.forms import SpecimenForm
from portal.templatetags.portal import day, moment, short_day, tlp
from tests.conftest import SignIn

ROOT = Path(settings.BASE_DIR)


class TwoFieldForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the <b>sign</b>.", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    note = forms.CharField(label="Note", required=False)


@pytest.fixture
def firm_client(signatory: User) -> Client:
    signatory.set_password("a long and quiet winter")
    signatory.save(update_fields=["password"])
    client = Client()
    response = client.post("/account/login/", {"login": signatory.email, "password": "a long and quiet winter"})
    assert response.status_code == 302
    assert client.post("/account/reauthenticate/", {"password": "a long and quiet winter"}).status_code == 302
    return client


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_piece_for_all_knows_nothing_of_who_looks_and_differs_by_what_is_said() -> None:
    page = Template('{% same_for_all "components/footer.html" demo=demo %}')
    shown = [page.render(Context({"demo": demo, "user": name})) for demo in (True, False) for name in ("Ada", "Bo")]
    assert shown[0] == shown[1]
    assert shown[2] == shown[3]
    assert ["/styles/" in each for each in shown] == [True, True, False, False]


def test_a_piece_for_all_is_drawn_in_each_language() -> None:
    page = Template('{% same_for_all "components/footer.html" demo=False %}')
    with translation.override("en"):
        english = page.render(Context())
    with translation.override("de"):
        other = page.render(Context())
    with translation.override("en"):
        assert page.render(Context()) == english
    assert ("Accessibility" in english, other.count("<li>")) == (True, english.count("<li>"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/styles/", "/account/login/", "/account/signup/", "/account/password/reset/"])
def test_a_stranger_sees_the_public_pages(client: Client, address: str) -> None:
    response = client.get(address)
    page = response.content.decode()
    assert response.status_code == 200
    assert len(re.findall("<h1[ >]", page)) == 1
    assert page.count('id="main"') == 1
    assert 'class="govuk-skip-link"' in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/account/email/",
        "/account/password/change/",
        "/account/2fa/",
        "/account/2fa/totp/activate/",
        "/account/2fa/webauthn/",
        "/account/2fa/webauthn/add/",
        "/account/sessions/",
        "/account/logout/",
    ],
)
def test_account_pages_wear_the_portals_clothes(firm_client: Client, address: str) -> None:
    response = firm_client.get(address)
    page = response.content.decode()
    assert response.status_code == 200
    assert len(re.findall("<h1[ >]", page)) == 1
    assert 'class="site-header"' in page


@pytest.mark.django_db
def test_the_code_for_the_authenticator_app_is_an_image_that_the_policy_allows(firm_client: Client) -> None:
    response = firm_client.get("/account/2fa/totp/activate/")
    assert 'src="data:image/svg+xml' in response.content.decode()
    assert "img-src 'self' data:" in response["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/styles/", "/account/login/", "/account/2fa/webauthn/add/", "/account/email/"])
def test_no_page_has_a_script_or_a_style_that_the_policy_would_refuse(firm_client: Client, client: Client, address: str) -> None:
    page = (client if address.endswith("login/") else firm_client).get(address).content.decode()
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert scripts
    assert [attributes for attributes, code in scripts if code.strip() and 'type="application/json"' not in attributes] == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []


@pytest.mark.django_db
def test_a_missing_page_says_so(client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


@pytest.mark.parametrize(
    "name",
    ["400.html", "403.html", "403_csrf.html", "403_forged.html", "404.html", "411.html", "413.html", "429.html", "429_large.html"],
)
def test_every_refusal_page_renders_for_a_stranger_without_the_database(name: str) -> None:
    page = render_to_string(name, request=RequestFactory().get("/"))
    assert len(re.findall("<h1[ >]", page)) == 1


def test_the_500_page_needs_neither_request_nor_database() -> None:
    page = render_to_string("500.html")
    assert "Something went wrong" in page
    assert "{%" not in page


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_with_a_page() -> None:
    response = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a@b.example"})
    assert response.status_code == 403
    assert "Nothing was sent" in response.content.decode()


@pytest.mark.django_db
def test_the_header_kept_for_strangers_is_for_none_but_them(client: Client, officer: User, signed_in: SignIn) -> None:
    def header(visitor: Client, path: str) -> str:
        return visitor.get(path).content.decode().partition("<header")[2].partition("</header>")[0]

    stranger, own = header(client, "/catalogue/"), header(signed_in(officer), "/catalogue/")
    assert officer.email in own
    assert officer.email not in stranger
    assert header(client, "/catalogue/") == header(Client(), "/catalogue/") == stranger
    assert 'href="/catalogue/" aria-current="page"' in stranger
    assert 'href="/catalogue/" aria-current="page"' not in header(client, "/answers/")


@pytest.mark.django_db
@override_settings(LANGUAGES=[("en", "English"), ("et", "Estonian")])
def test_a_stranger_may_choose_the_language_and_comes_back(client: Client) -> None:
    assert 'name="language" value="et"' in client.get("/styles/").content.decode().replace(' type="submit"', "")
    response = client.post("/language/", {"language": "et", "next": "/styles/"})
    assert (response.status_code, response["Location"]) == (302, "/styles/")
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "et"
    assert '<html class="govuk-template" lang="et"' in client.get("/styles/").content.decode()


@pytest.mark.django_db
@override_settings(LANGUAGES=[("en", "English")])
def test_one_language_needs_no_switch(client: Client) -> None:
    assert 'name="language"' not in client.get("/styles/").content.decode()


@pytest.mark.django_db
def test_the_language_switch_leads_nowhere_else(client: Client) -> None:
    assert client.post("/language/", {"language": "et", "next": "https://elsewhere.example/"})["Location"] == "/"


@pytest.mark.django_db
def test_only_who_is_signed_in_is_offered_to_sign_out(client: Client, firm_client: Client) -> None:
    assert "Sign out" not in client.get("/").content.decode()
    assert "Sign out" in firm_client.get("/").content.decode()


# --- forms ----------------------------------------------------------------------------------------------------------


def test_a_field_names_its_hint_and_keeps_autocomplete() -> None:
    page = str(TwoFieldForm())
    assert '<div class="govuk-hint" id="id_name_helptext">As on the <b>sign</b>.</div>' in page
    assert 'aria-describedby="id_name_helptext"' in page
    assert 'autocomplete="name"' in page
    assert "govuk-error-summary" not in page


def test_only_fields_that_may_stay_empty_are_marked_optional() -> None:
    page = str(TwoFieldForm())
    assert page.count("(optional)") == 1
    assert page.index("(optional)") > page.index("Note")


def test_a_refused_form_keeps_what_was_typed_and_links_each_error_to_its_field() -> None:
    form = TwoFieldForm({"name": "", "note": "typed <here>"})
    page = str(form)
    assert '<a href="#id_name">Name is missing</a>' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert 'value="typed &lt;here&gt;"' in page


def test_an_error_in_a_group_leads_to_its_first_choice() -> None:
    page = str(SpecimenForm({}))
    assert '<a href="#id_kind_0">Choose how you want to ask</a>' in page
    assert 'id="id_kind_0"' in page
    assert page.count("<fieldset") == page.count("<legend") == 2


def test_an_error_of_the_whole_form_stands_in_the_summary() -> None:
    form = TwoFieldForm({"name": "x"})
    form.add_error(None, "The <entry> is locked.")
    assert "<li>The &lt;entry&gt; is locked.</li>" in str(form)


def test_the_title_of_a_refused_page_begins_with_error() -> None:
    template = Template('{% extends "layouts/public.html" %}{% block title %}Ask & answer{% endblock %}')
    request = RequestFactory().get("/")
    page = template.render(Context({"form": TwoFieldForm({}), "request": request}))
    assert "<title>Error: Ask & answer – Focal Point</title>" in page
    assert '<h1 class="govuk-heading-xl">Ask & answer</h1>' in page


# --- components -----------------------------------------------------------------------------------------------------


def test_pages_are_bounded_and_keep_the_query() -> None:
    page = Paginator(range(100_000), 10).get_page(5000)
    html = render_to_string("components/pagination.html", {"page": page}, RequestFactory().get("/?q=laser&page=5000"))
    assert html.count("<li") <= 9
    assert 'href="?q=laser&amp;page=5001"' in html
    assert html.count('aria-current="page"') == 1


def test_one_page_needs_no_paging() -> None:
    assert render_to_string("components/pagination.html", {"page": Paginator([1], 10).get_page(1)}).strip() == ""


@pytest.mark.parametrize(
    ("given", "label", "style"),
    [
        ("red", "TLP:RED", "red"),
        ("amber-strict", "TLP:AMBER+STRICT", "amber"),
        ("AMBER+STRICT", "TLP:AMBER+STRICT", "amber"),
        ("TLP:GREEN", "TLP:GREEN", "green"),
        ("clear", "TLP:CLEAR", "clear"),
    ],
)
def test_tlp_labels_read_as_their_standard_writes_them(given: str, label: str, style: str) -> None:
    with translation.override("et"):
        assert tlp(given) == f'<strong class="tlp tlp--{style}" lang="en" translate="no">{label}</strong>'


def test_a_label_that_tlp_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="is no TLP"):
        tlp("WHITE")


def test_a_day_is_said_in_words_and_exactly() -> None:
    assert short_day(date(2026, 11, 23)) == '<time datetime="2026-11-23" title="2026-11-23">23 Nov 2026</time>'
    assert day(date(2026, 11, 23)) == '<time datetime="2026-11-23" title="2026-11-23">23 November 2026</time>'
    assert day(None) == ""


def test_a_moment_late_in_the_evening_utc_is_the_next_day_here() -> None:
    late = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert "24 November 2026" in day(late)
    assert moment(late) == (
        '<time datetime="2026-11-24T00:30:00+02:00" title="2026-11-24 00:30:00 EET">24 November 2026 at 00:30</time>'
    )


# --- what is shipped ------------------------------------------------------------------------------------------------


def test_the_lock_file_names_no_host() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert "://" not in json.dumps(lock)
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_the_styles_hold_neither_the_font_nor_the_address_of_others() -> None:
    css = (ROOT / "static/build/portal.css").read_text()
    assert "GDS Transport" not in css
    assert "@font-face" not in css
    assert re.findall(r"""url\(["']?(?!["']?data:)[^)]*""", css) == []


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _schemes() -> dict[str, dict[str, str]]:
    light, dark = (ROOT / "static/css/tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    first = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", light))
    return {"light": first, "dark": first | dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", dark))}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [(text, ground) for text in ("text", "soft-text", "link", "red-text", "amber-text") for ground in ("page", "surface", "raised")]
    + [(f"{colour}-text", f"{colour}-soft") for colour in ("amber", "red", "green", "grey", "purple")]
    + [("brand-text", "brand"), ("brand-text", "brand-hover"), ("brand-soft-text", "brand-soft"), ("focus-text", "focus")]
    + [("header-text", "header"), ("header-soft", "header"), ("page", "red"), ("link-visited", "page")],
)
def test_text_stands_out_from_its_ground(scheme: str, text: str, ground: str) -> None:
    colours = _schemes()[scheme]
    assert _contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edges_of_controls_can_be_seen(scheme: str) -> None:
    colours = _schemes()[scheme]
    assert _contrast(colours["strong-line"], colours["raised"]) >= 3
