"""What every page may ask of the portal itself and of the person who looks at it."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import cached_property

from inquiries.permissions import (
    may_audit_openings,
    may_keep_keys,
    may_keep_the_gate,
    may_see_figures,
    may_see_publications,
    may_see_queues,
    may_see_rules,
    may_use_replies,
)
from organisations.models import Organisation, Role
from organisations.permissions import Visitor, associations_of, firms_of, has_role, is_official, may_have_tokens, may_manage_any
from registry.permissions import (
    may_countersign_any,
    may_invite_any,
    may_reach_out,
    may_read_delays,
    may_search_as_official,
    may_see_coverage,
)


class Viewer:
    """For whom the page is drawn. Nothing is asked of the database until a template asks it here."""

    def __init__(self, user: Visitor) -> None:
        self.user = user

    @cached_property
    def is_official(self) -> bool:
        return is_official(self.user)

    @cached_property
    def has_tokens(self) -> bool:
        return may_have_tokens(self.user)

    @cached_property
    def keeps_keys(self) -> bool:
        return may_keep_keys(self.user)

    @cached_property
    def sees_figures(self) -> bool:
        return may_see_figures(self.user)

    @cached_property
    def sees_rules(self) -> bool:
        return may_see_rules(self.user)

    @cached_property
    def sees_queues(self) -> bool:
        return may_see_queues(self.user)

    @cached_property
    def sees_publications(self) -> bool:
        return may_see_publications(self.user)

    @cached_property
    def uses_replies(self) -> bool:
        return may_use_replies(self.user)

    @cached_property
    def countersigns(self) -> bool:
        return may_countersign_any(self.user)

    @cached_property
    def searches_registry(self) -> bool:
        return may_search_as_official(self.user)

    @cached_property
    def sees_coverage(self) -> bool:
        return may_see_coverage(self.user)

    @cached_property
    def reads_delays(self) -> bool:
        return may_read_delays(self.user)

    @cached_property
    def reaches_out(self) -> bool:
        return may_reach_out(self.user)

    @cached_property
    def manages_members(self) -> bool:
        return may_manage_any(self.user)

    @cached_property
    def firms(self) -> list[Organisation]:
        return firms_of(self.user)

    @cached_property
    def associations(self) -> list[Organisation]:
        return associations_of(self.user)

    @cached_property
    def is_partner(self) -> bool:
        return has_role(self.user, Role.PARTNER_OFFICER)

    @cached_property
    def invites_firms(self) -> bool:
        return may_invite_any(self.user)

    @cached_property
    def audits_openings(self) -> bool:
        return may_audit_openings(self.user)

    @cached_property
    def keeps_the_gate(self) -> bool:
        return may_keep_the_gate(self.user)


def portal(request: HttpRequest) -> dict[str, object]:
    user = getattr(request, "user", AnonymousUser())  # a refusal may come before anyone was recognised
    return {"demo": settings.DEMO, "public_url": settings.PUBLIC_URL, "country": settings.COUNTRY, "viewer": Viewer(user)}
