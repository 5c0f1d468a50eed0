"""Official registers held against the entries, and what they say otherwise."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0015_merges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=30)),
                ("value", models.CharField(max_length=250)),
                ("source", models.CharField(max_length=120)),
                ("on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("taken", "Taken over"), ("dismissed", "Dismissed")],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="corrections", to="registry.entry"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "field", "value"), name="each_correction_is_proposed_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by", None), ("state", "open")),
                            models.Q(("state__in", ("taken", "dismissed")), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="correction_ended_by",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterImport",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("register", models.CharField(max_length=100, verbose_name="register")),
                ("extract_on", models.DateField(verbose_name="day of the extract")),
                ("made_on", models.DateField()),
                ("content", models.TextField(blank=True)),
                ("country", models.CharField(max_length=2)),
                ("mapping", models.JSONField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Columns to be named"),
                            ("checking", "Dry run under way"),
                            ("checked", "Dry run done"),
                            ("applying", "Being applied"),
                            ("applied", "Applied"),
                            ("failed", "Stopped"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("result", models.JSONField(null=True)),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["uploaded", "checking", "checked", "applying", "applied", "failed"])),
                        name="import_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "uploaded"), ("mapping__isnull", False), _connector="OR"),
                        name="import_is_mapped_before_it_runs",
                    ),
                ],
            },
        ),
    ]
