"""What an entry says in full: more identifiers, activities, markets, control entries, certificates, compliance, memberships."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
from django.db import migrations, models

import organisations.validators

# A line of the old text becomes a certificate of that scheme, in the truth and in what is projected of it.
CERTIFICATES = """
ALTER TABLE {table} ADD COLUMN certificates jsonb;
UPDATE {table} SET certificates = coalesce(
    (SELECT jsonb_agg(jsonb_build_object('scheme', btrim(line), 'number', '', 'valid_until', '') ORDER BY place)
     FROM regexp_split_to_table(certifications, E'[\\r\\n]+') WITH ORDINALITY AS lines (line, place) WHERE btrim(line) <> ''), '[]')
WHERE certifications IS NOT NULL;
ALTER TABLE {table} DROP COLUMN certifications;
ALTER TABLE {table} RENAME COLUMN certificates TO certifications
"""
TEXT = """
ALTER TABLE {table} ADD COLUMN lines text;
UPDATE {table} SET lines = coalesce(
    (SELECT string_agg(certificate ->> 'scheme', E'\\n' ORDER BY place)
     FROM jsonb_array_elements(certifications) WITH ORDINALITY AS held (certificate, place)), '')
WHERE certifications IS NOT NULL;
ALTER TABLE {table} DROP COLUMN certifications;
ALTER TABLE {table} RENAME COLUMN lines TO certifications
"""
NOT_NULL = "ALTER TABLE registry_entry ALTER COLUMN certifications SET NOT NULL"

# The keys by which rows are found, made of what each row shows, as `services.projection` makes them.
KEYS = """
WITH RECURSIVE above AS (
    SELECT code AS own, code, parent_id FROM catalogue_segment
    UNION
    SELECT above.own, segment.code, segment.parent_id
    FROM above JOIN catalogue_segment AS segment ON segment.id = above.parent_id
), activity AS (
    SELECT shown.id, said ->> 'role' AS role, above.code
    FROM registry_disclosed AS shown, jsonb_array_elements(shown.segments) AS said
    JOIN above ON above.own = said ->> 'code'
), key AS (
    SELECT id, 'segment:' || code AS key FROM activity
    UNION SELECT id, 'role:' || role FROM activity
    UNION SELECT id, 'role:' || role || ':' || code FROM activity
    UNION SELECT id, 'region:' || left(region, length) FROM registry_disclosed, generate_series(2, length(region)) AS length
    UNION SELECT id, 'size_band:' || size_band FROM registry_disclosed WHERE size_band IS NOT NULL
)
UPDATE registry_disclosed AS shown SET keys = (SELECT array_agg(key ORDER BY key COLLATE "C") FROM key WHERE key.id = shown.id)
WHERE EXISTS (SELECT FROM key WHERE key.id = shown.id)
"""


def certifications(model, field):
    table = f"registry_{model}"
    extra = [(NOT_NULL, migrations.RunSQL.noop)] if model == "entry" else []
    return migrations.SeparateDatabaseAndState(
        [
            migrations.RunSQL(CERTIFICATES.format(table=table), TEXT.format(table=table)),
            *(migrations.RunSQL(forwards, backwards) for forwards, backwards in extra),
        ],
        [migrations.AlterField(model_name=model, name="certifications", field=field)],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_tokens_and_readers"),
        ("registry", "0002_rights"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="disclosed",
            name="disclosed_by_segment",
        ),
        migrations.RemoveField(
            model_name="disclosed",
            name="segment_codes",
        ),
        migrations.AddField(
            model_name="disclosed",
            name="compliance",
            field=models.CharField(max_length=10, null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="control_entries",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="eori",
            field=models.CharField(max_length=17, null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="keys",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="lei",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="markets",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="memberships",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="nace",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="other_regions",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="partners",
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="ror",
            field=models.CharField(max_length=9, null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="trading_names",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="unit_name",
            field=models.CharField(max_length=200, null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="vat_number",
            field=models.CharField(max_length=20, null=True),
        ),
        migrations.AddField(
            model_name="disclosed",
            name="willingness",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="entry",
            name="compliance",
            field=models.CharField(
                blank=True,
                choices=[
                    ("none", "None: we look at each case as it comes"),
                    ("basic", "Basic: somebody is in charge and screens orders"),
                    ("documented", "Documented: written procedures, training and records"),
                    ("audited", "Audited: somebody independent checks that the procedures are followed"),
                ],
                max_length=10,
                verbose_name="compliance programme",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="control_entries",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name="control entries"
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="eori",
            field=models.CharField(blank=True, max_length=17, verbose_name="EORI number"),
        ),
        migrations.AddField(
            model_name="entry",
            name="lei",
            field=models.CharField(blank=True, max_length=20, verbose_name="legal entity identifier"),
        ),
        migrations.AddField(
            model_name="entry",
            name="markets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("154", "Northern Europe"),
                        ("155", "Western Europe"),
                        ("039", "Southern Europe and the Balkans"),
                        ("151", "Eastern Europe"),
                        ("145", "Western Asia: the Gulf, the Levant, Turkey, the Caucasus"),
                        ("143", "Central Asia"),
                        ("034", "Southern Asia"),
                        ("030", "Eastern Asia"),
                        ("035", "South-eastern Asia"),
                        ("015", "Northern Africa"),
                        ("202", "Africa south of the Sahara"),
                        ("021", "Northern America"),
                        ("419", "Latin America and the Caribbean"),
                        ("009", "Oceania"),
                    ],
                    max_length=3,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="markets",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="memberships",
            field=models.ManyToManyField(blank=True, related_name="+", to="organisations.organisation", verbose_name="memberships"),
        ),
        migrations.AddField(
            model_name="entry",
            name="nace",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=5), blank=True, default=list, size=None, verbose_name="economic activities"
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="other_regions",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=5), blank=True, default=list, size=None, verbose_name="other regions"
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="partners",
            field=models.TextField(
                blank=True,
                validators=[django.core.validators.MaxLengthValidator(2000), organisations.validators.plain_text],
                verbose_name="research partners",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="ror",
            field=models.CharField(blank=True, max_length=9, verbose_name="ROR id"),
        ),
        migrations.AddField(
            model_name="entry",
            name="trading_names",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=200, validators=[organisations.validators.plain_text]),
                blank=True,
                default=list,
                size=None,
                verbose_name="trading names",
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="unit_name",
            field=models.CharField(
                blank=True, max_length=200, validators=[organisations.validators.plain_text], verbose_name="unit"
            ),
        ),
        migrations.AddField(
            model_name="entry",
            name="vat_number",
            field=models.CharField(blank=True, max_length=20, verbose_name="VAT number"),
        ),
        migrations.AddField(
            model_name="entry",
            name="willingness",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("expert-panel", "Sit on an expert panel"),
                        ("consultations", "Answer consultations before rules change"),
                        ("pilot", "Try new services of the focal point in a pilot"),
                    ],
                    max_length=20,
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="willingness",
            ),
        ),
        certifications("disclosed", models.JSONField(null=True)),
        certifications("entry", models.JSONField(blank=True, default=list, verbose_name="certifications")),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="disclosed",
            index=django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="disclosed_by_keys"),
        ),
    ]
