"""What the database itself refuses, whatever the application does."""

from django.db import migrations

COMPOSITE_KEY = """
ALTER TABLE registry_disclosed
    ADD CONSTRAINT disclosed_version_is_active FOREIGN KEY (agreement_version_id, is_active)
    REFERENCES registry_agreementversion (id, is_active)
"""
NO_COMPOSITE_KEY = "ALTER TABLE registry_disclosed DROP CONSTRAINT disclosed_version_is_active"

# Outside reads: the projection, and the ledger to write in. No table of the truth.
OUTSIDE = """
GRANT SELECT ON registry_disclosed TO portal_disclosed;
GRANT INSERT, SELECT (id) ON registry_look TO portal_disclosed
"""
NO_OUTSIDE = """
REVOKE ALL ON registry_disclosed FROM portal_disclosed;
REVOKE ALL ON registry_look FROM portal_disclosed
"""

# The application may write the projection but not read what it holds, so that no page can go round the gateway and its ledger.
WRITE_ONLY = """
REVOKE SELECT, UPDATE ON registry_disclosed FROM portal_app;
GRANT SELECT (id, entry_id, agreement_version_id, audience, purpose) ON registry_disclosed TO portal_app
"""
NOT_WRITE_ONLY = "GRANT SELECT, UPDATE ON registry_disclosed TO portal_app"

# The ledger and the histories are only ever added to; the text of an agreement is written once.
APPEND_ONLY = """
REVOKE UPDATE, DELETE ON registry_look, registry_agreementevent FROM portal_app;
REVOKE UPDATE ON registry_entrychange FROM portal_app;
REVOKE UPDATE, DELETE ON registry_agreementversion FROM portal_app;
GRANT UPDATE (state, is_active, signed_by_id, signed_at, countersigned_by_id, countersigned_at, ended_at)
    ON registry_agreementversion TO portal_app
"""
NOT_APPEND_ONLY = """
GRANT UPDATE, DELETE ON registry_look, registry_agreementevent, registry_agreementversion TO portal_app;
GRANT UPDATE ON registry_entrychange TO portal_app
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        migrations.RunSQL(COMPOSITE_KEY, NO_COMPOSITE_KEY),
        migrations.RunSQL(OUTSIDE, NO_OUTSIDE),
        migrations.RunSQL(WRITE_ONLY, NOT_WRITE_ONLY),
        migrations.RunSQL(APPEND_ONLY, NOT_APPEND_ONLY),
    ]
