"""Each key of a projected row begins with the tag of its cell (`disclosure.tag`), so that an index of keys finds rows of this cell alone."""

from django.db import migrations, models

TAGGED = """
UPDATE registry_disclosed SET keys = ARRAY(
    SELECT left(md5(audience || '|' || purpose), 8) || ':' || key FROM unnest(array_append(keys, '')) AS key ORDER BY key COLLATE "C"
)
"""
UNTAGGED = """
UPDATE registry_disclosed SET keys = ARRAY(
    SELECT substr(key, 10) FROM unnest(keys) AS key WHERE length(key) > 9 ORDER BY key COLLATE "C"
)
"""
# With a tag there are as many different keys as cells times those of one; the planner needs to know more than a hundred of them.
STATISTICS = "ALTER TABLE registry_disclosed ALTER COLUMN keys SET STATISTICS 1000"
USUAL_STATISTICS = "ALTER TABLE registry_disclosed ALTER COLUMN keys SET STATISTICS -1"


class Migration(migrations.Migration):
    dependencies = [("registry", "0023_look_tokens")]

    operations = [
        migrations.RunSQL(TAGGED, UNTAGGED),
        migrations.RunSQL(STATISTICS, USUAL_STATISTICS),
        migrations.RemoveIndex(model_name="disclosed", name="disclosed_by_name"),
        migrations.AddIndex(
            model_name="disclosed",
            index=models.Index(
                fields=["audience", "purpose", "legal_name", "ref"], include=("valid_from", "valid_until"), name="disclosed_by_name"
            ),
        ),
    ]
