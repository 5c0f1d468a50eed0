"""What a firm has typed and not saved, and how far its fields are confirmed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import organisations.validators


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_tokens_and_readers"),
        ("registry", "0003_fuller_entry"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="disclosed",
            name="evidence",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="EntryDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("typed", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=30)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("said", "Said by the firm or institute"),
                            ("document", "Confirmed by a document"),
                            ("register", "Checked against a register"),
                        ],
                        max_length=10,
                        verbose_name="evidence",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, max_length=300, validators=[organisations.validators.plain_text], verbose_name="reason"
                    ),
                ),
                ("institution", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "entry",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="registry.entry"),
                ),
            ],
            options={
                "verbose_name_plural": "evidence",
                "indexes": [models.Index(fields=["entry", "field", "-id"], name="evidence_by_field")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["said", "document", "register"])), name="evidence_level_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("institution", ""), ("level", "said"), ("reason", "")),
                            models.Q(
                                models.Q(("level", "said"), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                                models.Q(("institution", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="whoever_confirms_says_why",
                    ),
                ],
            },
        ),
        # Only added to; it goes with its entry.
        migrations.RunSQL("REVOKE UPDATE ON registry_evidence FROM portal_app", "GRANT UPDATE ON registry_evidence TO portal_app"),
    ]
