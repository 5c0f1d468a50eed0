import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_agreement_written_once")]

    operations = [
        migrations.AddField(
            model_name="look",
            name="kind",
            field=models.CharField(
                choices=[("list", "In a list"), ("one", "Your entry alone"), ("export", "In an export")],
                default="list",
                max_length=10,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL("UPDATE registry_look SET kind = 'one' WHERE NOT is_list", migrations.RunSQL.noop),
        migrations.RemoveField(model_name="look", name="is_list"),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["list", "one", "export"])), name="look_kind_is_known"
            ),
        ),
        migrations.CreateModel(
            name="LedgerLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("look_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("previous", models.CharField(max_length=64)),
                ("sha256", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="LedgerSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(unique=True)),
                ("link_id", models.BigIntegerField()),
                ("statement", models.JSONField()),
            ],
        ),
    ]
