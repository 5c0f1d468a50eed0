from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0005_meet_scope"),
    ]

    operations = [
        migrations.AlterField(
            model_name="invitation",
            name="role",
            field=models.CharField(
                choices=[
                    ("triage", "Triage officer"),
                    ("case-officer", "Case officer"),
                    ("editor", "Editor"),
                    ("approver", "Approver"),
                    ("supervisor", "Supervisor"),
                    ("auditor", "Auditor"),
                    ("administrator", "Administrator"),
                    ("gatekeeper", "Gatekeeper"),
                    ("officer", "Association officer"),
                    ("entry-editor", "Entry editor"),
                    ("signatory", "Signatory"),
                    ("partner-officer", "Partner’s officer"),
                ],
                max_length=20,
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("triage", "Triage officer"),
                    ("case-officer", "Case officer"),
                    ("editor", "Editor"),
                    ("approver", "Approver"),
                    ("supervisor", "Supervisor"),
                    ("auditor", "Auditor"),
                    ("administrator", "Administrator"),
                    ("gatekeeper", "Gatekeeper"),
                    ("officer", "Association officer"),
                    ("entry-editor", "Entry editor"),
                    ("signatory", "Signatory"),
                    ("partner-officer", "Partner’s officer"),
                ],
                max_length=20,
                verbose_name="role",
            ),
        ),
        migrations.AlterField(
            model_name="organisation",
            name="kind",
            field=models.CharField(
                choices=[
                    ("agency", "Agency"),
                    ("firm", "Firm"),
                    ("institute", "Institute"),
                    ("association", "Association"),
                    ("partner", "Partner"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
