"""A program of the focal point may suggest to firms that they meet, with a token made for it; older ones get no new power."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0001_tables"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="apitoken",
            name="token_scopes_are_known",
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("inquiries:read", "Read inquiries"),
                        ("inquiries:write", "Work on inquiries"),
                        ("advisories:read", "Read advisories"),
                        ("answers:read", "Read answers for everybody, drafts as well"),
                        ("answers:write", "Write and approve answers for everybody"),
                        ("office:read", "Read the settings and figures of the office"),
                        ("office:write", "Change the settings of the office"),
                        ("inquiries:ask", "Ask by name, read what was asked so and write in it"),
                        ("registry:entry", "Keep our registry entry, talk over its agreement and read who looked; never sign"),
                        ("registry:meet", "Ask for introductions, answer them, and answer invitations of agencies; never sign"),
                        ("registry:look", "Look at the registry as one audience, for the purposes chosen"),
                        ("registry:suggest", "Suggest to firms that they meet, beside looking as the focal point"),
                    ],
                    max_length=30,
                ),
                size=None,
                verbose_name="scopes",
            ),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "scopes__contained_by",
                        [
                            "inquiries:read",
                            "inquiries:write",
                            "advisories:read",
                            "answers:read",
                            "answers:write",
                            "office:read",
                            "office:write",
                            "inquiries:ask",
                            "registry:entry",
                            "registry:meet",
                            "registry:look",
                            "registry:suggest",
                        ],
                    ),
                    models.Q(("scopes", []), _negated=True),
                ),
                name="token_scopes_are_known",
            ),
        ),
    ]
