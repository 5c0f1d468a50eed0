"""The published figures and their rights, and a kind of look that no person takes."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import registry.disclosure

# What is printed stays as it is.
RIGHTS = "REVOKE UPDATE, DELETE ON registry_edition, registry_printednumber FROM portal_app"
NO_RIGHTS = "GRANT UPDATE, DELETE ON registry_edition, registry_printednumber TO portal_app"


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0015_listing_invitations"),
    ]

    operations = [
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quarter", models.DateField(unique=True)),
                ("counted_on", models.DateField()),
                ("areas", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ("listed", models.PositiveIntegerField()),
                ("counted", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="PrintedNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=30)),
                ("row", models.CharField(blank=True, max_length=40)),
                ("column", models.CharField(blank=True, max_length=40)),
                ("number", models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="look",
            name="only_the_public_looks_unnamed",
        ),
        migrations.RemoveConstraint(
            model_name="look",
            name="look_kind_is_known",
        ),
        migrations.AlterField(
            model_name="look",
            name="kind",
            field=models.CharField(
                choices=[
                    ("list", "In a list"),
                    ("one", "Your entry alone"),
                    ("export", "In an export"),
                    ("figures", "Counted in published figures"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience", registry.disclosure.Audience["PUBLIC"]), ("institution", ""), ("viewer_id", None)),
                    models.Q(
                        models.Q(("audience", registry.disclosure.Audience["PUBLIC"]), _negated=True),
                        models.Q(("institution", ""), _negated=True),
                        models.Q(("viewer_id__isnull", False), ("kind", "figures"), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="only_the_public_looks_unnamed",
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["list", "one", "export", "figures"])), name="look_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted__lte", models.F("listed"))), name="only_listed_entries_are_counted"
            ),
        ),
        migrations.AddField(
            model_name="printednumber",
            name="edition",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="numbers", to="registry.edition"),
        ),
        migrations.AddConstraint(
            model_name="printednumber",
            constraint=models.UniqueConstraint(fields=("edition", "table", "row", "column"), name="one_printed_number_per_place"),
        ),
        migrations.AddConstraint(
            model_name="printednumber",
            constraint=models.CheckConstraint(
                condition=models.Q(("number", None), ("number__gte", 5), _connector="OR"),
                name="printed_number_is_of_enough_entries",
            ),
        ),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
