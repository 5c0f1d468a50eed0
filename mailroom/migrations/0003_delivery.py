import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mailroom", "0002_stopping"),
    ]

    operations = [
        # Room on each page for the mark that one is started, so that it changes no index (heap-only tuples).
        migrations.RunSQL(
            "ALTER TABLE mailroom_envelope SET (fillfactor = 50)", "ALTER TABLE mailroom_envelope RESET (fillfactor)"
        ),
        migrations.CreateModel(
            name="Domain",
            fields=[
                ("name", models.CharField(max_length=254, primary_key=True, serialize=False)),
                ("strikes", models.PositiveSmallIntegerField(default=0)),
                ("slowed_until", models.DateTimeField(null=True)),
                ("free_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="RelayState",
            fields=[
                ("name", models.CharField(max_length=270, primary_key=True, serialize=False)),
                ("strikes", models.PositiveSmallIntegerField(default=0)),
                ("since", models.DateTimeField()),
                ("retry_at", models.DateTimeField(null=True)),
                ("free_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "choice",
                    models.CharField(choices=[("send-again", "Sent again"), ("arrived", "Taken as arrived")], max_length=10),
                ),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="envelope",
            name="envelope_queue",
        ),
        migrations.AddField(
            model_name="envelope",
            name="has_slot",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="envelope",
            name="is_held",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="letter",
            name="course",
            field=models.CharField(
                choices=[("under-way", "Under way"), ("paused", "Paused"), ("cancelled", "Cancelled")],
                default="under-way",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="letter",
            name="repeats",
            field=models.BooleanField(default=True),
        ),
        migrations.AddIndex(
            model_name="envelope",
            index=models.Index(
                condition=models.Q(("is_held", False), ("state__in", ("queued", "in_doubt"))),
                fields=["priority", "next_attempt_at", "id"],
                name="envelope_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="envelope",
            index=models.Index(condition=models.Q(("is_held", True)), fields=["letter"], name="envelope_held"),
        ),
        migrations.AddConstraint(
            model_name="envelope",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_held", False), ("state__in", ("queued", "in_doubt")), _connector="OR"),
                name="envelope_held_is_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="envelope",
            constraint=models.CheckConstraint(
                condition=models.Q(("has_slot", False), ("state__in", ("queued", "in_doubt")), _connector="OR"),
                name="envelope_with_slot_is_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(("course__in", ["under-way", "paused", "cancelled"])), name="letter_course_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="relaystate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("retry_at", None), ("strikes", 0)),
                    models.Q(("retry_at__isnull", False), ("strikes__gt", 0)),
                    _connector="OR",
                ),
                name="relay_open_until_when",
            ),
        ),
        migrations.AddField(
            model_name="settlement",
            name="envelope",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="settlements", to="mailroom.envelope"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("choice__in", ["send-again", "arrived"])), name="settlement_choice_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(condition=models.Q(("by", ""), _negated=True), name="settlement_says_by_whom"),
        ),
        migrations.AlterField(
            model_name="envelope",
            name="letter",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="envelopes", to="mailroom.letter"
            ),
        ),
    ]
