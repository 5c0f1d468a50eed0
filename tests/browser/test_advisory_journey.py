"""An association subscribes, an editor drafts, an approver publishes, mail arrives; who is concerned reads it and passes it on."""

import email
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advisories.models import Advisory
from catalogue.services import load_seed
from organisations.models import User
from tests.browser.conftest import Visit
from tests.mailroom.sink import Sink, listening
from tests.processes import worker

Open = Callable[..., Visit]
TITLE = "Orders for thermal cameras"
ADDRESS = "notices@cluster.example"


@pytest.fixture(scope="module")
def post(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    """A worker beside the usual server, and the mail server that it knows."""
    with listening() as sink, worker(tmp_path_factory.mktemp("worker"), EMAIL_URL=f"smtp://127.0.0.1:{sink.port}"):
        yield sink


@pytest.fixture
def sink(post: Sink) -> Sink:
    post.received.clear()
    return post


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_subscribe_draft_approve_publish_deliver_read(
    visit: Open, sink: Sink, editor: User, approver: User, association_officer: User, now: object, *, scripts: bool
) -> None:
    load_seed(now=now)

    cluster = visit(scripts=scripts).sign_in_by_hand(association_officer).go("/advisories/").is_clean()
    cluster.follow("Have them sent by mail").sees("No address of yours gets advisories yet").is_clean()
    cluster.fill("Email address", "nowhere").press("Save").sees("Enter an email address such as").is_clean()
    cluster.fill("Email address", ADDRESS).press("Save").sees("Where they go").is_clean()

    writer = visit().sign_in(editor).go("/desk/advisories/").sees("Nothing here").is_clean()
    writer.press("Draft an advisory").is_clean()
    writer.press("Save the draft").sees("There is a problem").is_clean()
    writer.choose("Threat").choose("TLP:AMBER – organisations concerned").fill("Title", TITLE)
    writer.fill("Summary", "New resellers ask for many.").fill("What to do", "Ask for the end user.")
    writer.page.get_by_label("Text", exact=True).fill("**What we see.** First orders.\n\n- paid in advance")
    writer.press("Save the draft").sees("It would now go to 1 address.").is_clean()
    writer.press("Submit for approval").sees("1 approval is needed").is_clean()
    assert writer.page.get_by_role("button", name="Approve these words").count() == 0

    official = visit().sign_in(approver).go("/desk/advisories/?queue=waiting").is_clean()
    official.follow(TITLE).sees("paid in advance").is_clean()
    official.press("Approve these words").sees("It would now go to 1 address.").is_clean()
    official.press("Publish and send").sees("1 of 1").is_clean()
    official.go("/desk/advisories/").sees("1 of 1").is_clean()

    assert sink.counts == {ADDRESS: 1}
    (mail,) = sink.messages(ADDRESS)
    assert mail["Subject"] == f"TLP:AMBER {TITLE}"
    page = Advisory.objects.get().get_absolute_url()
    assert all(page in part.get_payload(decode=True).decode() for part in mail.get_payload())

    cluster.go("/advisories/").follow(TITLE).sees("paid in advance").sees("Ask for the end user.").is_clean()
    assert cluster.page.url.endswith(page)

    stranger = visit(scripts=scripts).go("/advisories/").sees("Nothing has been published here yet").misses(TITLE).is_clean()
    response = stranger.page.goto(stranger.server.url(page))
    assert response
    assert response.status == 404
    stranger.misses(TITLE)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_draft_approve_publish_relay_and_see_its_reach(
    visit: Open, sink: Sink, editor: User, approver: User, association_officer: User, now: object, *, scripts: bool
) -> None:
    load_seed(now=now)
    cluster = visit(scripts=scripts).sign_in(association_officer).go("/advisories/subscription/")
    cluster.fill("Email address", ADDRESS).press("Save").sees("Where they go")

    writer = visit().sign_in(editor).go("/desk/advisories/new/")
    writer.choose("Threat").choose("TLP:AMBER – organisations concerned").fill("Title", TITLE)
    writer.fill("Summary", "New resellers ask for many.").fill("What to do", "Ask for the end user.")
    writer.page.get_by_label("Text", exact=True).fill("**What we see.** First orders.")
    writer.press("Save the draft").press("Submit for approval")
    official = visit().sign_in(approver).go("/desk/advisories/?queue=waiting").follow(TITLE)
    official.press("Approve these words").press("Publish and send").sees("1 of 1")
    page = Advisory.objects.get().get_absolute_url()
    (mail,) = sink.messages(ADDRESS)
    assert all(f"{page}relay/" in part.get_payload(decode=True).decode() for part in mail.get_payload())

    # The mail leads the association to the page that has it ready for its members.
    cluster.go(page).follow("Pass it on: words, mail and a link").sees("For the members of Photonics Cluster.").is_clean()
    cluster.fill("Your words to your members", "Dear members,\nask Anu.").press("Make it ready to pass on")
    cluster.sees("Opened about 0 times so far.").is_clean()
    copied = cluster.page.get_by_label("Text", exact=True).input_value()
    assert copied.startswith("TLP:AMBER\n\nDear members,\nask Anu.\n\nPhotonics Cluster passes this on to its members.")
    assert cluster.page.get_by_role("button", name="Copy the text").count() == int(scripts)
    with cluster.page.expect_download() as downloading:
        cluster.page.get_by_role("button", name="Download the draft").click()
    draft = email.message_from_bytes(Path(downloading.value.path()).read_bytes())
    assert (draft["X-Unsent"], draft["Subject"]) == ("1", f"TLP:AMBER {TITLE}")

    # A member without an account learns whether it still stands; somebody of the association reads it.
    link = re.search(r"/advisories/via/[0-9a-f]+/", copied)
    assert link
    visit(scripts=scripts).go(link[0]).sees("It still stands.").misses(TITLE).is_clean()
    assert cluster.go(link[0]).sees(TITLE).page.url.endswith(page)
    cluster.go(f"{page}relay/").sees("Opened about 2 times so far.")
    cluster.unfold("We have passed it on").fill("To how many members?", "120").press("Say so").sees("Passed on to 120 members")

    official.go(f"/desk{page}").follow("Reach in full").sees("1 eligible = 0 queued").sees("120").sees("2 times").is_clean()
    official.follow("Each recipient").sees(ADDRESS).is_clean()
    official.fill("Address or organisation", "nobody").press("Narrow").sees("No recipient is like that").is_clean()
    official.go("/desk/advisories/").follow("The queue of mail").sees("has failed or been put off").is_clean()
