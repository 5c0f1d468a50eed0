import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import advisories.models.relays


class Migration(migrations.Migration):
    dependencies = [
        ("advisories", "0008_sources"),
        ("organisations", "0002_suggesting_tokens"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Cover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField(blank=True, max_length=2000, verbose_name="covering words")),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Openings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("times", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Relay",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(default=advisories.models.relays.new_code, max_length=20, unique=True)),
                ("words", models.TextField(blank=True, max_length=2000, verbose_name="covering words")),
                ("prepared_on", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="advisory_move_is_known",
        ),
        migrations.AlterField(
            model_name="event",
            name="move",
            field=models.CharField(
                choices=[
                    ("draft", "drafted"),
                    ("revise", "changed"),
                    ("submit", "submitted for approval"),
                    ("return", "returned to the author"),
                    ("approve", "approved"),
                    ("publish", "published"),
                    ("withdraw", "withdrawn"),
                    ("correct", "corrected by a later one"),
                    ("schedule", "scheduled"),
                    ("hold", "held back"),
                    ("expire", "expired after its last day"),
                    ("pause", "paused its mail"),
                    ("resume", "resumed its mail"),
                    ("stop", "stopped the mail that had not left"),
                    ("supersede", "replaced by a later one"),
                    ("retry", "sent again what had failed"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "move__in",
                        [
                            "draft",
                            "revise",
                            "submit",
                            "return",
                            "approve",
                            "publish",
                            "withdraw",
                            "correct",
                            "schedule",
                            "hold",
                            "expire",
                            "pause",
                            "resume",
                            "stop",
                            "supersede",
                            "retry",
                        ],
                    )
                ),
                name="advisory_move_is_known",
            ),
        ),
        migrations.AddField(
            model_name="alarm",
            name="advisory",
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="alarm", to="advisories.advisory"),
        ),
        migrations.AddField(
            model_name="cover",
            name="association",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
            ),
        ),
        migrations.AddField(
            model_name="cover",
            name="changed_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="relay",
            name="advisory",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="relays", to="advisories.advisory"),
        ),
        migrations.AddField(
            model_name="relay",
            name="association",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"),
        ),
        migrations.AddField(
            model_name="relay",
            name="prepared_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="openings",
            name="relay",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="openings", to="advisories.relay"),
        ),
        migrations.AddField(
            model_name="reminder",
            name="advisory",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="advisories.advisory"
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="association",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"),
        ),
        migrations.AddConstraint(
            model_name="relay",
            constraint=models.UniqueConstraint(fields=("advisory", "association"), name="one_relay_per_advisory_and_association"),
        ),
        migrations.AddConstraint(
            model_name="relay",
            constraint=models.CheckConstraint(condition=models.Q(("code__regex", "^[0-9a-f]{20}$")), name="relay_code_is_opaque"),
        ),
        migrations.AddConstraint(
            model_name="openings",
            constraint=models.UniqueConstraint(fields=("relay", "on"), name="one_count_of_openings_per_relay_and_day"),
        ),
        migrations.AddConstraint(
            model_name="openings",
            constraint=models.CheckConstraint(condition=models.Q(("times__gte", 1)), name="openings_are_counted_from_one"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("advisory", "association"), name="one_reminder_per_advisory_and_association"
            ),
        ),
    ]
