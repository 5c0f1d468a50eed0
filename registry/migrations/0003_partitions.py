"""The projection in a table for each audience, so that the planner knows each by itself and a reader's rows lie together.

The columns, names and rights stay. An audience that is new to the catalogue needs a partition of its own. By purpose as well there would
be 70 of them, and one withdrawal would take more locks than a server keeps by default (`max_locks_per_transaction`).
"""

from django.db import migrations

AUDIENCES = (
    "focal-point-outreach",
    "licensing",
    "investment-screening",
    "policy",
    "threat-monitoring",
    "associations",
    "listed-firms",
    "business-promotion",
    "partner-government",
    "public",
)

# PostgreSQL 15 and 16 know no identity on such a table, so that the ids come from a sequence.
BEGIN = """
CREATE TABLE registry_disclosed_anew (LIKE registry_disclosed INCLUDING DEFAULTS INCLUDING CONSTRAINTS) {partitioned};
"""
PARTITION = """
CREATE TABLE registry_disclosed_{name} PARTITION OF registry_disclosed_anew FOR VALUES IN ('{audience}');
REVOKE ALL ON registry_disclosed_{name} FROM portal_app;
"""
MOVE = """
CREATE SEQUENCE IF NOT EXISTS registry_disclosed_ids;
ALTER SEQUENCE registry_disclosed_ids OWNED BY registry_disclosed_anew.id;
SELECT setval('registry_disclosed_ids', (SELECT coalesce(max(id), 0) + 1 FROM registry_disclosed), false);
INSERT INTO registry_disclosed_anew SELECT * FROM registry_disclosed;
DROP TABLE registry_disclosed;
ALTER TABLE registry_disclosed_anew RENAME TO registry_disclosed;
ALTER TABLE registry_disclosed ALTER id SET DEFAULT nextval('registry_disclosed_ids');
"""
END = """
ALTER TABLE registry_disclosed
    ADD PRIMARY KEY ({key}),
    ADD CONSTRAINT one_disclosed_row_per_ref UNIQUE NULLS NOT DISTINCT (audience, purpose, ref, shown_to),
    ADD CONSTRAINT one_disclosed_row_per_cell UNIQUE NULLS NOT DISTINCT (entry_id, audience, purpose, shown_to),
    ADD CONSTRAINT disclosed_version_is_active FOREIGN KEY (agreement_version_id, is_active)
    REFERENCES registry_agreementversion (id, is_active),
    ADD CONSTRAINT disclosed_entry_is_current FOREIGN KEY (entry_id, is_active)
    REFERENCES registry_entry (id, is_current);
CREATE INDEX disclosed_by_name ON registry_disclosed (audience, purpose, legal_name, ref)
    INCLUDE (valid_from, valid_until, shown_to, hidden_from);
CREATE INDEX disclosed_by_name_backwards ON registry_disclosed (audience, purpose, legal_name DESC NULLS LAST, ref);
CREATE INDEX disclosed_by_region ON registry_disclosed (audience, purpose, region, legal_name, ref);
CREATE INDEX disclosed_by_readiness ON registry_disclosed (audience, purpose, readiness DESC NULLS LAST, legal_name, ref);
CREATE INDEX disclosed_by_version ON registry_disclosed (agreement_version_id, is_active);
CREATE INDEX disclosed_by_keys_and_words ON registry_disclosed USING gin (keys, search);
ALTER TABLE registry_disclosed ALTER keys SET STATISTICS {keys};
REVOKE ALL ON registry_disclosed FROM portal_app;
GRANT INSERT, DELETE, SELECT (id, entry_id, agreement_version_id, audience, purpose) ON registry_disclosed TO portal_app;
GRANT SELECT ON registry_disclosed TO portal_disclosed;
"""

PARTITIONS = "".join(PARTITION.format(name=audience.replace("-", "_"), audience=audience) for audience in AUDIENCES)
# Each key begins with the tag of its cell, so that there are as many different ones as purposes times those of one cell.
PARTITIONED = (
    BEGIN.format(partitioned="PARTITION BY LIST (audience)") + PARTITIONS + MOVE + END.format(key="id, audience", keys=300)
)
WHOLE = (
    BEGIN.format(partitioned="")
    + MOVE
    + END.format(key="id", keys=1000)
    + "CREATE STATISTICS disclosed_cells (mcv) ON audience, purpose FROM registry_disclosed;"
)

# Every verb on an entry takes away its rows first. The plan, which looks into every partition, is made once a connection and not each
# time, which would take longer than the deletion.
HIDE = """
CREATE FUNCTION registry_hide(hidden uuid) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    DELETE FROM registry_disclosed WHERE entry_id = hidden;
END $$;
"""
NO_HIDE = "DROP FUNCTION registry_hide(uuid);"


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_guards")]

    operations = [
        migrations.RunSQL(PARTITIONED, WHOLE),
        migrations.RunSQL(HIDE, NO_HIDE),
    ]
