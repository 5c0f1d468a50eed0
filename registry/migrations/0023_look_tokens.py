import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import registry.disclosure

# To what a token is bound is written once.
RIGHTS = "REVOKE UPDATE ON registry_looktoken FROM portal_app"
NO_RIGHTS = "GRANT UPDATE ON registry_looktoken TO portal_app"


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0004_registry_scopes"),
        ("registry", "0022_faster_looks"),
    ]

    operations = [
        migrations.CreateModel(
            name="LookToken",
            fields=[
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="organisations.apitoken",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[
                            (registry.disclosure.Audience["FOCAL_POINT"], "The focal point, for outreach"),
                            (registry.disclosure.Audience["LICENSING"], "Licensing authorities"),
                            (registry.disclosure.Audience["INVESTMENT_SCREENING"], "Investment screening authorities"),
                            (registry.disclosure.Audience["POLICY"], "Ministries that make policy"),
                            (registry.disclosure.Audience["THREAT_MONITORING"], "Services that monitor threats"),
                            (registry.disclosure.Audience["ASSOCIATIONS"], "Industry associations"),
                            (registry.disclosure.Audience["LISTED_FIRMS"], "Other listed firms and institutes"),
                            (registry.disclosure.Audience["BUSINESS_PROMOTION"], "Business promotion agencies"),
                            (registry.disclosure.Audience["PARTNER_GOVERNMENT"], "Partner governments"),
                            (registry.disclosure.Audience["PUBLIC"], "The public"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "purposes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                (registry.disclosure.Purpose["OUTREACH"], "Outreach"),
                                (registry.disclosure.Purpose["EXPERT_CONSULTATION"], "Expert consultation"),
                                (registry.disclosure.Purpose["ADVISORY_TARGETING"], "Choosing who gets an advisory"),
                                (registry.disclosure.Purpose["POLICY_INPUT"], "Input to policy"),
                                (registry.disclosure.Purpose["STATISTICS"], "Statistics"),
                                (registry.disclosure.Purpose["MATCHMAKING"], "Matchmaking"),
                                (registry.disclosure.Purpose["BUSINESS_PROMOTION"], "Business promotion"),
                            ],
                            max_length=30,
                        ),
                        size=None,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "audience__in",
                                (
                                    "focal-point-outreach",
                                    "licensing",
                                    "investment-screening",
                                    "policy",
                                    "threat-monitoring",
                                    "associations",
                                    "listed-firms",
                                    "business-promotion",
                                    "partner-government",
                                ),
                            )
                        ),
                        name="look_token_audience_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "purposes__contained_by",
                                [
                                    "outreach",
                                    "expert-consultation",
                                    "advisory-targeting",
                                    "policy-input",
                                    "statistics",
                                    "matchmaking",
                                    "business-promotion",
                                ],
                            ),
                            models.Q(("purposes", []), _negated=True),
                        ),
                        name="look_token_purposes_are_known",
                    ),
                ],
            },
        ),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
