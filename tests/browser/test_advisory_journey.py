"""An association subscribes, an editor drafts, an approver publishes, the mail arrives, and only those concerned read it."""

from collections.abc import Callable, Iterator

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
