"""The yearly confirmation of an entry. What was projected so far gets its month from the day on which the entry was made."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

FILL = """
UPDATE registry_entry SET confirmed_on = (created_at AT TIME ZONE 'UTC')::date;
UPDATE registry_disclosed AS row SET confirmed_in = date_trunc('month', entry.confirmed_on)::date
FROM registry_entry AS entry WHERE entry.id = row.entry_id AND 'legal_name' = ANY (row.fields)
"""
# The database refuses a lapse while anybody sees the entry, and a projected row of an entry that has lapsed.
ONLY_CURRENT = """
ALTER TABLE registry_disclosed
    ADD CONSTRAINT disclosed_entry_is_current FOREIGN KEY (entry_id, is_active) REFERENCES registry_entry (id, is_current)
"""
NOT_ONLY_CURRENT = "ALTER TABLE registry_disclosed DROP CONSTRAINT disclosed_entry_is_current"
ADDED_TO = "REVOKE UPDATE ON registry_renewalevent FROM portal_app"
NOT_ADDED_TO = "GRANT UPDATE ON registry_renewalevent TO portal_app"


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0001_initial"),
        ("organisations", "0002_tokens_and_readers"),
        ("registry", "0011_saved_searches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RenewalEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "move",
                    models.CharField(
                        choices=[("confirm", "Confirmed"), ("remind", "Reminded"), ("lapse", "Lapsed")], max_length=10
                    ),
                ),
                ("on", models.DateField()),
                ("confirmed_on", models.DateField()),
                ("days", models.SmallIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="disclosed",
            name="confirmed_in",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="entry",
            name="confirmed_on",
            field=models.DateField(default=django.utils.timezone.localdate),
        ),
        migrations.AddField(
            model_name="entry",
            name="is_current",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="entry",
            name="lapsed_on",
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("id", "is_current"), name="entry_id_is_current"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_current", True), ("lapsed_on", None)),
                    models.Q(("is_current", False), ("lapsed_on__isnull", False)),
                    _connector="OR",
                ),
                name="entry_is_current_unless_it_lapsed",
            ),
        ),
        migrations.AddField(
            model_name="renewalevent",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="renewalevent",
            name="entry",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="renewals", to="registry.entry"),
        ),
        migrations.AddConstraint(
            model_name="renewalevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("move__in", ["confirm", "remind", "lapse"])), name="renewal_move_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="renewalevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by__isnull", False), ("move", "confirm")),
                    models.Q(models.Q(("move", "confirm"), _negated=True), ("by", None)),
                    _connector="OR",
                ),
                name="a_person_confirms_and_the_clock_does_the_rest",
            ),
        ),
        migrations.AddConstraint(
            model_name="renewalevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("move", "remind")), fields=("entry", "confirmed_on", "days"), name="each_renewal_reminder_once"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(ONLY_CURRENT, NOT_ONLY_CURRENT),
        migrations.RunSQL(ADDED_TO, NOT_ADDED_TO),
    ]
