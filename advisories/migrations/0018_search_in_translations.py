"""Translations are searched as well; and of what is not in English words are kept as they are written.

The forms of English words were taken off all words before, so that the beginning of one in another language could find nothing.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchConfig, SearchVector, SearchVectorField
from django.db import migrations, models
from django.db.models import Case, When

FORMS = Case(When(language="en", then=SearchConfig("english")), default=SearchConfig("simple"))
OF_ORIGINAL = (
    SearchVector("title", config=FORMS, weight="A")
    + SearchVector("summary", config=FORMS, weight="B")
    + SearchVector("body", "what_to_do", config=FORMS, weight="C")
)
OF_TRANSLATION = SearchVector("title", "summary", "body", "what_to_do", config=FORMS)


def searched(expression):
    return models.GeneratedField(db_persist=True, expression=expression, output_field=SearchVectorField())


class Migration(migrations.Migration):
    dependencies = [("advisories", "0017_logos")]

    operations = [
        migrations.RemoveIndex(model_name="advisory", name="advisory_search"),
        migrations.RemoveField(model_name="advisory", name="search"),
        migrations.AddField(model_name="advisory", name="search", field=searched(OF_ORIGINAL)),
        migrations.AddIndex(model_name="advisory", index=GinIndex(fastupdate=False, fields=["search"], name="advisory_search")),
        migrations.AddField(model_name="translation", name="search", field=searched(OF_TRANSLATION)),
        migrations.AddIndex(
            model_name="translation", index=GinIndex(fastupdate=False, fields=["search"], name="translation_search")
        ),
    ]
