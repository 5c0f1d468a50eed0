"""What the database itself refuses of inquiries, whatever the application does; and how it keeps what is sealed."""

from django.db import migrations

# An asker goes on from anonymous to confidential to named, and nobody leads them back.
ONE_WAY = """
CREATE FUNCTION inquiries_mode_goes_one_way() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    modes CONSTANT text[] := ARRAY['anonymous', 'confidential', 'named'];
BEGIN
    IF array_position(modes, NEW.mode::text) < array_position(modes, OLD.mode::text) THEN
        RAISE EXCEPTION 'an inquiry does not go back from % to %', OLD.mode, NEW.mode
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mode_goes_one_way';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mode_goes_one_way BEFORE UPDATE OF mode ON inquiries_inquiry
    FOR EACH ROW WHEN (OLD.mode IS DISTINCT FROM NEW.mode) EXECUTE FUNCTION inquiries_mode_goes_one_way()
"""
BOTH_WAYS = """
DROP TRIGGER mode_goes_one_way ON inquiries_inquiry;
DROP FUNCTION inquiries_mode_goes_one_way()
"""

# An agency is on a reader list as one that reads inquiries, or not at all: see organisations_organisation.reads_inquiries.
READERS_READ = """
ALTER TABLE inquiries_readerkey
    ADD CONSTRAINT reader_key_agency_may_read FOREIGN KEY (agency_id, agency_reads)
    REFERENCES organisations_organisation (id, reads_inquiries)
"""
NO_READERS_READ = "ALTER TABLE inquiries_readerkey DROP CONSTRAINT reader_key_agency_may_read"

# Who asked for an opening, when and why is written once; an opening goes only with its case. The reason is sealed anew for one
# case alone: it quotes what was taken out of the conversation for good.
OPENING_WRITTEN_ONCE = """
REVOKE UPDATE ON inquiries_opening FROM portal_app;
GRANT UPDATE (state, decided_by_id, decided_on, sealed_reason, sealed_refusal, read_on, version) ON inquiries_opening TO portal_app;
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
    ) EXECUTE FUNCTION inquiries_reason_is_written_once()
"""
OPENING_WRITTEN_OFTEN = """
DROP TRIGGER reason_is_written_once ON inquiries_opening;
DROP FUNCTION inquiries_reason_is_written_once();
GRANT UPDATE ON inquiries_opening TO portal_app
"""

# The rules that there were are the history: a new one is added, and none is changed or taken away.
APPEND_ONLY = "REVOKE UPDATE, DELETE ON inquiries_routingruleversion, inquiries_secondofficialrule FROM portal_app"
NOT_APPEND_ONLY = "GRANT UPDATE, DELETE ON inquiries_routingruleversion, inquiries_secondofficialrule TO portal_app"

# What is sealed looks like noise: trying to compress it would only cost time.
UNCOMPRESSED = "ALTER TABLE inquiries_attachmentpiece ALTER COLUMN sealed SET STORAGE EXTERNAL"
COMPRESSED = "ALTER TABLE inquiries_attachmentpiece ALTER COLUMN sealed SET STORAGE EXTENDED"


class Migration(migrations.Migration):
    # The last alone: a database that stopped before it is refused with an error, and not taken for one that has all of this.
    replaces = [("inquiries", "0021_dry_runs")]

    dependencies = [("inquiries", "0001_tables")]

    operations = [
        migrations.RunSQL(ONE_WAY, BOTH_WAYS),
        migrations.RunSQL(READERS_READ, NO_READERS_READ),
        migrations.RunSQL(OPENING_WRITTEN_ONCE, OPENING_WRITTEN_OFTEN),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(UNCOMPRESSED, COMPRESSED),
    ]
