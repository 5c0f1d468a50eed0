"""The addresses of an association's members: its own people see and keep them here, and nobody else anywhere."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from advisories import addressees, permissions
from advisories.forms import AnswersForm, ChooseForm, EraseForm, FindForm, MembersForm
from advisories.forms.members import FAULTS, MOST_FAULTS
from advisories.models import MOST_LISTED, Member, MemberList
from advisories.services import members
from organisations.models import Organisation
from organisations.permissions import person, requires
from organisations.uploads import takes_files

PAGE = 50


@takes_files(most=1, each=addressees.MOST_BYTES)
@requires(permissions.may_keep_any_members)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def member_list(request: HttpRequest) -> HttpResponse:
    """A page of the list, and a form for more: first a dry run, then they are entered."""
    association = _association(request)
    if request.method != "POST":
        return _page(request, association)
    form = MembersForm(request.POST, request.FILES, auto_id="enter_%s")
    if not form.is_valid():
        return _page(request, association, form=form, status=422)
    # Of a file nobody has read yet what is wrong with its lines: it is tried first, whichever button was pressed.
    if "enter" not in request.POST or form.has_file:
        return _page(request, association, form=form, foreseen=members.foresee(association, people=form.found, by=person(request)))
    try:
        done = members.enter(association, people=form.found, by=person(request), now=timezone.now())
    except members.UnableToKeep as error:
        form.add_error(None, str(error))
        return _page(request, association, form=form, status=422)
    number = len(done.new) + len(done.back)
    said = ngettext("%(number)d member has been entered.", "%(number)d members have been entered.", number)
    messages.success(request, said % {"number": number})
    return redirect(_address(association))


@requires(permissions.may_keep_any_members)
@never_cache
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """One member by the whole address. By POST, so that the address stands in no history and no log."""
    association, form = _association(request), FindForm(request.POST, auto_id="find_%s")
    if not form.is_valid():
        return _page(request, association, find_form=form, status=422)
    try:
        found = members.find(association, address=form.cleaned_data["address"], by=person(request))
    except members.UnableToKeep as error:
        form.add_error("address", str(error))
        return _page(request, association, find_form=form, status=422)
    return _page(request, association, find_form=form, found=[found] if found else [])


@requires(permissions.may_keep_any_members)
@require_POST
def let_back(request: HttpRequest) -> HttpResponse:
    association, form = _association(request), FindForm(request.POST, auto_id="find_%s")
    if not form.is_valid():
        return _page(request, association, find_form=form, status=422)
    try:
        members.let_back(association, address=form.cleaned_data["address"], by=person(request), now=timezone.now())
    except members.UnableToKeep as error:
        form.add_error("address", str(error))
        return _page(request, association, find_form=form, status=422)
    messages.success(request, _("They get your notices again, from the next one on."))
    return redirect(_address(association))


@requires(permissions.may_keep_any_members)
@require_POST
def answers(request: HttpRequest) -> HttpResponse:
    association, form = _association(request), AnswersForm(request.POST, auto_id="answers_%s")
    if not form.is_valid():
        return _page(request, association, answers_form=form, status=422)
    try:
        members.answer_to(association, address=form.cleaned_data["reply_to"], by=person(request), now=timezone.now())
    except members.UnableToKeep as error:
        form.add_error("reply_to", str(error))
        return _page(request, association, answers_form=form, status=422)
    messages.success(request, _("Members answer to this address from now on."))
    return redirect(_address(association))


@requires(permissions.may_keep_any_members)
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    kept = MemberList.objects.kept_by(request.user)
    member = get_object_or_404(Member.objects.present().filter(list__in=kept).select_related("list__association"), pk=pk)
    members.remove(member, by=person(request), now=timezone.now())
    messages.success(request, _("That member has been taken off the list."))
    return redirect(_address(member.list.association))


@requires(permissions.may_keep_any_members)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Take all off the list, after asking whether that is meant."""
    association = _association(request)
    form = EraseForm(request.POST if request.method == "POST" else None, initial={"organisation": association.pk})
    if form.is_valid():
        number = members.erase(association, by=person(request), now=timezone.now())
        said = ngettext("%(number)d member has been erased.", "%(number)d members have been erased.", number)
        messages.success(request, said % {"number": number})
        return redirect(_address(association))
    kept = members.list_of(association)
    context = {
        "association": association,
        "form": form,
        "present": kept.members.present().count() if kept else 0,
        "list_address": _address(association),
    }
    return render(request, "advisories/members_erase.html", context, status=422 if form.is_bound else 200)


@login_not_required
@csrf_exempt  # RFC 8058: mail programs post here by themselves; the token in the address is all that it takes
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Take the reader of a copy off the association's list: by a mail program's button, or by the page's. Looking stops nothing."""
    if request.method == "POST":
        members.stop(token=token, now=timezone.now())
    return render(request, "advisories/members_stop.html", {"is_done": request.method == "POST"})


def _association(request: HttpRequest) -> Organisation:
    """The one named among those whose members the reader keeps, or the first of them; 404 for any other."""
    named = request.POST.get("organisation", "") if request.method == "POST" else request.GET.get("association", "")
    form = ChooseForm({"association": named})
    wanted = form.cleaned_data["association"] if form.is_valid() else "none"
    mine = permissions.associations_with_members(request.user)
    found = next((each for each in mine if wanted in (None, each.pk)), None)
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest,
    association: Organisation,
    *,
    status: int = 200,
    form: MembersForm | None = None,
    foreseen: members.Foreseen | None = None,
    find_form: FindForm | None = None,
    found: list[Member] | None = None,
    answers_form: AnswersForm | None = None,
) -> HttpResponse:
    kept, said = members.list_of(association), {"organisation": association.pk}
    rows = kept.members.present().in_order() if kept else Member.objects.none()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = page if found is None else [each for each in found if each.left_on is None]
    context = {
        "association": association,
        "others": [(each, _address(each)) for each in permissions.associations_with_members(request.user) if each != association],
        "page": page,
        "rows": list(zip(shown, members.people(shown, kept), strict=True)) if kept else [],
        "present": page.paginator.count,
        "gone": rows.came_back().count(),
        "most": MOST_LISTED,
        "form": form or MembersForm(initial=said, auto_id="enter_%s"),
        "foreseen": foreseen,
        "faults": _faults(foreseen)[:MOST_FAULTS] if foreseen else [],
        "faulty": len(_faults(foreseen)) if foreseen else 0,
        "find_form": find_form or FindForm(initial=said, auto_id="find_%s"),
        "is_search": found is not None,
        "left": next((each for each in found or [] if each.left_on), None),
        "answers_form": answers_form
        or AnswersForm(initial={**said, "reply_to": kept.reply_to if kept else ""}, auto_id="answers_%s"),
        "list_address": _address(association),
        "erase_address": f"{reverse('advisories:members-erase')}?association={association.pk}",
    }
    return render(request, "advisories/members.html", context, status=status)


def _faults(foreseen: members.Foreseen) -> list[tuple[int, str, Any]]:
    """Line, what stands there, and what is wrong with it."""
    wrong = [*foreseen.faults, *((each, "left") for each in foreseen.left)]
    return [(each.line, each.address or each.name, FAULTS[fault]) for each, fault in sorted(wrong, key=lambda row: row[0].line)]


def _address(association: Organisation) -> str:
    return f"{reverse('advisories:members')}?association={association.pk}"
