"""Who: people, the organisations they act for, and the roles in which they act."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from organisations.querysets import ApiTokenQuerySet, InvitationQuerySet, MembershipQuerySet, OrganisationQuerySet


class Kind(models.TextChoices):
    AGENCY = "agency", _("Agency")
    FIRM = "firm", _("Firm")
    INSTITUTE = "institute", _("Institute")
    ASSOCIATION = "association", _("Association")
    PARTNER = "partner", _("Partner")


class Function(models.TextChoices):
    """What an agency is for; outreach stands on a par with the others. Enforcement is not among them, and never will be."""

    LICENSING = "licensing", _("Licensing")
    INVESTMENT_SCREENING = "investment-screening", _("Investment screening")
    POLICY = "policy", _("Policy formulation")
    THREAT_MONITORING = "threat-monitoring", _("Threat monitoring")
    OUTREACH = "outreach", _("Outreach")


class Role(models.TextChoices):
    TRIAGE = "triage", _("Triage officer")
    CASE_OFFICER = "case-officer", _("Case officer")
    EDITOR = "editor", _("Editor")
    APPROVER = "approver", _("Approver")
    SUPERVISOR = "supervisor", _("Supervisor")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")
    GATEKEEPER = "gatekeeper", _("Gatekeeper")
    OFFICER = "officer", _("Association officer")
    ENTRY_EDITOR = "entry-editor", _("Entry editor")
    SIGNATORY = "signatory", _("Signatory")
    PARTNER_OFFICER = "partner-officer", _("Partner’s officer")


ROLES_OF_KIND: dict[str, frozenset[str]] = {
    Kind.AGENCY: frozenset(
        {
            Role.TRIAGE,
            Role.CASE_OFFICER,
            Role.EDITOR,
            Role.APPROVER,
            Role.SUPERVISOR,
            Role.AUDITOR,
            Role.ADMINISTRATOR,
            Role.GATEKEEPER,
        }
    ),
    Kind.FIRM: frozenset({Role.ENTRY_EDITOR, Role.SIGNATORY}),
    Kind.INSTITUTE: frozenset({Role.ENTRY_EDITOR, Role.SIGNATORY}),
    Kind.ASSOCIATION: frozenset({Role.OFFICER, Role.SIGNATORY}),
    Kind.PARTNER: frozenset({Role.PARTNER_OFFICER}),  # whom the focal point lets in, each of them
}


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("full name"), max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_address")]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def memberships_held(self) -> list[Membership]:
        """All memberships with their organisations, fetched once a request."""
        return list(self.memberships.select_related("organisation").order_by("created_at", "pk"))


class Organisation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    functions = ArrayField(models.CharField(max_length=30, choices=Function), verbose_name=_("functions"), default=list, blank=True)
    is_focal_point = models.BooleanField(_("is the focal point"), default=False)
    # Who may be on the reader list of an inquiry: the focal point, and agencies with one of the five functions. A body that
    # enforces has none of them, and so can't be. Worked out by the database; foreign keys point at it.
    reads_inquiries = models.GeneratedField(
        expression=ExpressionWrapper(Q(is_focal_point=True) | ~Q(functions=[]), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    country = models.CharField(_("country"), max_length=2, default="EE")
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    website = models.URLField(_("website"), blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(functions=[]) | Q(kind=Kind.AGENCY), name="only_agencies_have_functions"),
            models.CheckConstraint(condition=Q(functions__contained_by=Function.values), name="functions_are_known"),
            models.UniqueConstraint(fields=["id", "reads_inquiries"], name="organisation_by_reading"),
            models.CheckConstraint(condition=Q(is_focal_point=False) | Q(kind=Kind.AGENCY), name="focal_point_is_an_agency"),
            models.UniqueConstraint(fields=["is_focal_point"], condition=Q(is_focal_point=True), name="one_focal_point"),
            models.UniqueConstraint(
                fields=["country", "registration_number"],
                condition=~Q(registration_number=""),
                name="one_organisation_per_registration_number",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name


class Membership(models.Model):
    """One role of one person in one organisation; a person may hold several."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation", "role"], name="one_membership_per_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}, {self.organisation}"


class Invitation(models.Model):
    """An open door for one address into one organisation; only a digest of its token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("email address"))
    role = models.CharField(_("role"), max_length=20, choices=Role)
    token_digest = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations_sent")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="invitations_accepted")
    accepted_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None) | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.organisation}"


class Scope(models.TextChoices):
    """What a token may be used for. Its owner's own rights bound it besides, at every call."""

    INQUIRIES_READ = "inquiries:read", _("Read inquiries")
    INQUIRIES_WRITE = "inquiries:write", _("Work on inquiries")
    ADVISORIES_READ = "advisories:read", _("Read advisories")
    ANSWERS_READ = "answers:read", _("Read answers for everybody, drafts as well")
    ANSWERS_WRITE = "answers:write", _("Write and approve answers for everybody")
    OFFICE_READ = "office:read", _("Read the settings and figures of the office")
    OFFICE_WRITE = "office:write", _("Change the settings of the office")
    INQUIRIES_ASK = "inquiries:ask", _("Ask by name, read what was asked so and write in it")
    REGISTRY_ENTRY = "registry:entry", _("Keep our registry entry, talk over its agreement and read who looked; never sign")
    REGISTRY_MEET = "registry:meet", _("Ask for introductions, answer them, and answer invitations of agencies; never sign")
    REGISTRY_LOOK = "registry:look", _("Look at the registry as one audience, for the purposes chosen")
    REGISTRY_SUGGEST = "registry:suggest", _("Suggest to firms that they meet, beside looking as the focal point")


ASKERS_SCOPES = (Scope.INQUIRIES_ASK,)
READERS_SCOPES = (Scope.ADVISORIES_READ,)  # of who acts for a firm, an institute or an association
ENTRY_SCOPES = (Scope.REGISTRY_ENTRY, Scope.REGISTRY_MEET)
# Of tokens that the registry makes and binds: nobody chooses it among the others.
LOOK_SCOPES = (Scope.REGISTRY_LOOK, Scope.REGISTRY_SUGGEST)
OFFICIALS_SCOPES = tuple(scope for scope in Scope if scope not in (*ASKERS_SCOPES, *ENTRY_SCOPES, *LOOK_SCOPES))
# A firm's program asks and an official's answers, and an entry is kept by one that does neither: no token does two of these. One
# that reads advisories is an official's, or is used for nothing else.
SCOPE_GROUPS = (OFFICIALS_SCOPES, ASKERS_SCOPES, ENTRY_SCOPES, LOOK_SCOPES)


class ApiToken(models.Model):
    """A secret by which a person's own program acts for them; only a keyed digest of it is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=60)
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope), verbose_name=_("scopes"))
    made_on = models.DateField()
    expires_on = models.DateField()
    last_used_on = models.DateField(null=True)
    revoked_on = models.DateField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__gt=F("made_on"), expires_on__lte=F("made_on") + timedelta(days=366)),
                name="token_lasts_a_year_at_most",
            ),
            models.CheckConstraint(condition=Q(scopes__contained_by=Scope.values) & ~Q(scopes=[]), name="token_scopes_are_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.owner}"
