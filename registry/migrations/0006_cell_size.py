"""How many rows a whole cell has, by a function that plans the question once a connection.

It is what every list without a filter asks first, and finding the cell's partition took longer than counting.
"""

from django.db import migrations

# The twin of `DisclosedQuerySet.cell`, for whoever calls it: it gives no right that the caller has not.
CELL_SIZE = """
CREATE FUNCTION registry_cell_size(whose text, what_for text, looking uuid, on_day date, most integer) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN (
        SELECT count(*) FROM (
            SELECT FROM registry_disclosed
            WHERE audience = whose AND purpose = what_for AND valid_from <= on_day AND valid_until >= on_day
                AND (whose <> 'associations' OR shown_to = looking
                    OR looking IS NOT NULL AND shown_to IS NULL AND (hidden_from @> ARRAY[looking]) IS NOT TRUE)
            LIMIT most
        ) AS found
    );
END $$;
"""
NO_CELL_SIZE = "DROP FUNCTION registry_cell_size(text, text, uuid, date, integer);"


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_shown")]

    operations = [migrations.RunSQL(CELL_SIZE, NO_CELL_SIZE)]
