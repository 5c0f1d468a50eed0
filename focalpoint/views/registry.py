"""Talks, countersignature and pauses of agreements, and looking into the registry for a purpose and a reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from focalpoint import crossings
from focalpoint.views.delays import kept_look, usable_delays
from organisations.permissions import person, requires, second_factor
from registry import gateway, signing
from registry.disclosure import Audience, Field
from registry.forms import (
    AgreementsForm,
    ConfirmForm,
    CounterForm,
    LookForm,
    LookMessageForm,
    PageForm,
    ReasonForm,
    StrictForm,
    contradiction,
)
from registry.looking.forms import ReferenceLookForm
from registry.models import AgreementVersion, Look, LookQuestion, Side, compared
from registry.permissions import may_countersign, may_countersign_any, may_search_as_official, official_capacities
from registry.services import agreements as verbs
from registry.services import entries, pausing, questions, talks

PAGE = 50


@requires(may_countersign_any)
@never_cache
@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements that wait for the focal point, oldest first; or those in force, the first to end first."""
    form = AgreementsForm(request.GET)
    _refuse(form)
    found = AgreementVersion.objects.with_firm()
    if form.shows_standing:
        found = found.standing().order_by("valid_until", "pk")
    else:
        found = found.waiting_for_desk().order_by("signed_at", "sent_at", "pk")
    try:
        page = Paginator(found, PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "focalpoint/registry/agreements.html", {"page": page, "shows_standing": form.shows_standing})


@requires(may_countersign_any)
@never_cache
@require_safe
def agreement(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    _refuse(StrictForm(request.GET))
    return _agreement(request, _version(pk))


@requires(may_countersign_any)
@require_POST
def countersign(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    try:
        verbs.countersign(
            version=_version(pk),
            sha256=request.POST.get("sha256", ""),
            by=person(request),
            second_factor=second_factor(request),
            now=timezone.now(),
        )
    except verbs.UnableToAgree as error:
        raise PermissionDenied from error
    except verbs.NotConfirmed:
        messages.info(request, _("Confirm that it is you with your second factor, then countersign."))
        back = urlencode({"next": reverse("focalpoint:agreement", args=[pk])})
        return redirect(f"{reverse('mfa_reauthenticate')}?{back}")
    except verbs.UnableToMove:
        return _agreement(request, _version(pk), status=409, refused=_why_not(_version(pk)))
    except verbs.UnableToSign:
        refused = _("The text is not the one that was shown. Read it again; if this returns, tell the administrator.")
        return _agreement(request, _version(pk), status=422, refused=refused)
    messages.success(request, _("Countersigned. The agreement is active, and each audience sees what it allows."))
    return redirect("focalpoint:agreements")


@requires(may_countersign_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def counter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Propose other terms to the firm, starting from its own."""
    version = _version(pk)
    form = CounterForm(request.POST if request.method == "POST" else None, today=timezone.localdate(), version=version)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("terms", "valid_from", "valid_until", "reason")}
        try:
            talks.counter(version=version, by=person(request), now=timezone.now(), **said)
        except verbs.UnableToAgree as error:
            raise PermissionDenied from error
        except verbs.UnableToMove:
            return _agreement(request, _version(pk), status=409, refused=_why_not(_version(pk)))
        except talks.NothingDiffers:
            form.add_error(None, _("This is what the firm proposed. Change a line, or countersign once the firm has signed."))
        except verbs.UnableToOffer as error:
            for (audience, _purpose), telling in error.contradictions:
                form.add_error(None, contradiction(audience, telling))
        else:
            messages.success(request, _("Proposed. The firm sees line by line what differs, and why."))
            return redirect("focalpoint:agreements")
    context = {"version": version, "form": form}
    return render(request, "focalpoint/registry/counter.html", context, status=422 if form.is_bound else 200)


@requires(may_countersign_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _with_reason(
        request,
        pk,
        lambda version, **said: talks.decline(version=version, **said),
        title=_("Refuse the proposal"),
        told=_("The firm reads the reason. What is in force stays in force."),
        done=_("Refused. The firm is told."),
    )


@requires(may_countersign_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def suspend(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _with_reason(
        request,
        pk,
        lambda version, **said: pausing.suspend(version=version, side=Side.FOCAL_POINT, **said),
        title=_("Suspend the agreement"),
        told=_("From this moment nobody sees the entry, until the focal point resumes. The firm reads the reason."),
        done=_("Suspended. Nobody sees the entry, and the firm is told."),
    )


@requires(may_countersign_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end_agreement(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _with_reason(
        request,
        pk,
        lambda version, **said: pausing.terminate(version=version, **said),
        title=_("End the agreement"),
        told=_("From this moment nobody sees the entry. The firm reads the reason, and can propose a new agreement."),
        done=_("Ended. Nobody sees the entry, and the firm is told."),
    )


@requires(may_countersign_any)
@require_POST
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    version = _version(pk)
    try:
        pausing.resume(version=version, side=Side.FOCAL_POINT, by=person(request), now=timezone.now())
    except verbs.UnableToAgree as error:
        if not may_countersign(request.user, version):
            raise PermissionDenied from error
        refused = _("The firm suspended its agreement, and it alone can resume it.")
        return _agreement(request, _version(pk), status=409, refused=refused)
    except verbs.UnableToMove:
        return _agreement(request, _version(pk), status=409, refused=_why_not(_version(pk)))
    messages.success(request, _("Resumed. Each audience sees again what the agreement allows, and the firm is told."))
    return redirect("focalpoint:agreement", pk=pk)


@requires(may_countersign_any)
@never_cache
@require_safe
def receipt_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The focal point's own copy of a receipt."""
    _refuse(StrictForm(request.GET))
    version = _version(pk)
    if not version.receipt:
        raise Http404
    answer = HttpResponse(signing.as_file(version.receipt), content_type="application/ld+json")
    answer["Content-Disposition"] = f'attachment; filename="agreement-{version.pk}.jsonld"'
    return answer


@requires(may_countersign_any)
@never_cache
@require_safe
def look_questions(request: HttpRequest) -> HttpResponse:
    """What firms ask about looks and nobody has answered, the first to be due first."""
    form = PageForm(request.GET)
    _refuse(form)
    try:
        page = Paginator(LookQuestion.objects.waiting().with_look().order_by("due_on", "pk"), PAGE).page(form.number)
    except EmptyPage as error:
        raise Http404 from error
    return render(request, "focalpoint/registry/questions.html", {"page": page, "today": timezone.localdate()})


@requires(may_countersign_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def look_question(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    question = get_object_or_404(LookQuestion.objects.with_look(), pk=pk)
    form = LookMessageForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            questions.answer(question=question, text=form.cleaned_data["text"], by=person(request), now=timezone.now())
        except questions.UnableToAsk as error:
            raise PermissionDenied from error
        messages.success(request, _("Answered. The firm is told."))
        return redirect("focalpoint:look-questions")
    context = {
        "question": question,
        "look": Look.objects.at(question.entry_id).told(timezone.localdate()).get(pk=question.look_id),
        "thread": question.messages.select_related("by").order_by("pk")[: questions.MOST_MESSAGES],
        "form": form,
    }
    return render(request, "focalpoint/registry/question.html", context, status=422 if form.is_bound else 200)


@requires(may_search_as_official)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def registry_look(request: HttpRequest) -> HttpResponse:
    """Ask the official for what and why, once for a piece of work."""
    find = partial(crossings.reference, request.user)
    form = ReferenceLookForm(
        request.POST or None, capacities=official_capacities(request.user), find=find, delays=usable_delays(request)
    )
    if request.method == "POST" and form.is_valid():
        form.keep(request.session)
        return redirect("focalpoint:registry")
    return render(request, "focalpoint/registry/look.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(may_search_as_official)
@never_cache
@require_safe
def registry_listed(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    _refuse(StrictForm(request.GET))
    said = kept_look(request)
    if said is None:
        return redirect("focalpoint:registry-look")
    try:
        found = said.gate(request.user, today=timezone.localdate()).one(ref)
    except gateway.NotDisclosed as error:
        raise Http404 from error
    return _listed(request, found, said, ConfirmForm(listed=found))


@requires(may_countersign_any)
@never_cache
@require_POST
def registry_confirm(request: HttpRequest, ref: uuid.UUID) -> HttpResponse:
    """Note that the official has a document or a register for a field of the entry; the firm reads it in its ledger."""
    said = kept_look(request)
    if said is None:
        return redirect("focalpoint:registry-look")
    gate = said.gate(request.user, today=timezone.localdate())
    if gate.capacity.audience != Audience.FOCAL_POINT:
        raise PermissionDenied
    try:
        found = gate.one(ref)
        form = ConfirmForm(request.POST, listed=found)
        if form.is_valid() and _confirm(request, gate, ref, form):
            messages.success(request, _("Confirmed. It shows wherever this field shows, and the firm reads of it."))
            return redirect("focalpoint:registry-listed", ref=ref)
    except gateway.NotDisclosed as error:
        raise Http404 from error
    return _listed(request, found, said, form, status=422)


def _confirm(request: HttpRequest, gate: gateway.Gate, ref: uuid.UUID, form: ConfirmForm) -> bool:
    """Confirm, or say in the form why not."""
    sent = form.cleaned_data
    field = Field(sent["field"])
    try:
        entry_id = gate.subject(ref, field, fingerprint=sent["seen"], reason=sent["reason"])
        entries.confirm(
            entry_id=entry_id, field=field, level=sent["level"], reason=sent["reason"], by=person(request), now=timezone.now()
        )
    except gateway.HasChanged:
        form.add_error(None, _("The firm has changed its entry since you read it. Look again at what you confirm."))
        return False
    except entries.UnableToConfirm as error:
        raise PermissionDenied from error
    return True


def _listed(request: HttpRequest, found: gateway.Listed, said: LookForm, form: ConfirmForm, *, status: int = 200) -> HttpResponse:
    may_confirm_here = may_countersign_any(request.user) and said.is_for(Audience.FOCAL_POINT)
    context = {
        "listed": found,
        "said": said.said,
        "form": form,
        "may_confirm": may_confirm_here and found.values,
        "may_suggest": said.suits_suggesting,
    }
    return render(request, "focalpoint/registry/listed.html", context, status=status)


def _version(pk: uuid.UUID) -> AgreementVersion:
    """An agreement on the desk, and whatever became of it since. What a firm only drafts is its own."""
    return get_object_or_404(AgreementVersion.objects.on_desk().with_firm(), pk=pk)


def _agreement(request: HttpRequest, version: AgreementVersion, *, status: int = 200, refused: str = "") -> HttpResponse:
    may_act = may_countersign(request.user, version)
    replaced = version.replaced if version.is_pending else None
    context = {
        "version": version,
        "replaced": replaced,
        "differences": compared(replaced.terms, version.terms) if replaced else [],
        "events": version.events.select_related("version", "by").order_by("-at", "-pk")[:PAGE],
        "may_act": may_act,
        "may_countersign": version.is_signed and may_act,
        "may_talk": version.is_pending and not version.is_counter_offer and may_act,
        "refused": refused,
    }
    return render(request, "focalpoint/registry/agreement.html", context, status=status)


def _with_reason(
    request: HttpRequest, pk: uuid.UUID, verb: Callable[..., AgreementVersion], *, title: str, told: str, done: str
) -> HttpResponse:
    """Ask for a reason, then do what needs one."""
    version = _version(pk)
    form = ReasonForm(request.POST if request.method == "POST" else None, hint=told)
    if form.is_valid():
        try:
            verb(version, reason=form.cleaned_data["reason"], by=person(request), now=timezone.now())
        except verbs.UnableToAgree as error:
            raise PermissionDenied from error
        except verbs.UnableToMove:
            return _agreement(request, _version(pk), status=409, refused=_why_not(_version(pk)))
        messages.success(request, done)
        return redirect("focalpoint:agreements")
    context = {"version": version, "form": form, "title": title}
    return render(request, "focalpoint/registry/reason.html", context, status=422 if form.is_bound else 200)


def _why_not(version: AgreementVersion) -> str:
    if version.is_active and version.countersigned_by:
        return _("%(official)s was quicker: this agreement is already countersigned.") % {"official": version.countersigned_by}
    return _("The firm or a colleague has changed or withdrawn this agreement since you opened it.")


def _refuse(form: StrictForm) -> None:
    if not form.is_valid():
        raise BadRequest(" ".join(str(error) for errors in form.errors.values() for error in errors))
