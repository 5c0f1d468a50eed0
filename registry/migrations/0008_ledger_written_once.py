"""The database chains what is written into the ledger, in the transaction that writes it, whoever writes.

One link an insert: SHA-256 over the link before it and over the lines, each as the JSON array that `services/ledger.py` makes too. The
lock puts the links in one order; it is held from the write to the commit, which in the gateway follows at once.
"""

from django.db import migrations

CHAIN = """
CREATE FUNCTION registry_look_line(look registry_look) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
    SELECT json_build_array(look.id, look.batch, look.institution, look.institution_kind, look.viewer_id, look.audience,
        look.purpose, look.reason, array_to_string(look.fields, ' '), look."on", look.kind,
        array_to_string(look.entry_ids, ' '))::text
$$;
CREATE FUNCTION registry_look_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    before text;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM written) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(4206182027);
    SELECT sha256 INTO before FROM registry_ledgerlink ORDER BY id DESC LIMIT 1;
    before := coalesce(before, repeat('0', 64));
    INSERT INTO registry_ledgerlink (look_ids, previous, sha256)
    SELECT array_agg(id ORDER BY id), before,
        encode(sha256(convert_to(before || E'\\n' || string_agg(registry_look_line(look), E'\\n' ORDER BY id), 'UTF8')), 'hex')
    FROM registry_look AS look WHERE id IN (SELECT id FROM written);
    RETURN NULL;
END $$;
CREATE TRIGGER registry_look_chain AFTER INSERT ON registry_look
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION registry_look_chain();
INSERT INTO registry_ledgerlink (look_ids, previous, sha256)
SELECT array_agg(id ORDER BY id), repeat('0', 64),
    encode(sha256(convert_to(repeat('0', 64) || E'\\n' || string_agg(registry_look_line(look), E'\\n' ORDER BY id), 'UTF8')), 'hex')
FROM registry_look AS look HAVING count(*) > 0
"""
NO_CHAIN = """
DROP TRIGGER registry_look_chain ON registry_look;
DROP FUNCTION registry_look_chain();
DROP FUNCTION registry_look_line(registry_look)
"""

# Links come from the trigger alone; seals are added and stay.
RIGHTS = """
REVOKE INSERT, UPDATE, DELETE ON registry_ledgerlink FROM portal_app;
REVOKE UPDATE, DELETE ON registry_ledgerseal FROM portal_app
"""
NO_RIGHTS = """
GRANT INSERT, UPDATE, DELETE ON registry_ledgerlink TO portal_app;
GRANT UPDATE, DELETE ON registry_ledgerseal TO portal_app
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_ledger_chain")]

    operations = [
        migrations.RunSQL(CHAIN, NO_CHAIN),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
