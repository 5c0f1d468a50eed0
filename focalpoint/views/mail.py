"""An advisory's mail under way: stopped for a while or for good, and copies of which nobody knows whether they arrived."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from advisories import permissions
from advisories.services import sending
from focalpoint.views.advisories import make_move
from mailroom.doorbell import wake
from organisations.permissions import requires


@requires(permissions.may_see_desk)
@require_POST
def pause(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return make_move(request, pk, sending.pause)


@requires(permissions.may_see_desk)
@require_POST
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    response = make_move(request, pk, sending.resume)
    wake()
    return response


@requires(permissions.may_see_desk)
@require_POST
def stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return make_move(request, pk, sending.stop)


@requires(permissions.may_see_desk)
@require_POST
def send_again(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    response = make_move(request, pk, sending.send_again, copy=ref)
    wake()
    return response


@requires(permissions.may_see_desk)
@require_POST
def take_as_arrived(request: HttpRequest, pk: uuid.UUID, ref: uuid.UUID) -> HttpResponse:
    return make_move(request, pk, sending.take_as_arrived, copy=ref)
