import datetime
import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import organisations.validators
import registry.disclosure

# What was opened and closed is the history: a row is only ever closed, and never taken away.
RIGHTS = """
REVOKE UPDATE, DELETE ON registry_partneropening FROM portal_app;
GRANT UPDATE (closed_by_id, closed_on) ON registry_partneropening TO portal_app
"""
NO_RIGHTS = "GRANT UPDATE, DELETE ON registry_partneropening TO portal_app"


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0006_partners"),
        ("registry", "0025_each_association"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PartnerOpening",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            ("business-promotion", "Business promotion agencies"),
                            ("partner-government", "Partner governments"),
                        ],
                        max_length=30,
                        verbose_name="audience",
                    ),
                ),
                (
                    "reason",
                    models.CharField(max_length=300, validators=[organisations.validators.plain_text], verbose_name="reason"),
                ),
                ("until", models.DateField(verbose_name="last day")),
                ("opened_on", models.DateField()),
                ("closed_on", models.DateField(null=True)),
            ],
        ),
        migrations.AlterField(
            model_name="look",
            name="institution_kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("agency", "Agency"),
                    ("firm", "Firm"),
                    ("institute", "Institute"),
                    ("association", "Association"),
                    ("partner", "Partner"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "audience__in",
                        (registry.disclosure.Audience["BUSINESS_PROMOTION"], registry.disclosure.Audience["PARTNER_GOVERNMENT"]),
                    ),
                    ("reason", ""),
                    _negated=True,
                ),
                name="partners_give_a_reason",
            ),
        ),
        migrations.AddField(
            model_name="partneropening",
            name="closed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="partneropening",
            name="opened_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="partneropening",
            name="organisation",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"),
        ),
        migrations.AddConstraint(
            model_name="partneropening",
            constraint=models.CheckConstraint(
                condition=models.Q(("audience__in", ["business-promotion", "partner-government"])), name="opening_is_to_a_partner"
            ),
        ),
        migrations.AddConstraint(
            model_name="partneropening",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="opening_has_a_reason"),
        ),
        migrations.AddConstraint(
            model_name="partneropening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__gte", models.F("opened_on")),
                    (
                        "until__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("opened_on"), "+", models.Value(datetime.timedelta(days=730))
                        ),
                    ),
                ),
                name="opening_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="partneropening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_by", None), ("closed_on", None)),
                    models.Q(("closed_by__isnull", False), ("closed_on__gte", models.F("opened_on"))),
                    _connector="OR",
                ),
                name="opening_closed_by_and_on",
            ),
        ),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
