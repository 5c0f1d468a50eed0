"""A country's registry: entries and agreements drawn by a seed, and their projection written by set-based SQL.

The rows of a sample are written anew by the code that production uses and compared with it, column by column.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.core.management import call_command
from django.db import connections

from catalogue.models import Segment
from organisations.models import User
from registry import disclosure, identifiers
from registry.disclosure import Audience, Field, Purpose, Rule
from registry.models import ActivityRole, Compliance, Entry, SizeBand, Willingness
from registry.services.projection import project

SEED = 20261128
RULE_SETS = 300
SAMPLE = 200
AUDIENCES = (
    Audience.FOCAL_POINT,
    Audience.LICENSING,
    Audience.POLICY,
    Audience.ASSOCIATIONS,
    Audience.LISTED_FIRMS,
    Audience.PUBLIC,
)
PURPOSES = (
    Purpose.OUTREACH,
    Purpose.EXPERT_CONSULTATION,
    Purpose.STATISTICS,
    Purpose.MATCHMAKING,
    Purpose.BUSINESS_PROMOTION,
)
# The cell that is measured: every agreement allows it something; the others are allowed one in ten.
AUDIENCE, PURPOSE = Audience.FOCAL_POINT, Purpose.OUTREACH
OTHER_CELLS = 0.1
REGIONS = ("EE001", "EE001", "EE001", "EE008", "EE009", "EE00A", "LV006", "LT011", "FI1B1", "SE110")
ACTIVITIES = ("26.11", "26.51", "27.12", "28.41", "62.10", "71.12", "72.10", "30.31", "20.13", "46.50")
MARKETS = ("150", "021", "142", "002", "019", "145")
CODES = ("3A001.a.5", "3A001.b", "5A002.a", "6A003.b.4", "6A005.a.1", "9A012.a")
SCHEMES = ("ISO 9001", "ISO 27001", "AQAP 2110", "ISO 14001")
JSON_FIELDS = frozenset(
    {
        Field.TRADING_NAMES,
        Field.OTHER_REGIONS,
        Field.NACE,
        Field.SEGMENTS,
        Field.CONTROL_ENTRIES,
        Field.MARKETS,
        Field.CERTIFICATIONS,
        Field.WILLINGNESS,
    }
)


def fill(entries: int, *, by: User, other: User, today: date) -> None:
    """Make the entries, agreements in force and what they disclose; raises RuntimeError where the sample differs."""
    call_command("load_catalogue", verbosity=0)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'; SELECT setseed(0.20261128)")
        cursor.execute(FUNCTIONS)
        _lookups(cursor)
        _secrets(cursor, entries)
        names = {"entries": entries, "sets": RULE_SETS, "by": by.pk, "other": other.pk, "today": today}
        lists = {
            "words": [f"word{number}" for number in range(2000)],
            "firsts": [
                f"{first}{last}"
                for first in ["Aru", "Balt", "Cor", "Dela", "Esto", "Fin", "Gal", "Hel", "Inno", "Jur"]
                for last in _ENDS
            ],
            "lasts": ["Photonics", "Robotics", "Sensors", "Systems", "Materials", "Software", "Marine", "Aero", "Energy", "Bio"],
            "sizes": SizeBand.values,
            "regions": list(REGIONS),
            "activities": list(ACTIVITIES),
            "markets": list(MARKETS),
            "codes": list(CODES),
            "compliances": ["", *Compliance.values],
            "willing": Willingness.values,
            "roles": ActivityRole.values,
            "schemes": list(SCHEMES),
        }
        for statement in ENTRIES:
            cursor.execute(statement, names | lists)
        with _bare(cursor, "registry_disclosed"):
            cursor.execute(_projection())
        cursor.execute("DROP TABLE bench_value, bench_secret, bench_above, bench_terms, bench_cell, bench_segment")
    _check_sample(entries)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


_ENDS = ["nia", "via", "tec", "lab", "nor", "sol", "mar", "tis", "rix", "dor"]


def rule_sets() -> Iterator[dict[str, Any]]:
    """Terms drawn over fields, audiences and purposes, some with a prohibition."""
    chance = random.Random(SEED)
    for _number in range(RULE_SETS):
        rules = [
            Rule(field, audience, purpose)
            for audience in AUDIENCES
            for purpose in PURPOSES
            if (is_measured := (audience, purpose) == (AUDIENCE, PURPOSE)) or chance.random() < OTHER_CELLS
            for field in Field
            if chance.random() < (0.8 if is_measured else 0.5)
        ]
        rules.append(Rule(Field.REGION, AUDIENCE, PURPOSE))  # so that every agreement allows that cell something
        if chance.random() < 0.2:
            field = chance.choice([field for field in Field if field != Field.REGION])
            rules.append(Rule(field, disclosure.ANY, disclosure.ANY, disclosure.PROHIBIT))
        yield disclosure.write(rules)


def _lookups(cursor: Any) -> None:
    """What a code lies in, and what each set of rules compiles to."""
    cursor.execute(
        "CREATE TABLE bench_above (kind text, code text, keys text[]); CREATE TABLE bench_terms (number int, terms jsonb);"
        "CREATE TABLE bench_cell (number int, audience text, purpose text, fields text[]);"
        "CREATE TABLE bench_segment (place serial, id bigint, code text, label text, above text[])"
    )
    above = [("region", code, [f"region:{each}" for each in identifiers.regions_above(code)]) for code in sorted(set(REGIONS))]
    above += [("nace", code, [f"nace:{each}" for each in identifiers.activities_above(code)]) for code in ACTIVITIES]
    cursor.executemany("INSERT INTO bench_above VALUES (%s, %s, %s)", above)
    segments = {segment.pk: segment for segment in Segment.objects.order_by("code")}
    for segment in segments.values():
        codes, held = [], segment
        while held:
            codes.append(held.code)
            held = segments.get(held.parent_id)
        cursor.execute(
            "INSERT INTO bench_segment (id, code, label, above) VALUES (%s, %s, %s, %s)",
            [segment.pk, segment.code, segment.label, codes],
        )
    for number, terms in enumerate(rule_sets()):
        cursor.execute("INSERT INTO bench_terms VALUES (%s, %s)", [number, json.dumps(terms)])
        for (audience, purpose), fields in disclosure.compile(terms).items():
            cursor.execute("INSERT INTO bench_cell VALUES (%s, %s, %s, %s)", [number, audience, purpose, sorted(fields)])


def _secrets(cursor: Any, entries: int) -> None:
    """The secret of each entry, and its two padded keys of RFC 2104, from which SQL makes an HMAC with its `sha256`."""
    inner, outer = (bytes(value ^ pad for value in range(256)) for pad in (0x36, 0x5C))
    lines = io.StringIO()
    for number in range(1, entries + 1):
        secret = hashlib.sha256(f"secret {number}".encode()).digest()
        padded = secret.ljust(64, b"\0")
        keys = (secret, padded.translate(inner), padded.translate(outer))
        lines.write("\t".join([str(number), *(f"\\\\x{key.hex()}" for key in keys)]) + "\n")
    lines.seek(0)
    cursor.execute("CREATE TABLE bench_secret (number int, secret bytea, inner_key bytea, outer_key bytea)")
    cursor.copy_expert("COPY bench_secret FROM STDIN", lines)


FUNCTIONS = """
CREATE FUNCTION pg_temp.one_of(these text[]) RETURNS text LANGUAGE sql VOLATILE
    AS 'SELECT these[1 + floor(random() * cardinality(these))::int]';
CREATE FUNCTION pg_temp.id_of(kind text, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS 'SELECT md5(kind || number)::uuid';
"""

# A list of up to three, drawn for each row: the limit names the row, so that the draw is not made once for all.
_SOME = "ARRAY(SELECT DISTINCT pg_temp.one_of(%({name})s) FROM generate_series(1, (n + floor(random() * 4)::int) %% 4))"
# Words of which the first are common and the last rare, as in any language (Zipf's law).
_PROSE = "(SELECT string_agg((%(words)s::text[])[1 + floor(2000 * random() ^ 3)::int], ' ') FROM generate_series(1, 8 + n * 0))"

ENTRIES = (
    """
    INSERT INTO organisations_organisation
        (id, kind, name, short_name, functions, is_focal_point, country, registration_number, website, created_at)
    SELECT pg_temp.id_of('firm', n), 'firm', 'Firm ' || n, '', '{}', false, 'EE', n::text, '', now()
    FROM generate_series(1, %(entries)s) AS n
    """,
    f"""
    INSERT INTO registry_entry
        (id, organisation_id, legal_name, unit_name, trading_names, country, registration_number, vat_number, lei, eori, ror,
         size_band, region, other_regions, nace, products, control_entries, markets, certifications, compliance, partners,
         willingness, website, contact_email, pairwise_secret, created_at, confirmed_on, is_current)
    SELECT pg_temp.id_of('entry', n), pg_temp.id_of('firm', n),
        pg_temp.one_of(%(firsts)s) || ' ' || pg_temp.one_of(%(lasts)s) || ' ' || n, '',
        CASE WHEN random() < 0.3 THEN ARRAY[pg_temp.one_of(%(firsts)s)] ELSE '{{}}' END, 'EE', n::text,
        CASE WHEN random() < 0.8 THEN 'EE' || lpad(n::text, 9, '1') ELSE '' END, '', '', '',
        (%(sizes)s::text[])[1 + floor(4 * random() ^ 3)::int], pg_temp.one_of(%(regions)s),
        CASE WHEN random() < 0.2 THEN ARRAY[pg_temp.one_of(%(regions)s)] ELSE '{{}}' END,
        {_SOME.format(name="activities")}, {_PROSE}, {_SOME.format(name="codes")}, {_SOME.format(name="markets")},
        CASE WHEN random() < 0.4 THEN jsonb_build_array(jsonb_build_object(
            'scheme', pg_temp.one_of(%(schemes)s), 'number', n::text, 'valid_until', '')) ELSE '[]' END,
        pg_temp.one_of(%(compliances)s), CASE WHEN random() < 0.2 THEN pg_temp.one_of(%(words)s) ELSE '' END,
        {_SOME.format(name="willing")}, 'https://firm' || n || '.example/', 'trade@firm' || n || '.example', secret, now(),
        %(today)s::date - floor(random() * 360)::int, true
    FROM bench_secret, LATERAL (SELECT number AS n) AS drawn
    """,  # noqa: S608  of our own words
    """
    INSERT INTO registry_entrysegment (entry_id, segment_id, role, readiness)
    SELECT DISTINCT ON (1, 2, 3) pg_temp.id_of('entry', n), id, role, readiness
    FROM (
        SELECT n, 1 + floor(random() ^ 2 * (SELECT max(place) FROM bench_segment))::int AS place,
            pg_temp.one_of(%(roles)s) AS role, nullif(floor(random() * 10)::int, 0) AS readiness
        FROM generate_series(1, %(entries)s) AS n, generate_series(1, 2)
    ) AS drawn JOIN bench_segment USING (place)
    """,
    """
    INSERT INTO registry_agreement (id, entry_id, created_at)
    SELECT pg_temp.id_of('agreement', n), pg_temp.id_of('entry', n), now() FROM generate_series(1, %(entries)s) AS n
    """,
    """
    INSERT INTO registry_agreementversion
        (id, agreement_id, number, terms, valid_from, valid_until, sha256, state, is_active, side, offered_by_id, offered_at,
         signed_by_id, signed_at, countersigned_by_id, countersigned_at, suspended_by)
    SELECT pg_temp.id_of('version', n), pg_temp.id_of('agreement', n), 1, terms, %(today)s::date - n %% 300,
        %(today)s::date + 30 + n %% 300, repeat('0', 64), 'active', true, 'firm', %(by)s, now(), %(by)s, now(), %(other)s, now(), ''
    FROM generate_series(1, %(entries)s) AS n JOIN bench_terms ON number = n %% %(sets)s
    """,
    # The values of each entry as its rows show them, and the keys and words of each.
    """
    CREATE UNLOGGED TABLE bench_value AS
    SELECT s.number, e.id AS entry_id, pg_temp.id_of('version', s.number) AS version_id, v.valid_from, v.valid_until,
        s.inner_key, s.outer_key, date_trunc('month', e.confirmed_on)::date AS confirmed_in,
        nullif(legal_name, '') AS legal_name, nullif(unit_name, '') AS unit_name, trading_names AS trading_list,
        nullif(to_jsonb(trading_names), '[]') AS trading_names, country || ' ' || registration_number AS registration_number,
        nullif(vat_number, '') AS vat_number, nullif(lei, '') AS lei, nullif(eori, '') AS eori, nullif(ror, '') AS ror,
        nullif(size_band, '') AS size_band, nullif(region, '') AS region, nullif(to_jsonb(other_regions), '[]') AS other_regions,
        nullif(to_jsonb(nace), '[]') AS nace, a.segments, a.readiness, nullif(products, '') AS products,
        nullif(to_jsonb(control_entries), '[]') AS control_entries, nullif(to_jsonb(markets), '[]') AS markets,
        nullif(certifications, '[]') AS certifications, certifications -> 0 ->> 'scheme' AS scheme,
        nullif(compliance, '') AS compliance, NULL::jsonb AS memberships, NULL::jsonb AS people, nullif(partners, '') AS partners,
        nullif(to_jsonb(willingness), '[]') AS willingness, nullif(website, '') AS website,
        nullif(contact_email, '') AS contact_email, ARRAY(
            SELECT unnest(ARRAY['role:' || role, 'segment:' || above_it, 'role:' || role || ':' || above_it])
            FROM registry_entrysegment JOIN bench_segment AS g ON g.id = segment_id, unnest(above) AS above_it
            WHERE entry_id = e.id
        ) AS keys_of_segments,
        (SELECT keys FROM bench_above WHERE kind = 'region' AND code = region) AS keys_of_region,
        ARRAY(SELECT unnest(keys) FROM bench_above WHERE kind = 'region' AND code = ANY (other_regions)) AS keys_of_other_regions,
        ARRAY(SELECT unnest(keys) FROM bench_above WHERE kind = 'nace' AND code = ANY (nace)) AS keys_of_nace,
        ARRAY(SELECT 'markets:' || each FROM unnest(markets) AS each) AS keys_of_markets,
        ARRAY(SELECT 'willingness:' || each FROM unnest(willingness) AS each) AS keys_of_willingness,
        ARRAY(SELECT 'control_entries:' || each FROM unnest(control_entries) AS each) AS keys_of_control_entries,
        ARRAY['size_band:' || size_band] AS keys_of_size_band,
        CASE WHEN compliance <> '' THEN ARRAY['compliance:' || compliance] END AS keys_of_compliance
    FROM bench_secret AS s
    JOIN registry_entry AS e ON e.id = pg_temp.id_of('entry', s.number)
    JOIN registry_agreementversion AS v ON v.id = pg_temp.id_of('version', s.number)
    LEFT JOIN (
        SELECT entry_id, max(readiness) AS readiness,
            jsonb_agg(jsonb_build_object('code', code, 'label', label, 'role', role) ORDER BY code, role) AS segments
        FROM registry_entrysegment JOIN bench_segment AS g ON g.id = segment_id
        GROUP BY entry_id
    ) AS a ON a.entry_id = e.id
    """,
)


def _projection() -> str:
    """The statement that writes what `services.projection` writes for each cell of each entry."""
    shown = {str(field): f"CASE WHEN '{field}' = ANY (c.fields) THEN v.{field} END" for field in Field}
    bare = "jsonb_set(v.certifications, '{0,number}', '\"\"')"
    shown["certifications"] = (
        f"CASE WHEN 'certifications' = ANY (c.fields) THEN CASE WHEN 'legal_name' = ANY (c.fields) "
        f"THEN v.certifications ELSE {bare} END END"
    )
    keyed = ("segments", "region", "other_regions", "nace", "markets", "willingness", "control_entries", "size_band", "compliance")
    keys = " || ".join(f"CASE WHEN '{name}' = ANY (c.fields) THEN v.keys_of_{name} END" for name in keyed)

    def words(weight: str, *parts: tuple[str, str]) -> str:
        each = ", ".join(f"CASE WHEN '{field}' = ANY (c.fields) THEN {value} END" for field, value in parts)
        return f"setweight(to_tsvector('english', concat_ws(' ', {each})), '{weight}')"

    names = (("legal_name", "v.legal_name"), ("unit_name", "v.unit_name"))
    search = " || ".join(
        [
            words("A", *names, ("trading_names", "nullif(array_to_string(v.trading_list, ' '), '')")),
            words("B", ("products", "v.products")),
            words("C", ("certifications", "v.scheme"), ("partners", "v.partners")),
        ]
    )
    return f"""
    INSERT INTO registry_disclosed (ref, audience, purpose, entry_id, agreement_version_id, is_active, valid_from, valid_until,
        fields, keys, evidence, confirmed_in, search, {", ".join(shown)})
    SELECT
        CASE WHEN 'legal_name' = ANY (c.fields) THEN v.entry_id ELSE (
            SELECT encode(set_byte(set_byte(mac, 6, get_byte(mac, 6) & 15 | 64), 8, get_byte(mac, 8) & 63 | 128), 'hex')::uuid
            FROM (SELECT substr(sha256(v.outer_key || sha256(
                v.inner_key || convert_to(c.audience || '|' || c.purpose, 'UTF8'))), 1, 16) AS mac) AS made
        ) END,
        c.audience, c.purpose, v.entry_id, v.version_id, true, v.valid_from, v.valid_until, c.fields,
        ARRAY(
            SELECT DISTINCT (left(md5(c.audience || '|' || c.purpose), {disclosure.TAG_LENGTH - 1}) || ':' || key) COLLATE "C"
            FROM unnest(array_append({keys}, '')) AS key ORDER BY 1
        ), '{{}}',
        CASE WHEN 'legal_name' = ANY (c.fields) THEN v.confirmed_in END, {search}, {", ".join(shown.values())}
    FROM bench_value AS v JOIN bench_cell AS c ON c.number = v.number % {RULE_SETS}
    """  # noqa: S608  of our own words


@contextmanager
def _bare(cursor: Any, table: str) -> Iterator[None]:
    """Load a table without its indexes and foreign keys, and make them again after."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'u')",
        [table],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
        [table],
    )
    indexes = cursor.fetchall()
    for name, _said in constraints:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _said in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, said in indexes:
        cursor.execute(said.replace(" ON ONLY ", " ON "))  # PostgreSQL says that of a table without its partitions
    for name, said in constraints:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {said}")


def _check_sample(entries: int) -> None:
    """Every column of the sample's rows, as the owner reads them, before and after production's own code has written them."""
    chosen = random.Random(SEED).sample(range(1, entries + 1), SAMPLE)
    ids = [hashlib.md5(f"entry{number}".encode(), usedforsecurity=False).hexdigest() for number in chosen]
    before = _rows(ids)
    for entry in Entry.objects.filter(pk__in=ids):
        project(entry=entry)
    after = _rows(ids)
    if not before or before != after:
        different = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]]
        raise RuntimeError(f"{len(before)} and {len(after)} rows, of which differ: {different[:1]}")


def _rows(ids: list[str]) -> list[Any]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(d) - 'id' - 'search', search::text FROM registry_disclosed AS d WHERE entry_id = ANY (%s::uuid[])"
            " ORDER BY entry_id, audience, purpose",
            [ids],
        )
        return cursor.fetchall()


def looks(entry: Entry, *, at_entry: int, elsewhere: int, viewer: User, today: date) -> None:
    """Write a ledger in which so many lines name the entry, among other lines."""
    with connections["owner"].cursor() as cursor, _bare(cursor, "registry_look"):
        cursor.execute(FUNCTIONS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
        whole, chunk = at_entry + elsewhere, 20_000
        for first in range(0, whole, chunk):
            cursor.execute(
                """
                INSERT INTO registry_look
                    (batch, institution, institution_kind, viewer_id, audience, purpose, reason, fields, "on", kind, entry_ids)
                SELECT pg_temp.id_of('batch', n), 'Agency ' || n %% 40, 'agency', %(viewer)s, 'licensing', 'outreach',
                    'A visit to a fair', '{legal_name,region,segments}', %(begin)s::date + (n * 1000::bigint / %(whole)s)::int,
                    'list', CASE WHEN n * %(at)s::bigint %% %(whole)s < %(at)s THEN ARRAY[%(entry)s::uuid] ELSE '{}' END
                        || pg_temp.id_of('entry', 1 + n %% 1000) || pg_temp.id_of('entry', 1001 + n %% 7000)
                FROM generate_series(%(first)s, %(first)s + %(chunk)s - 1) AS n WHERE n < %(whole)s
                """,
                {
                    "viewer": viewer.pk,
                    "begin": today - timedelta(days=1000),
                    "whole": whole,
                    "at": at_entry,
                    "entry": entry.pk,
                    "first": first,
                    "chunk": chunk,
                },
            )
