from django.db import migrations, models

# The openings that there are, in the order in which they can be told to have come.
NUMBER_THEM = """
UPDATE inquiries_opening SET position = numbered.position FROM (
    SELECT id, row_number() OVER (PARTITION BY inquiry_id ORDER BY asked_on, state IN ('asked', 'granted'), decided_on, id) AS position
    FROM inquiries_opening
) AS numbered
WHERE numbered.id = inquiries_opening.id
"""

# A reason is written once, but for one case: it quotes what was taken out of the conversation for good.
WRITTEN_ONCE = """
CREATE FUNCTION inquiries_reason_is_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM inquiries_redaction WHERE inquiry_id = OLD.inquiry_id AND mode = 'permanent') THEN
        RAISE EXCEPTION 'the reasons of an opening are written once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reason_is_written_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reason_is_written_once BEFORE UPDATE OF sealed_reason, sealed_refusal ON inquiries_opening
    FOR EACH ROW WHEN (
        OLD.sealed_reason IS DISTINCT FROM NEW.sealed_reason
        OR (OLD.sealed_refusal IS NOT NULL AND OLD.sealed_refusal IS DISTINCT FROM NEW.sealed_refusal)
    ) EXECUTE FUNCTION inquiries_reason_is_written_once();
GRANT UPDATE (sealed_reason, version) ON inquiries_opening TO portal_app
"""
WRITTEN_OFTEN = """
REVOKE UPDATE (sealed_reason, version) ON inquiries_opening FROM portal_app;
DROP TRIGGER reason_is_written_once ON inquiries_opening;
DROP FUNCTION inquiries_reason_is_written_once()
"""


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0018_proof_versions")]

    operations = [
        migrations.AddField("identity", "version", models.PositiveSmallIntegerField(default=1)),
        migrations.AddField("opening", "version", models.PositiveSmallIntegerField(default=1), preserve_default=False),
        migrations.AddField("opening", "position", models.PositiveSmallIntegerField(default=1), preserve_default=False),
        migrations.AlterField(
            "opening",
            "state",
            models.CharField(
                choices=[
                    ("asked", "Waits for a second gatekeeper"),
                    ("granted", "Agreed, not read yet"),
                    ("refused", "Refused"),
                    ("read", "Read"),
                    ("lapsed", "Ran out"),
                ],
                default="asked",
                max_length=8,
            ),
        ),
        migrations.RunSQL(NUMBER_THEM, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "opening", models.UniqueConstraint(fields=("inquiry", "position"), name="one_opening_per_position")
        ),
        migrations.RunSQL(WRITTEN_ONCE, WRITTEN_OFTEN),
    ]
