"""What is written of an agreement stays: the text for ever, a signature once it is there, everything once the version is over.

The rights of `0002_rights` keep the application from rewriting the text; this keeps every login from it, the tables' owner too, unless
it takes the trigger away. And no version is signed without a seal.
"""

from django.db import migrations

RIGHTS = """
GRANT UPDATE (sent_at, suspended_by, signature, receipt) ON registry_agreementversion TO portal_app
"""
NO_RIGHTS = """
REVOKE UPDATE (sent_at, suspended_by, signature, receipt) ON registry_agreementversion FROM portal_app
"""

WRITTEN_ONCE = """
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
NOT_WRITTEN_ONCE = """
DROP TRIGGER registry_agreement_written_once ON registry_agreementversion;
DROP FUNCTION registry_agreement_written_once()
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_agreement_lifecycle")]

    operations = [
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
        migrations.RunSQL(WRITTEN_ONCE, NOT_WRITTEN_ONCE),
    ]
