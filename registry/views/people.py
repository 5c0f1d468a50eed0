"""The contact persons of an entry: the firm's page, and the page behind a person's own link."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from organisations.origins import guarded_without_cookie
from organisations.permissions import person as signed_in
from organisations.permissions import requires
from registry.forms import ConsentForm, PersonForm
from registry.models import Person
from registry.permissions import may_edit_entry, may_open_entry
from registry.services import people as verbs
from registry.views.entries import entry_or_404, firm_of, refuse_parameters


@requires(may_open_entry)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Whom the firm names, what each agrees to, and a form to name one more."""
    if request.method != "POST":
        refuse_parameters(request)
    held = entry_or_404(firm_of(request))
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            verbs.name(entry=held, values=form.cleaned_data, by=signed_in(request), now=timezone.now(), today=timezone.localdate())
        except verbs.UnableToName as error:
            raise PermissionDenied from error
        except verbs.AlreadyNamed:
            form.add_error("email", _("Somebody with this address is named already."))
        except verbs.TooMany:
            most = {"most": verbs.MOST_PEOPLE, "letters": verbs.MOST_A_DAY}
            form.add_error(
                None, _("An entry names at most %(most)s people, and changes them at most %(letters)s times a day.") % most
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("A letter is on its way. Nobody sees anything of this person before they agree."))
            return redirect("registry:people")
    named = list(held.people.with_consents().order_by("name", "pk"))
    context = {"people": named, "form": form, "may_edit": may_edit_entry(request.user, held.organisation)}
    return render(request, "registry/people.html", context, status=422 if form.is_bound else 200)


@requires(may_open_entry)
@require_POST
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    held = entry_or_404(firm_of(request))
    found = get_object_or_404(Person.objects.select_related("entry__organisation").filter(entry=held), pk=pk)
    try:
        verbs.remove(person=found, by=signed_in(request), now=timezone.now())
    except verbs.UnableToName as error:
        raise PermissionDenied from error
    messages.success(request, _("Taken out. Nothing is kept of this person."))
    return redirect("registry:people")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@never_cache
@guarded_without_cookie
def person(request: HttpRequest, token: str) -> HttpResponse:
    """What is kept of the person behind a link, who saw it, and what they let be seen; no account, no cookie."""
    today = timezone.localdate()
    try:
        found = verbs.find(token, today=today)
        form = ConsentForm(request.POST if request.method == "POST" else None, person=found)
        if not form.is_valid():
            context = {"person": found, "form": form, "seen": verbs.looks_at(found, today=today)}
            return render(request, "registry/person.html", context, status=422 if form.is_bound else 200)
        kept = verbs.answer(person=found, agreed=form.agreed, today=today)
    except verbs.UnableToFind:
        return render(request, "registry/person_gone.html", status=404)
    if kept is None:
        return render(request, "registry/person_erased.html", {"firm": found.entry.organisation})
    return redirect("registry:person", token)
