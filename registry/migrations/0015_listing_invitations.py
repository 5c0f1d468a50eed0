"""Invitations that associations have sent: counts, and keyed digests of addresses."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_tokens_and_readers"),
        ("registry", "0015_register_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InvitationRound",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("on", models.DateField()),
                ("sent", models.PositiveIntegerField()),
                ("accepted", models.PositiveIntegerField(default=0)),
                (
                    "association",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ListingInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_digest", models.BinaryField(max_length=32, unique=True)),
                ("token_digest", models.BinaryField(max_length=32, unique=True)),
                ("on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("sent", "Sent"), ("accepted", "Accepted"), ("stopped", "Stopped")], default="sent", max_length=10
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="registry.invitationround"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="invitationround",
            constraint=models.CheckConstraint(
                condition=models.Q(("accepted__lte", models.F("sent"))), name="no_more_accept_than_were_invited"
            ),
        ),
        migrations.AddConstraint(
            model_name="listinginvitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ("sent", "accepted", "stopped"))), name="invited_state_is_known"
            ),
        ),
    ]
