"""What an association passes on to its members, and where its link leads them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from advisories import doorbell, figures, permissions
from advisories.emails import compose_relayed
from advisories.forms import ChooseForm, CoverForm, LogoForm, RelayForm
from advisories.models import Advisory, DispatchKind, Relay
from advisories.services import dispatching, logos, relaying
from advisories.views.reading import visible
from mailroom.services import UnableToPost
from organisations.models import Organisation
from organisations.permissions import person, requires
from organisations.uploads import takes_files

LOGO_IDS = "logo_%s"


@requires(permissions.may_relay_any)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def relay_page(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The notice as the members of an association are to read it, to copy or to take into a mail program."""
    advisory, user = _readable(request, pk), person(request)
    association = _association(request, request.POST.get("organisation") if request.method == "POST" else None)
    relay = _relay(advisory, association)
    if not advisory.is_current:
        return _taken_back(request, advisory, association, relay)
    form = CoverForm(request.POST or None, initial=_initial(association, relay))
    if request.method == "POST" and form.is_valid():
        words, keep = form.cleaned_data["words"], form.cleaned_data["keep"]
        try:
            relaying.prepare(
                advisory, association=association, words=words, keep=keep, by=user, now=timezone.now(), today=timezone.localdate()
            )
        except relaying.UnableToRelay as error:
            form.add_error(None, str(error))
        else:
            return redirect(_address(advisory, association))
    return _page(request, advisory, association, relay, form=form, status=422 if form.is_bound else 200)


@takes_files(most=1, each=logos.LARGEST_FILE)
@requires(permissions.may_relay_any)
@never_cache
@require_POST
def relay_logo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Choose the picture that stands above whatever the association passes on, or have none any more."""
    advisory, association = _readable(request, pk), _association(request, request.POST.get("organisation", "none"))
    user = person(request)
    if "remove" in request.POST:
        logos.remove(association, by=user)
        messages.success(request, _("Your logo is removed."))
        return redirect(_address(advisory, association))
    form = LogoForm(request.POST, request.FILES, auto_id=LOGO_IDS)
    if not form.is_valid():
        relay = _relay(advisory, association)
        return _page(request, advisory, association, relay, logo_form=form, status=422)
    logos.put(association, drawn=form.drawn, by=user, now=timezone.now())
    messages.success(request, _("Your logo is kept. It stands above what you pass on from now on."))
    return redirect(_address(advisory, association))


def _relay(advisory: Advisory, association: Organisation) -> Relay | None:
    return Relay.objects.filter(advisory=advisory, association=association).select_related("association").first()


def _page(
    request: HttpRequest,
    advisory: Advisory,
    association: Organisation,
    relay: Relay | None,
    *,
    form: CoverForm | None = None,
    logo_form: LogoForm | None = None,
    status: int,
) -> HttpResponse:
    user = person(request)
    if relay:
        relay.advisory = advisory
    context = {
        "advisory": advisory,
        "association": association,
        "others": [(each, _address(advisory, each)) for each in permissions.associations_to_relay(user) if each != association],
        "form": form or CoverForm(initial=_initial(association, relay)),
        "logo": logos.logo_of(association),
        "logo_form": logo_form or LogoForm(initial={"organisation": association.pk}, auto_id=LOGO_IDS),
        "relay": relay,
        "mail": compose_relayed(relay) if relay else None,
        "openings": figures.openings(relay) if relay else 0,
        "response": advisory.responses.filter(organisation=association).first(),
        "relay_form": RelayForm(initial={"organisation": association.pk}, auto_id="passed_on_%s"),
        "may_keep_members": permissions.may_keep_members(user, association),
        "members_address": f"{reverse('advisories:members')}?association={association.pk}",
        "outlook": dispatching.outlook(relay, DispatchKind.NOTICE) if relay else None,
    }
    return render(request, "advisories/relay.html", context, status=status)


def _taken_back(request: HttpRequest, advisory: Advisory, association: Organisation, relay: Relay | None) -> HttpResponse:
    """What an association does when its members have from it what stands no more; of others there is nothing to do."""
    if relay is None or not dispatching.was_sent(relay):
        messages.info(request, _("It does not stand any more: don't pass it on."))
        return redirect(advisory)
    relay.advisory = advisory
    correction = visible(request).current().filter(corrects=advisory).first()
    made = Relay.objects.select_related("advisory", "association").filter(advisory=correction, association=association).first()
    context = {
        "advisory": advisory,
        "association": association,
        "sent": dispatching.outlook(relay, DispatchKind.NOTICE),
        "correction": correction,
        "correction_address": _address(correction, association) if correction else "",
        "correction_sent": dispatching.outlook(made, DispatchKind.NOTICE).dispatch if made else None,
        "outlook": dispatching.outlook(relay, DispatchKind.WITHDRAWAL),
        "may_keep_members": permissions.may_keep_members(request.user, association),
    }
    return render(request, "advisories/relay_taken_back.html", context)


@requires(permissions.may_keep_any_members)
@require_POST
def relay_send(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have the portal send to the members: the notice, its correction or word of its withdrawal. Pressed twice it is sent once."""
    advisory, association = _readable(request, pk), _association(request, request.POST.get("organisation", "none"))
    relay = get_object_or_404(Relay, advisory=advisory, association=association)
    said: dict[str, Any] = {"by": person(request), "now": timezone.now(), "today": timezone.localdate()}
    leads_to = advisory
    try:
        if "correction" in request.POST:
            leads_to = dispatching.ask_correction(relay, **said).relay.advisory
        else:
            kind = DispatchKind.WITHDRAWAL if advisory.is_withdrawn else DispatchKind.NOTICE
            dispatching.ask(relay, kind=kind, **said)
    except relaying.UnableToRelay as error:
        messages.error(request, str(error))
    else:
        doorbell.write_to_members()
    return redirect(_address(leads_to, association))


@requires(permissions.may_keep_any_members)
@never_cache
@require_safe
def relay_progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The part of the page that says how far the members' mail has come; fetched again and again while it leaves."""
    advisory, association = _readable(request, pk), _association(request)
    relay = get_object_or_404(Relay.objects.select_related("association", "advisory"), advisory=advisory, association=association)
    kind = DispatchKind.WITHDRAWAL if advisory.is_withdrawn else DispatchKind.NOTICE
    context = {"advisory": advisory, "association": association, "outlook": dispatching.outlook(relay, kind)}
    return render(request, "advisories/members_progress.html", context)


@requires(permissions.may_relay_any)
@never_cache
@require_safe
def relay_draft(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The notice as a file that mail programs open as a draft."""
    advisory, association = _readable(request, pk), _association(request)
    found = Relay.objects.select_related("association", "advisory__agency", "advisory__corrects")
    relay = get_object_or_404(found, advisory=advisory, association=association)
    if not advisory.is_current:
        return redirect(advisory)
    try:
        content = relaying.eml(relay, by=person(request), now=timezone.now())
    except UnableToPost as error:
        messages.error(request, str(error))
        return redirect(_address(advisory, association))
    response = HttpResponse(content, content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="advisory-{advisory.pk}.eml"'
    return response


@login_not_required
@never_cache
@require_safe
def via(request: HttpRequest, code: str) -> HttpResponse:
    """Where the link of a relay leads: to the advisory for who may read it here, else to whether it still stands.

    That it was opened is counted, once more for the relay and the day; who did is not known and not asked. Whoever only looks
    whether the link is there (HEAD) has not opened it.
    """
    relay = get_object_or_404(Relay.objects.select_related("association", "advisory__agency"), code=code)
    if request.method == "GET":
        relaying.count_opening(relay, today=timezone.localdate())
    if visible(request).filter(pk=relay.advisory_id).exists():
        return redirect(relay.advisory)
    response = render(request, "advisories/via.html", {"relay": relay, "advisory": relay.advisory})
    response["X-Robots-Tag"] = "noindex"
    return response


def _readable(request: HttpRequest, pk: uuid.UUID) -> Advisory:
    """The advisory, if the reader may read it and its label lets an association pass it on."""
    advisory = get_object_or_404(visible(request).for_list().select_related("corrects"), pk=pk)
    if not any(permissions.may_relay(each, advisory) for each in permissions.associations_to_relay(request.user)):
        raise PermissionDenied
    return advisory


def _association(request: HttpRequest, named: str | None = None) -> Organisation:
    """The one named among those for which the reader relays, or the first of them; 404 for any other."""
    form = ChooseForm({"association": request.GET.get("association", "") if named is None else named})
    mine = permissions.associations_to_relay(request.user)
    wanted = form.cleaned_data["association"] if form.is_valid() else "none"
    found = next((each for each in mine if wanted in (None, each.pk)), None)
    if found is None:
        raise Http404
    return found


def _initial(association: Organisation, relay: Relay | None) -> dict[str, object]:
    words = relay.words if relay else relaying.words_for(association)
    return {"organisation": association.pk, "words": words, "keep": relay is None}


def _address(advisory: Advisory, association: Organisation) -> str:
    return f"{reverse('advisories:relay-page', args=[advisory.pk])}?association={association.pk}"
