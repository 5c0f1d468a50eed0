"""What a firm and the focal point wrote to each other about a look stays as it was written."""

from django.db import migrations

RIGHTS = """
REVOKE UPDATE, DELETE ON registry_lookmessage FROM portal_app;
REVOKE DELETE ON registry_lookquestion FROM portal_app
"""
NO_RIGHTS = """
GRANT UPDATE, DELETE ON registry_lookmessage TO portal_app;
GRANT DELETE ON registry_lookquestion TO portal_app
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_look_questions")]

    operations = [migrations.RunSQL(RIGHTS, NO_RIGHTS)]
