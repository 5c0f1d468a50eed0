import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inquiries", "0001_initial"), ("organisations", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("OfficeKey", "one_office_key_per_ring_key"),
        migrations.RenameModel("OfficeKey", "ReaderKey"),
        migrations.AlterField(
            "ReaderKey",
            "inquiry",
            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="reader_keys", to="inquiries.inquiry"),
        ),
        migrations.AddField(
            "ReaderKey",
            "agency",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
            ),
        ),
        migrations.AddConstraint(
            "ReaderKey",
            models.UniqueConstraint(
                fields=("inquiry", "agency", "ring_key"), nulls_distinct=False, name="one_reader_key_per_agency_and_ring_key"
            ),
        ),
        migrations.AlterField(
            "Inquiry",
            "destination",
            models.CharField(
                blank=True,
                help_text="ISO 3166 code of a country, or UN M49 number of a region",
                max_length=3,
                verbose_name="destination",
            ),
        ),
    ]
