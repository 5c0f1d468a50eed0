"""Rows that are for one association, and rows of the associations that are hidden from those which the agreement names."""

import django.contrib.postgres.fields
from django.db import migrations, models

import registry.disclosure

# Without the two columns a row for one association would be for all of them, and one that is hidden from it would be shown to it.
FOR_ALL_ALONE = "DELETE FROM registry_disclosed WHERE shown_to IS NOT NULL OR hidden_from IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("registry", "0024_keys_of_a_cell")]

    operations = [
        migrations.RemoveConstraint(model_name="disclosed", name="one_disclosed_row_per_ref"),
        migrations.RemoveConstraint(model_name="disclosed", name="one_disclosed_row_per_cell"),
        migrations.RemoveIndex(model_name="disclosed", name="disclosed_by_name"),
        migrations.AddField(
            model_name="disclosed",
            name="hidden_from",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None),
        ),
        migrations.AddField(model_name="disclosed", name="shown_to", field=models.UUIDField(null=True)),
        migrations.AddIndex(
            model_name="disclosed",
            index=models.Index(
                fields=["audience", "purpose", "legal_name", "ref"],
                include=("valid_from", "valid_until", "shown_to", "hidden_from"),
                name="disclosed_by_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosed",
            constraint=models.UniqueConstraint(
                fields=("audience", "purpose", "ref", "shown_to"), name="one_disclosed_row_per_ref", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosed",
            constraint=models.UniqueConstraint(
                fields=("entry_id", "audience", "purpose", "shown_to"), name="one_disclosed_row_per_cell", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosed",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hidden_from", None), ("shown_to", None)),
                    models.Q(("audience", registry.disclosure.Audience["ASSOCIATIONS"]), ("hidden_from", None)),
                    models.Q(
                        ("audience", registry.disclosure.Audience["ASSOCIATIONS"]), ("hidden_from__len__gt", 0), ("shown_to", None)
                    ),
                    _connector="OR",
                ),
                name="disclosed_row_is_for_all_or_for_one_association",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, FOR_ALL_ALONE),
    ]
