"""What an organisation has asked by name, for those who belong to it; no receipt is needed."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from inquiries.models import NamedAsker
from inquiries.permissions import may_ask_by_name
from inquiries.services import following, named
from inquiries.views import conversation as conversations
from inquiries.views.askers import opens_inquiry
from inquiries.views.strangers import for_members
from organisations.permissions import person, requires

PAGE = 30


@for_members("GET", "HEAD")
@requires(may_ask_by_name)
def listing(request: HttpRequest) -> HttpResponse:
    found = NamedAsker.objects.followed_by(request.user).select_related("inquiry", "organisation", "user").newest_first()
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "inquiries/modes/my_inquiries.html", {"page": page, "lines": following.with_subjects(page.object_list)})


@for_members("GET", "HEAD")
@requires(may_ask_by_name)
@opens_inquiry
def conversation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return conversations.show(request, named.pass_for(_followed(request, pk), by=person(request)))


@for_members("POST")
@requires(may_ask_by_name)
@opens_inquiry
def mail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    asker, wants_mail = _followed(request, pk), request.POST.get("wants") == "yes"
    secret = named.pass_for(asker, by=person(request))
    try:
        named.choose_mail(asker, wants_mail=wants_mail, by=person(request))
    except named.UnableToFollow:
        return conversations.show(request, secret, refused=_("Only who asked can choose about mail."), status=409)
    done = _("We write to you when there is news.") if wants_mail else _("We don't write to you about this question any more.")
    return conversations.show(request, secret, done=done)


def _followed(request: HttpRequest, pk: uuid.UUID) -> NamedAsker:
    return get_object_or_404(NamedAsker.objects.followed_by(request.user).select_related("inquiry"), pk=pk)
