"""Suggestions of the focal point to firms, whom they could meet: written once, of which the state alone changes."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import organisations.validators

ONLY_THE_STATE = """
REVOKE UPDATE ON registry_suggestion FROM portal_app;
GRANT UPDATE (state) ON registry_suggestion TO portal_app
"""
ALL_COLUMNS = "GRANT UPDATE ON registry_suggestion TO portal_app"


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_suggesting_tokens"),
        ("registry", "0003_partitions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("entry_ref", models.UUIDField()),
                ("other_ref", models.UUIDField()),
                ("words", models.CharField(max_length=300, validators=[organisations.validators.plain_text])),
                ("on", models.DateField()),
                ("expires_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for the morning"),
                            ("open", "The firm reads it"),
                            ("untold", "Not told"),
                            ("asked", "They were asked to be introduced"),
                            ("declined", "Declined"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "entry",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="suggestions", to="registry.entry"),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="suggested_to", to="registry.entry"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "open", "untold", "asked", "declined"])),
                        name="suggestion_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("entry", models.F("other")), _negated=True),
                            models.Q(("entry_ref", models.F("other_ref")), _negated=True),
                        ),
                        name="suggestion_is_of_two_entries",
                    ),
                ],
            },
        ),
        migrations.RunSQL(ONLY_THE_STATE, ALL_COLUMNS),
    ]
