"""Erasing an entry with its papers. The application may delete neither agreements nor their history, nor what was written about a look,
except by one function, for an entry whose removal is written down in the same transaction."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

ERASE = """
CREATE FUNCTION registry_erase_papers(gone uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM registry_removal WHERE entry_id = gone) THEN
        RAISE EXCEPTION 'no removal of this entry is written down' USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM registry_lookmessage WHERE question_id IN (SELECT id FROM registry_lookquestion WHERE entry_id = gone);
    DELETE FROM registry_lookquestion WHERE entry_id = gone;
    DELETE FROM registry_agreementevent WHERE version_id IN (
        SELECT version.id FROM registry_agreementversion AS version JOIN registry_agreement AS agreement
        ON agreement.id = version.agreement_id WHERE agreement.entry_id = gone);
    DELETE FROM registry_agreementversion WHERE agreement_id IN (SELECT id FROM registry_agreement WHERE entry_id = gone);
END $$;
REVOKE EXECUTE ON FUNCTION registry_erase_papers(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry_erase_papers(uuid) TO portal_app
"""
NO_ERASE = "DROP FUNCTION registry_erase_papers(uuid)"
# A proof stays as it was sealed.
RIGHTS = "REVOKE UPDATE, DELETE ON registry_removal FROM portal_app"
NO_RIGHTS = "GRANT UPDATE, DELETE ON registry_removal TO portal_app"


class Migration(migrations.Migration):
    dependencies = [("organisations", "0002_tokens_and_readers"), ("registry", "0013_renewal")]

    operations = [
        migrations.CreateModel(
            name="Removal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField(unique=True, verbose_name="entry")),
                ("on", models.DateField()),
                ("statement", models.JSONField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
            ],
        ),
        migrations.RunSQL(ERASE, NO_ERASE),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
