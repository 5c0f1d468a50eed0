"""An asker who has come back says who they are, or whether the answer may be published."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from inquiries import lifecycle
from inquiries.forms.identity import ConfidentialUpgradeForm, CorrectionForm, NamedUpgradeForm
from inquiries.forms.returning import PassForm
from inquiries.permissions import may_ask_by_name
from inquiries.services import asking, publishing, upgrading
from inquiries.services.identities import UnableToCorrect
from inquiries.services.named import UnableToName
from inquiries.views import conversation
from inquiries.views.askers import askers_button, opens_inquiry
from inquiries.views.strangers import for_members, show_form
from organisations.models import User
from organisations.permissions import person


@askers_button
def upgrade(request: HttpRequest) -> HttpResponse:
    """First what it means, then it is done; what is said here is locked away."""
    secret = _secret(request)
    opened = asking.open_with_receipt(secret)
    if "step" not in request.POST:
        return _choices(request, opened)
    form = ConfidentialUpgradeForm(request.POST)
    if not form.is_valid():
        return _choices(request, opened, confidential=form, status=422)
    return _upgraded(request, secret, form, done=_("Who you are has been locked away. Your question is confidential now."))


@for_members("GET", "HEAD", "POST")
@opens_inquiry
def upgrade_by_name(request: HttpRequest) -> HttpResponse:
    """For somebody who is signed in and has the receipt. Whom the page that signs in sends here, comes back with the receipt."""
    if request.method != "POST":
        return redirect("inquiries:return")
    secret = _secret(request)
    opened = asking.open_with_receipt(secret)
    form = NamedUpgradeForm(request.POST, user=person(request))
    if not form.is_valid():
        return _choices(request, opened, named=form, status=422)
    done = _("You ask by name now. You find the question under “My inquiries” as well.")
    return _upgraded(request, secret, form, done=done)


@askers_button
def correct(request: HttpRequest) -> HttpResponse:
    """First what it means, then it is done: what a confidential asker says anew takes the place of what they said."""
    secret = _secret(request)
    opened = asking.open_with_receipt(secret)
    is_sent = "step" in request.POST
    form = CorrectionForm(request.POST) if is_sent else CorrectionForm(initial={"visit": request.POST["visit"]})
    if not form.is_valid() or not form.is_admitted_to(opened.inquiry.pk, now=timezone.now()):
        return show_form(request, "inquiries/modes/correct.html", form)
    try:
        once = form.cleaned_data["once"]
        upgrading.correct(opened=opened, who=form.identity(), form=once, today=timezone.localdate())
    except UnableToCorrect:
        return conversation.show(request, secret, refused=_refused(), status=409)
    return conversation.show(request, secret, done=_("Who you are has been locked away anew, in place of the old words."))


@askers_button
def publication(request: HttpRequest) -> HttpResponse:
    secret = _secret(request)
    objects = request.POST.get("objects") == "yes"
    publishing.object_to_publication(asking.open_with_receipt(secret), objects=objects)
    done = _("It will not be published.") if objects else _("It may be published, without anything that could tell who asked.")
    return conversation.show(request, secret, done=done)


def _upgraded(request: HttpRequest, secret: bytes, form: ConfidentialUpgradeForm | NamedUpgradeForm, *, done: str) -> HttpResponse:
    opened, sent = asking.open_with_receipt(secret), form.cleaned_data["once"]
    try:
        upgrading.upgrade(opened=opened, who=form.identity(), form=sent, today=timezone.localdate())
    except (upgrading.UnableToUpgrade, UnableToName):
        return conversation.show(request, secret, refused=_refused(), status=409)
    return conversation.show(request, secret, done=done)


def _refused() -> str:
    return _("That is not possible as the question stands now. Look at it anew.")


def _choices(
    request: HttpRequest,
    opened: asking.OpenInquiry,
    *,
    confidential: ConfidentialUpgradeForm | None = None,
    named: NamedUpgradeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    visit, upgrades = request.POST["visit"], lifecycle.UPGRADES[opened.inquiry.mode]
    context: dict[str, object] = {"inquiry": opened.inquiry, "upgrades": upgrades}
    if lifecycle.CONFIDENTIAL in upgrades:
        context["confidential"] = confidential or ConfidentialUpgradeForm(initial={"visit": visit}, auto_id="confidential_%s")
    if isinstance(request.user, User) and may_ask_by_name(request.user):
        context["named"] = named or NamedUpgradeForm(initial={"visit": visit}, user=request.user, auto_id="named_%s")
    return render(request, "inquiries/modes/upgrade.html", context, status=status)


def _secret(request: HttpRequest) -> bytes:
    """The secret of the visit's pass that was sent; raises UnableToReturn."""
    form = PassForm(request.POST)
    form.is_valid()
    return asking.open_visit(form.cleaned_data.get("visit", ""), now=timezone.now())
