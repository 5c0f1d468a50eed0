"""What the database itself refuses of the registry, whatever the application does; and what it writes and counts by itself."""

from django.db import migrations

# A row is projected of an active version alone. The database refuses a lapse while anybody sees the entry, and a projected row of
# an entry that has lapsed.
ONLY_ACTIVE = """
ALTER TABLE registry_disclosed
    ADD CONSTRAINT disclosed_version_is_active FOREIGN KEY (agreement_version_id, is_active)
    REFERENCES registry_agreementversion (id, is_active),
    ADD CONSTRAINT disclosed_entry_is_current FOREIGN KEY (entry_id, is_active)
    REFERENCES registry_entry (id, is_current)
"""
NOT_ONLY_ACTIVE = """
ALTER TABLE registry_disclosed DROP CONSTRAINT disclosed_version_is_active, DROP CONSTRAINT disclosed_entry_is_current
"""

# Outside reads: the projection, the ledger to write in, and which looks are put off. No table of the truth.
OUTSIDE = """
GRANT SELECT ON registry_disclosed TO portal_disclosed;
GRANT INSERT, SELECT (id) ON registry_look TO portal_disclosed;
GRANT INSERT ON registry_delayedbatch TO portal_disclosed
"""
NO_OUTSIDE = """
REVOKE ALL ON registry_disclosed, registry_look, registry_delayedbatch FROM portal_disclosed;
REVOKE SELECT (id) ON registry_look FROM portal_disclosed
"""

# The application may write the projection but not read what it holds, so that no page can go round the gateway and its ledger.
WRITE_ONLY = """
REVOKE SELECT, UPDATE ON registry_disclosed FROM portal_app;
GRANT SELECT (id, entry_id, agreement_version_id, audience, purpose) ON registry_disclosed TO portal_app
"""
NOT_WRITE_ONLY = "GRANT SELECT, UPDATE ON registry_disclosed TO portal_app"

# Only ever added to: the ledger, the history of agreements, what was written about a look, the proofs of removals, printed figures.
# The ledger's links come from the trigger below alone, and what is put off is written by the gateway's login.
APPEND_ONLY = """
REVOKE UPDATE, DELETE ON registry_look, registry_agreementevent, registry_ledgerseal, registry_lookmessage, registry_removal,
    registry_edition, registry_printednumber FROM portal_app;
REVOKE INSERT, UPDATE, DELETE ON registry_ledgerlink, registry_delayedbatch FROM portal_app;
REVOKE DELETE ON registry_lookquestion FROM portal_app
"""
NOT_APPEND_ONLY = """
GRANT UPDATE, DELETE ON registry_look, registry_agreementevent, registry_ledgerseal, registry_lookmessage, registry_removal,
    registry_edition, registry_printednumber TO portal_app;
GRANT INSERT, UPDATE, DELETE ON registry_ledgerlink, registry_delayedbatch TO portal_app;
GRANT DELETE ON registry_lookquestion TO portal_app
"""

# Written once, but gone with its entry, its talk or its token: what was changed and confirmed, what the parties wrote to each other,
# and to what a token is bound. The firm may have what a change said forgotten.
WRITTEN_ONCE = """
REVOKE UPDATE ON registry_entrychange, registry_changedvalue, registry_evidence, registry_renewalevent, registry_outreachmessage,
    registry_introductionmessage, registry_looktoken FROM portal_app
"""
WRITTEN_OFTEN = """
GRANT UPDATE ON registry_entrychange, registry_changedvalue, registry_evidence, registry_renewalevent, registry_outreachmessage,
    registry_introductionmessage, registry_looktoken TO portal_app
"""

# Of some rows a few columns may change, and the row stays: the text of an agreement is written once; a delay is decided once and
# never made longer; what was opened to a partner is the history, so that a row is only ever closed.
ONLY_THESE_COLUMNS = """
REVOKE UPDATE, DELETE ON registry_agreementversion, registry_delay, registry_partneropening FROM portal_app;
GRANT UPDATE (state, is_active, sent_at, suspended_by, signed_by_id, signed_at, signature, countersigned_by_id, countersigned_at,
    receipt, ended_at) ON registry_agreementversion TO portal_app;
GRANT UPDATE (state, decided_by_id, decided_on) ON registry_delay TO portal_app;
GRANT UPDATE (closed_by_id, closed_on) ON registry_partneropening TO portal_app
"""
ALL_COLUMNS = "GRANT UPDATE, DELETE ON registry_agreementversion, registry_delay, registry_partneropening TO portal_app"

# What is written of an agreement stays: the text for ever, a signature once it is there, everything once the version is over. The
# rights above keep the application from rewriting the text; this keeps every login from it, the tables' owner too, unless it takes
# the trigger away. And no version is signed without a seal.
AGREEMENT_WRITTEN_ONCE = """
CREATE FUNCTION registry_agreement_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.agreement_id, NEW.number, NEW.terms, NEW.valid_from, NEW.valid_until, NEW.sha256, NEW.side, NEW.answers_id,
            NEW.offered_by_id, NEW.offered_at)
        IS DISTINCT FROM (OLD.id, OLD.agreement_id, OLD.number, OLD.terms, OLD.valid_from, OLD.valid_until, OLD.sha256, OLD.side,
            OLD.answers_id, OLD.offered_by_id, OLD.offered_at) THEN
        RAISE EXCEPTION 'the text of an agreement is written once' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.ended_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a version of an agreement that is over stays as it is' USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at)
        OR (OLD.signed_at IS NOT NULL AND (NEW.signed_by_id, NEW.signed_at, NEW.signature)
            IS DISTINCT FROM (OLD.signed_by_id, OLD.signed_at, OLD.signature))
        OR (OLD.countersigned_at IS NOT NULL AND (NEW.countersigned_by_id, NEW.countersigned_at, NEW.receipt)
            IS DISTINCT FROM (OLD.countersigned_by_id, OLD.countersigned_at, OLD.receipt)) THEN
        RAISE EXCEPTION 'a signature on an agreement is written once' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.signed_at IS NOT NULL AND OLD.signed_at IS NULL AND NEW.signature IS NULL)
        OR (NEW.countersigned_at IS NOT NULL AND OLD.countersigned_at IS NULL AND NEW.receipt IS NULL) THEN
        RAISE EXCEPTION 'nobody signs an agreement without a seal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER registry_agreement_written_once BEFORE UPDATE ON registry_agreementversion
    FOR EACH ROW EXECUTE FUNCTION registry_agreement_written_once()
"""
AGREEMENT_NOT_WRITTEN_ONCE = """
DROP TRIGGER registry_agreement_written_once ON registry_agreementversion;
DROP FUNCTION registry_agreement_written_once()
"""

# The database chains what is written into the ledger, in the transaction that writes it, whoever writes. One link an insert: SHA-256
# over the link before it and over the lines, each as the JSON array that `services/ledger.py` makes too. The lock puts the links in
# one order; it is held from the write to the commit, which in the gateway follows at once. The trigger says of each row just written
# what `registry_look_line` says of one in the table, without a call for each.
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
        encode(sha256(convert_to(before || E'\\n' || string_agg(json_build_array(id, batch, institution, institution_kind, viewer_id, audience, purpose, reason,
            array_to_string(fields, ' '), "on", kind, array_to_string(entry_ids, ' '))::text, E'\\n' ORDER BY id), 'UTF8')), 'hex')
    FROM written;
    RETURN NULL;
END $$;
CREATE TRIGGER registry_look_chain AFTER INSERT ON registry_look
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION registry_look_chain()
"""
NO_CHAIN = """
DROP TRIGGER registry_look_chain ON registry_look;
DROP FUNCTION registry_look_chain();
DROP FUNCTION registry_look_line(registry_look)
"""

# The application may delete neither agreements nor their history, nor what was written about a look, except by this one function, for
# an entry whose removal is written down in the same transaction.
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

# Who may put off what, asked of the database itself: the delay is approved, its last day is the one written, nothing of the batch is in
# the ledger already, and the lines that follow are those of the delay's asker, for its audience and purpose, not after its last day.
DELAY_GUARDS = """
CREATE FUNCTION registry_delay_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM registry_delay WHERE id = NEW.delay_id AND state = 'approved' AND until = NEW.until
    ) THEN
        RAISE EXCEPTION 'the delay is not approved, or ends on another day' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM registry_look WHERE batch = NEW.batch) THEN
        RAISE EXCEPTION 'what is in the ledger already is not put off' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER registry_delay_guard BEFORE INSERT ON registry_delayedbatch
    FOR EACH ROW EXECUTE FUNCTION registry_delay_guard();
CREATE FUNCTION registry_delayed_look_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM written JOIN registry_delayedbatch USING (batch) JOIN registry_delay AS delay ON delay.id = delay_id
        WHERE (written.viewer_id, written.audience, written.purpose) IS DISTINCT FROM
            (delay.asked_by_id, delay.audience, delay.purpose) OR written."on" NOT BETWEEN delay.decided_on AND delay.until
    ) THEN
        RAISE EXCEPTION 'the delay is for other looks' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER registry_delayed_look_guard AFTER INSERT ON registry_look
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION registry_delayed_look_guard()
"""
NO_DELAY_GUARDS = """
DROP TRIGGER registry_delayed_look_guard ON registry_look;
DROP FUNCTION registry_delayed_look_guard();
DROP TRIGGER registry_delay_guard ON registry_delayedbatch;
DROP FUNCTION registry_delay_guard()
"""

# What the planner must know of the projection. Audience and purpose go together: as if they were independent, a cell would be thought
# much smaller than it is. Each key begins with the tag of its cell, so that there are as many different keys as cells times those of
# one, and a hundred of them are too few.
STATISTICS = """
CREATE STATISTICS disclosed_cells (mcv) ON audience, purpose FROM registry_disclosed;
ALTER TABLE registry_disclosed ALTER COLUMN keys SET STATISTICS 1000
"""
USUAL_STATISTICS = """
ALTER TABLE registry_disclosed ALTER COLUMN keys SET STATISTICS -1;
DROP STATISTICS disclosed_cells
"""


class Migration(migrations.Migration):
    # The last alone: a database that stopped before it is refused with an error, and not taken for one that has all of this.
    replaces = [("registry", "0026_partners")]

    dependencies = [("registry", "0001_tables")]

    operations = [
        migrations.RunSQL(ONLY_ACTIVE, NOT_ONLY_ACTIVE),
        migrations.RunSQL(OUTSIDE, NO_OUTSIDE),
        migrations.RunSQL(WRITE_ONLY, NOT_WRITE_ONLY),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
        migrations.RunSQL(WRITTEN_ONCE, WRITTEN_OFTEN),
        migrations.RunSQL(ONLY_THESE_COLUMNS, ALL_COLUMNS),
        migrations.RunSQL(AGREEMENT_WRITTEN_ONCE, AGREEMENT_NOT_WRITTEN_ONCE),
        migrations.RunSQL(CHAIN, NO_CHAIN),
        migrations.RunSQL(ERASE, NO_ERASE),
        migrations.RunSQL(DELAY_GUARDS, NO_DELAY_GUARDS),
        migrations.RunSQL(STATISTICS, USUAL_STATISTICS),
    ]
