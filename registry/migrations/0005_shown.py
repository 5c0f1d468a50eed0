"""A line of the ledger may tell of entries that showed different fields: an export of 6,000 entries had thousands of lines before.
Two indexes more for what a firm narrows its ledger by.

Lines that are there stay as they are, and so do their links: only a line that says who showed what is hashed with that.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

FITS = "ALTER TABLE registry_look ADD CONSTRAINT shown_fits_entries CHECK (cardinality(shown) = cardinality(entry_ids))"
DOES_NOT_FIT = "ALTER TABLE registry_look DROP CONSTRAINT shown_fits_entries"

# What a line says of some of its entries; of all of them together `fields` says it.
SEEN = """
CREATE FUNCTION registry_fields_seen(fields varchar[], entry_ids uuid[], shown bigint[], own uuid[]) RETURNS varchar[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public AS $$
    SELECT ARRAY(
        SELECT name
        FROM unnest(fields) WITH ORDINALITY AS each_field (name, place),
            (SELECT bit_or(shown[array_position(entry_ids, entry_id)]) AS mask FROM unnest(own) AS entry_id) AS together
        WHERE (together.mask >> (place::integer - 1)) & 1 = 1
        ORDER BY place
    )
$$
"""
NOT_SEEN = "DROP FUNCTION registry_fields_seen(varchar[], uuid[], bigint[], uuid[])"

ALL = """{row}id, {row}batch, {row}institution, {row}institution_kind, {row}viewer_id, {row}audience, {row}purpose, {row}reason,
            array_to_string({row}fields, ' '), {row}"on", {row}kind, array_to_string({row}entry_ids, ' ')"""
LINE = f"json_build_array({ALL})::text"
LINE_WITH_SHOWN = f"""(CASE WHEN {{row}}shown IS NULL THEN json_build_array({ALL})
            ELSE json_build_array({ALL}, array_to_string({{row}}shown, ' ')) END)::text"""

CHAIN = """
CREATE OR REPLACE FUNCTION registry_look_line(look registry_look) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
    SELECT {of_look}
$$;
CREATE OR REPLACE FUNCTION registry_look_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
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
        encode(sha256(convert_to(before || E'\\n' || string_agg({of_row}, E'\\n' ORDER BY id), 'UTF8')), 'hex')
    FROM written;
    RETURN NULL;
END $$
"""
KEEP = """
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM registry_look WHERE shown IS NOT NULL) THEN
        RAISE 'Lines of the ledger say which entry showed which field. Without the column they would say it of none.';
    END IF;
END $$
"""


def _chain(line: str) -> str:
    return CHAIN.format(of_look=line.format(row="look."), of_row=line.format(row=""))


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_suggestions")]

    operations = [
        migrations.AddField(
            model_name="look",
            name="shown",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
        migrations.AddIndex(model_name="look", index=models.Index(fields=["kind"], name="look_by_kind")),
        migrations.AddIndex(model_name="look", index=models.Index(fields=["purpose"], name="look_by_purpose")),
        migrations.RunSQL(migrations.RunSQL.noop, KEEP),
        migrations.RunSQL(FITS, DOES_NOT_FIT),
        migrations.RunSQL(SEEN, NOT_SEEN),
        migrations.RunSQL(_chain(LINE_WITH_SHOWN), _chain(LINE)),
    ]
