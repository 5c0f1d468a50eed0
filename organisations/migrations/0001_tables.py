"""All tables of the app, written from the models, each with its keys, indexes and constraints.

`replaces` names the steps in which they were once made: where those have run, Django counts this one as done.
"""

import datetime
import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("organisations", "0001_initial"),
        ("organisations", "0002_tokens_and_readers"),
        ("organisations", "0003_member_tokens"),
        ("organisations", "0004_registry_scopes"),
        ("organisations", "0005_meet_scope"),
        ("organisations", "0006_partners"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="email address")),
                ("name", models.CharField(blank=True, max_length=150, verbose_name="full name")),
                ("is_active", models.BooleanField(default=True)),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("email"), name="one_user_per_address")
                ],
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("agency", "Agency"),
                            ("firm", "Firm"),
                            ("institute", "Institute"),
                            ("association", "Association"),
                            ("partner", "Partner"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("short_name", models.CharField(blank=True, max_length=40, verbose_name="short name")),
                (
                    "functions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("licensing", "Licensing"),
                                ("investment-screening", "Investment screening"),
                                ("policy", "Policy formulation"),
                                ("threat-monitoring", "Threat monitoring"),
                                ("outreach", "Outreach"),
                            ],
                            max_length=30,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="functions",
                    ),
                ),
                ("is_focal_point", models.BooleanField(default=False, verbose_name="is the focal point")),
                (
                    "reads_inquiries",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.ExpressionWrapper(
                            models.Q(("is_focal_point", True), models.Q(("functions", []), _negated=True), _connector="OR"),
                            output_field=models.BooleanField(),
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                ("country", models.CharField(default="EE", max_length=2, verbose_name="country")),
                ("registration_number", models.CharField(blank=True, max_length=40, verbose_name="registration number")),
                ("website", models.URLField(blank=True, verbose_name="website")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("functions", []), ("kind", "agency"), _connector="OR"),
                        name="only_agencies_have_functions",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "functions__contained_by",
                                ["licensing", "investment-screening", "policy", "threat-monitoring", "outreach"],
                            )
                        ),
                        name="functions_are_known",
                    ),
                    models.UniqueConstraint(fields=("id", "reads_inquiries"), name="organisation_by_reading"),
                    models.CheckConstraint(
                        condition=models.Q(("is_focal_point", False), ("kind", "agency"), _connector="OR"),
                        name="focal_point_is_an_agency",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_focal_point", True)), fields=("is_focal_point",), name="one_focal_point"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("registration_number", ""), _negated=True),
                        fields=("country", "registration_number"),
                        name="one_organisation_per_registration_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="organisations.organisation"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("triage", "Triage officer"),
                            ("case-officer", "Case officer"),
                            ("editor", "Editor"),
                            ("approver", "Approver"),
                            ("supervisor", "Supervisor"),
                            ("auditor", "Auditor"),
                            ("administrator", "Administrator"),
                            ("gatekeeper", "Gatekeeper"),
                            ("officer", "Association officer"),
                            ("entry-editor", "Entry editor"),
                            ("signatory", "Signatory"),
                            ("partner-officer", "Partner’s officer"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "organisation", "role"), name="one_membership_per_role")],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="organisations.organisation"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("triage", "Triage officer"),
                            ("case-officer", "Case officer"),
                            ("editor", "Editor"),
                            ("approver", "Approver"),
                            ("supervisor", "Supervisor"),
                            ("auditor", "Auditor"),
                            ("administrator", "Administrator"),
                            ("gatekeeper", "Gatekeeper"),
                            ("officer", "Association officer"),
                            ("entry-editor", "Entry editor"),
                            ("signatory", "Signatory"),
                            ("partner-officer", "Partner’s officer"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("token_digest", models.BinaryField(max_length=32, unique=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invitations_sent", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations_accepted",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("accepted_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(("accepted_at__isnull", False), ("accepted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="invitation_accepted_by_and_at",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="api_tokens", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("inquiries:read", "Read inquiries"),
                                ("inquiries:write", "Work on inquiries"),
                                ("advisories:read", "Read advisories"),
                                ("answers:read", "Read answers for everybody, drafts as well"),
                                ("answers:write", "Write and approve answers for everybody"),
                                ("office:read", "Read the settings and figures of the office"),
                                ("office:write", "Change the settings of the office"),
                                ("inquiries:ask", "Ask by name, read what was asked so and write in it"),
                                (
                                    "registry:entry",
                                    "Keep our registry entry, talk over its agreement and read who looked; never sign",
                                ),
                                (
                                    "registry:meet",
                                    "Ask for introductions, answer them, and answer invitations of agencies; never sign",
                                ),
                                ("registry:look", "Look at the registry as one audience, for the purposes chosen"),
                            ],
                            max_length=30,
                        ),
                        size=None,
                        verbose_name="scopes",
                    ),
                ),
                ("made_on", models.DateField()),
                ("expires_on", models.DateField()),
                ("last_used_on", models.DateField(null=True)),
                ("revoked_on", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_on__gt", models.F("made_on")),
                            (
                                "expires_on__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("made_on"), "+", models.Value(datetime.timedelta(days=366))
                                ),
                            ),
                        ),
                        name="token_lasts_a_year_at_most",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "scopes__contained_by",
                                [
                                    "inquiries:read",
                                    "inquiries:write",
                                    "advisories:read",
                                    "answers:read",
                                    "answers:write",
                                    "office:read",
                                    "office:write",
                                    "inquiries:ask",
                                    "registry:entry",
                                    "registry:meet",
                                    "registry:look",
                                ],
                            ),
                            models.Q(("scopes", []), _negated=True),
                        ),
                        name="token_scopes_are_known",
                    ),
                ],
            },
        ),
    ]
