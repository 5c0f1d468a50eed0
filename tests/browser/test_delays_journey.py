"""Two officials put off a look; a firm names a person, who agrees by a link; the firm reads the history of its entry."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from mailroom.models import Letter
from organisations.models import User
from registry.models import Entry
from tests.browser.conftest import Visit
from tests.registry.conftest import entry, make_entry, sensing  # noqa: F401  fixtures

Open = Callable[..., Visit]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_ask_for_a_delay_approve_it_and_look(visit: Open, editor: User, approver: User, *, scripts: bool) -> None:
    asker = visit(scripts=scripts).sign_in(editor, second_factor=True).go("/desk/delays/")
    asker.sees("Nothing was ever put off").is_clean()
    asker.follow("Ask for one").is_clean()
    asker.press("Ask a second official").sees("the firms are owed a reason").is_clean()
    asker.page.get_by_label("For what purpose?").select_option("outreach")
    asker.fill("Why can the firms", "Talks must not be known yet")
    asker.fill("Last day", (timezone.localdate() + timedelta(days=30)).isoformat())
    asker.press("Ask a second official").sees("Waits for a second official").is_clean()

    second = visit(scripts=scripts).sign_in(approver, second_factor=True).go("/desk/delays/").sees("Talks must not be").is_clean()
    second.press("Approve").sees("1 delay runs").is_clean()

    asker.go("/desk/registry/look/").sees("When do the firms read of it?").is_clean()
    asker.choose("Outreach").fill("What is the reason?", "Seminar on fibre").choose("Talks must not be known yet")
    asker.press("Go to the registry").sees("put off because: Talks must not be known yet").is_clean()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_name_a_person_who_agrees_and_refuses(
    visit: Open,
    entry: Entry,  # noqa: F811
    entry_editor: User,
    *,
    scripts: bool,
) -> None:
    firm = visit(scripts=scripts).sign_in(entry_editor).go("/registry/people/").sees("Nobody is named").is_clean()
    firm.press("Send the letter").sees("Enter the name.").is_clean()
    firm.fill("Name", "Kai Contact").fill("E-mail address", "kai@photonics.example").choose("Estonian")
    firm.press("Send the letter").sees("Has not answered").is_clean()
    firm.go("/registry/history/").sees("Hollow-core fibre").is_clean()

    link = re.search(r"https?://[^/]+(/registry/person/\S+/)", Letter.objects.get(purpose="person-named").text)
    assert link
    person = visit(scripts=scripts).go(link[1]).sees("You have not answered").sees("Nobody has seen anything of you").is_clean()
    everybody = person.page.get_by_role("group", name="Everybody")
    everybody.get_by_label("Name").check()
    person.press("Keep my answer").sees("You answered on").is_clean()
    assert everybody.get_by_label("Name").is_checked()
    firm.go("/registry/people/").sees("shown to “Everybody”: Name").is_clean()
    person.press("Refuse, and erase me").sees("You are erased").is_clean()
    firm.go("/registry/people/").sees("Nobody is named")
