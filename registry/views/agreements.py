"""The firm's pages on its agreement: proposal, talks, signature, pauses and the end."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations.adapters import way_to_second_factor
from organisations.models import Organisation
from organisations.permissions import person, requires, second_factor
from registry import signing
from registry.disclosure import TEMPLATES, Audience, Terms, named_in
from registry.forms import PERIOD, AnswerForm, ReasonForm, TermsForm, kept_terms, why_not
from registry.models import AgreementEvent, AgreementVersion, Entry, Side, clauses, compared
from registry.permissions import may_open_entry, may_propose, may_sign, may_sign_any
from registry.services import agreements, moves, pausing, talks
from registry.services.projection import sights
from registry.views.entries import entry_of, entry_or_404, firm_of, refuse_parameters, versions_of

EVENTS_SHOWN = 50
# Agreements to start from, and whom each is for.
STARTS = {
    "public-profile": (
        gettext_lazy("Public profile"),
        gettext_lazy(
            "Anybody finds your name, region, technologies and products, to do business with you. Associations and the focal point"
            " also see how to reach you. Choose it if you want to be found."
        ),
    ),
    "associations-only": (
        gettext_lazy("Associations only"),
        gettext_lazy("Industry associations see your profile, to invite, warn and introduce you. No authority sees anything."),
    ),
    "government-outreach-only": (
        gettext_lazy("Government outreach only"),
        gettext_lazy(
            "The focal point alone sees your profile, to invite you, ask your advice and warn you. Nobody who grants licences or"
            " screens investments does."
        ),
    ),
    "statistics-only": (
        gettext_lazy("Statistics only"),
        gettext_lazy("You are counted in figures by size, region and technology. Nobody sees your name or how to reach you."),
    ),
}


@requires(may_open_entry)
@never_cache
@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    refuse_parameters(request)
    return _agreement(request, firm_of(request))


@requires(may_open_entry)
@never_cache
@require_safe
def version(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One version, as it was written, with its history."""
    refuse_parameters(request)
    firm, found = firm_of(request), _version(request, pk)
    context = {"firm": firm, "version": found, "events": _events([found]), "replaced": found.replaced}
    return render(request, "registry/version.html", context)


@requires(may_open_entry)
@never_cache
@require_safe
def receipt(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The receipt to print: the same text that both sides sealed."""
    refuse_parameters(request)
    found = _signed_version(request, pk)
    return render(request, "registry/receipt.html", {"firm": firm_of(request), "version": found, "receipt": found.receipt})


@requires(may_open_entry)
@never_cache
@require_safe
def receipt_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    refuse_parameters(request)
    found = _signed_version(request, pk)
    answer = HttpResponse(signing.as_file(found.receipt or {}), content_type="application/ld+json")
    answer["Content-Disposition"] = f'attachment; filename="agreement-version-{found.number}.jsonld"'
    return answer


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    firm = firm_of(request)
    if not may_propose(request.user, firm):
        raise PermissionDenied
    held = entry_or_404(firm)
    start = _start(request, held)
    form = TermsForm(request.POST or None, today=timezone.localdate(), terms=start.terms, period=start.period)
    if request.method == "POST" and form.is_valid() and _offer(request, held, form, answers=start.answers):
        return redirect("registry:agreement")
    starts = [(name, *told, clauses(TEMPLATES[name])) for name, told in STARTS.items()]
    context = {"firm": firm, "form": form, "starts": starts, "start": request.GET.get("start"), "answers": start.answers}
    return render(request, "registry/propose.html", context, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@require_POST
def send(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    firm = firm_of(request)
    try:
        talks.send(version=_version(request, pk), by=person(request), now=timezone.now())
    except agreements.UnableToAgree as error:
        raise PermissionDenied from error
    except agreements.UnableToMove:
        return _agreement(request, firm, status=409, refused=_("This version can't be sent any more."))
    messages.success(request, _("Sent. The focal point can read your proposal and answer line by line. Nobody else sees it."))
    return redirect("registry:agreement")


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The focal point's counter-offer beside what the firm had proposed, to be answered line by line."""
    refuse_parameters(request)
    firm, counter = firm_of(request), _version(request, pk)
    if not may_propose(request.user, firm):
        raise PermissionDenied
    if not counter.is_counter_offer or not counter.is_pending or counter.answers is None:
        return _agreement(request, firm, status=409, refused=_("This proposal is answered already, or withdrawn."))
    form = AnswerForm(request.POST if request.method == "POST" else None, counter=counter, mine=counter.answers)
    if form.is_valid() and (answered := _answered(request, form)):
        return answered
    return _answer_page(request, firm, counter, form=form, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@require_POST
def decline(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Refuse the whole counter-offer; what is in force stays."""
    firm, counter = firm_of(request), _version(request, pk)
    if not may_sign(request.user, firm) or not counter.is_counter_offer:
        raise PermissionDenied
    form = _refusal(request.POST)
    if not form.is_valid() and counter.is_pending:
        return _answer_page(request, firm, counter, refusal=form, status=422)
    try:
        talks.decline(version=counter, reason=form.data.get("reason", ""), by=person(request), now=timezone.now())
    except (agreements.UnableToMove, moves.ReasonMissing):
        return _agreement(request, firm, status=409, refused=_("This proposal is answered already, or withdrawn."))
    messages.success(request, _("Refused. What was in force before stays so."))
    return redirect("registry:agreement")


@requires(may_open_entry)
@require_POST
def sign(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    firm, found = firm_of(request), _version(request, pk)
    confirmed = second_factor(request)
    try:
        agreements.sign(
            version=found,
            sha256=request.POST.get("sha256", ""),
            by=person(request),
            second_factor=confirmed,
            now=timezone.now(),
        )
    except agreements.UnableToAgree as error:
        raise PermissionDenied from error
    except agreements.NotConfirmed:
        messages.info(request, _("Confirm that it is you with your second factor, then sign."))
        return HttpResponseRedirect(way_to_second_factor(request, back=reverse("registry:agreement")))
    except agreements.UnableToMove:
        return _agreement(request, firm, status=409, refused=_("This version can't be signed any more."))
    except agreements.UnableToSign:
        return _agreement(request, firm, status=422, refused=_("The text has changed since you saw it. Read it again, then sign."))
    messages.success(request, _("Signed. The focal point now has to countersign; until then nobody sees anything new."))
    return redirect("registry:agreement")


@requires(may_sign_any)
@require_POST
def suspend(request: HttpRequest) -> HttpResponse:
    return _pause(request, resume=False)


@requires(may_sign_any)
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    return _pause(request, resume=True)


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    firm = firm_of(request)
    if not may_sign(request.user, firm):
        raise PermissionDenied
    held = entry_or_404(firm)
    if request.method != "POST":
        return render(request, "registry/withdraw.html", {"firm": firm})
    try:
        agreements.withdraw(entry=held, by=person(request), now=timezone.now())
    except agreements.NothingToWithdraw:
        messages.info(request, _("There was nothing left to withdraw: nobody sees your entry."))
    else:
        messages.success(request, _("Withdrawn. From this moment nobody sees your entry."))
    return redirect("registry:agreement")


# --- below the pages ------------------------------------------------------------------------------------------------


def _version(request: HttpRequest, pk: uuid.UUID) -> AgreementVersion:
    return get_object_or_404(AgreementVersion.objects.visible_to(request.user).with_firm(), pk=pk)


def _signed_version(request: HttpRequest, pk: uuid.UUID) -> AgreementVersion:
    """A version with a receipt; there is none before both sides have signed."""
    found = _version(request, pk)
    if not found.receipt:
        raise Http404
    return found


def _events(versions: list[AgreementVersion]) -> list[AgreementEvent]:
    """The latest moves of the versions, newest first."""
    events = AgreementEvent.objects.filter(version__in=versions).select_related("version", "by")
    return list(events.order_by("-at", "-pk")[:EVENTS_SHOWN])


def _agreement(request: HttpRequest, firm: Organisation, *, status: int = 200, refused: str = "") -> HttpResponse:
    held = entry_of(firm)
    versions = versions_of(held)
    pending = next((found for found in versions if found.is_pending), None)
    standing = next((found for found in versions if found.is_active or found.is_suspended), None)
    shown = pending or standing
    replaced = shown.replaced if shown else None
    context = {
        "firm": firm,
        "entry": held,
        "versions": versions,
        "events": _events(versions),
        "pending": pending,
        "standing": standing,
        "shown": shown,
        "replaced": replaced,
        "differences": compared(replaced.terms, shown.terms) if replaced and shown else [],
        "sights": sights(held, shown.terms) if held and shown else [],
        "may_propose": may_propose(request.user, firm),
        "may_sign": may_sign(request.user, firm),
        "is_confirmed": second_factor(request) is not None,
        "refused": refused,
    }
    return render(request, "registry/agreement.html", context, status=status)


def _pause(request: HttpRequest, *, resume: bool) -> HttpResponse:
    firm = firm_of(request)
    if not may_sign(request.user, firm):
        raise PermissionDenied
    verb = pausing.resume if resume else pausing.suspend
    try:
        verb(version=pausing.standing(entry_or_404(firm)), side=Side.FIRM, by=person(request), now=timezone.now())
    except agreements.UnableToAgree:
        refused = _("The focal point suspended this agreement, and it alone can resume it. You can withdraw at any time.")
        return _agreement(request, firm, status=409, refused=refused)
    except (agreements.UnableToMove, pausing.NothingStands):
        return _agreement(request, firm, status=409, refused=_("The agreement is no longer in a state in which this is possible."))
    if resume:
        messages.success(request, _("Resumed. Each audience sees again what you agreed to."))
    else:
        messages.success(request, _("Suspended. From this moment nobody sees your entry, until you resume."))
    return redirect("registry:agreement")


class _Start:
    """With what the table of terms starts."""

    def __init__(
        self, terms: Terms | None, period: tuple[date, date] | None = None, answers: AgreementVersion | None = None
    ) -> None:
        self.terms, self.period, self.answers = terms, period, answers


def _start(request: HttpRequest, held: Entry) -> _Start:
    """A template by name, a counter-offer with the lines that the firm keeps, or what was proposed last."""
    start, answering = request.GET.get("start"), request.GET.get("answering")
    unknown = set(request.GET) - ({"answering", "keep"} if answering else {"start"})
    if unknown or (start is not None and start not in TEMPLATES):
        raise BadRequest(_("There is no such agreement to start from."))
    if answering:
        return _start_from_counter(request, answering)
    if start:
        return _Start(TEMPLATES[start])
    return _Start(next((found.terms for found in versions_of(held)), None))


def _start_from_counter(request: HttpRequest, answering: str) -> _Start:
    keep = set(request.GET.getlist("keep"))
    try:
        pk = uuid.UUID(answering)
    except ValueError:
        pk = uuid.UUID(int=0)
    counter = AgreementVersion.objects.visible_to(request.user).with_firm().filter(pk=pk, side=Side.FOCAL_POINT).first()
    if counter is None or counter.answers is None or keep - {PERIOD, *Audience, *named_in(counter.terms, counter.answers.terms)}:
        raise BadRequest(_("There is no such agreement to start from."))
    terms, period = kept_terms(counter, counter.answers, keep)
    return _Start(terms, period, counter)


def _answered(request: HttpRequest, form: AnswerForm) -> HttpResponse | None:
    """Do what the answer says; None where the kept lines together are refused, which the form then says."""
    if form.accepts_all:
        messages.success(request, _("You accept every line. A signatory of your firm can now sign."))
        return redirect("registry:agreement")
    if form.wants_changes:
        query = urlencode({"answering": str(form.counter.pk), "keep": form.kept}, doseq=True)
        return redirect(f"{reverse('registry:propose')}?{query}")
    terms, (valid_from, valid_until) = kept_terms(form.counter, form.mine, form.kept)
    try:
        agreements.offer(
            entry=form.counter.agreement.entry,
            terms=terms,
            valid_from=valid_from,
            valid_until=valid_until,
            by=person(request),
            now=timezone.now(),
            answers=form.counter,
        )
    except agreements.UnableToOffer as error:
        _tell(form, error)
        return None
    messages.success(request, _("Answered with a new version. Sign it, or send it to the focal point to talk it over."))
    return redirect("registry:agreement")


def _answer_page(
    request: HttpRequest,
    firm: Organisation,
    counter: AgreementVersion,
    *,
    form: AnswerForm | None = None,
    refusal: ReasonForm | None = None,
    status: int,
) -> HttpResponse:
    assert counter.answers is not None  # noqa: S101  a counter-offer has one; tells the type checker
    context = {
        "firm": firm,
        "counter": counter,
        "reason": counter.events.filter(move="counter").values_list("reason", flat=True).first(),
        "form": form or AnswerForm(counter=counter, mine=counter.answers),
        "refusal": refusal or _refusal(None),
        "may_sign": may_sign(request.user, firm),
    }
    return render(request, "registry/answer.html", context, status=status)


def _refusal(data: QueryDict | None) -> ReasonForm:
    return ReasonForm(data, hint=_("The focal point reads this."))


def _offer(request: HttpRequest, held: Entry, form: TermsForm, *, answers: AgreementVersion | None) -> bool:
    said: dict[str, Any] = form.cleaned_data
    try:
        agreements.offer(
            entry=held,
            terms=said["terms"],
            valid_from=said["valid_from"],
            valid_until=said["valid_until"],
            by=person(request),
            now=timezone.now(),
            answers=answers,
        )
    except agreements.UnableToOffer as error:
        _tell(form, error)
        return False
    messages.success(request, _("Proposed. Look at what each audience would see; a signatory can then sign."))
    return True


def _tell(form: TermsForm | AnswerForm, error: agreements.UnableToOffer) -> None:
    """Say in the form why the terms can't be offered."""
    for sentence in why_not(error):
        form.add_error(None, sentence)
