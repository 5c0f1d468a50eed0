from django.db import migrations, models

# The key store's login may do this and nothing else. No right to TRUNCATE: shares go one by one.
GRANT = "GRANT SELECT, INSERT, UPDATE, DELETE ON keystore_share TO portal_keystore"
# What is destroyed should leave the table's file soon: vacuum whenever there is anything to clear away.
VACUUM = "ALTER TABLE keystore_share SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)"


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Share",
            fields=[
                ("case", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("share", models.BinaryField(max_length=32, null=True)),
                ("made_on", models.DateField()),
                ("destroyed_on", models.DateField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("destroyed_on", None), ("share__isnull", False)),
                            models.Q(("destroyed_on__isnull", False), ("share", None)),
                            _connector="OR",
                        ),
                        name="share_is_there_or_destroyed",
                    )
                ],
            },
        ),
        migrations.RunSQL(GRANT, "REVOKE ALL ON keystore_share FROM portal_keystore"),
        migrations.RunSQL(VACUUM, "ALTER TABLE keystore_share RESET (autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor)"),
    ]
