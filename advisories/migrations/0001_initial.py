import uuid

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("organisations", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Advisory",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("threat", "Threat"),
                            ("regulatory", "Regulatory change"),
                            ("guidance", "Guidance"),
                            ("event", "Event"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "tlp",
                    models.CharField(
                        choices=[
                            ("red", "TLP:RED"),
                            ("amber+strict", "TLP:AMBER+STRICT"),
                            ("amber", "TLP:AMBER"),
                            ("green", "TLP:GREEN"),
                            ("clear", "TLP:CLEAR"),
                        ],
                        max_length=12,
                        verbose_name="TLP label",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[("routine", "Routine"), ("priority", "Priority"), ("urgent", "Urgent")],
                        default="routine",
                        max_length=8,
                        verbose_name="urgency",
                    ),
                ),
                ("title", models.CharField(max_length=160, verbose_name="title")),
                ("summary", models.TextField(max_length=600, verbose_name="summary")),
                ("body", models.TextField(max_length=100000, verbose_name="text")),
                ("what_to_do", models.TextField(blank=True, max_length=10000, verbose_name="what to do")),
                ("language", models.CharField(default="en", max_length=10, verbose_name="language")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="advisories", to="organisations.organisation"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="advisories_written", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "revised_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="advisories_revised", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in-review", "Waiting for approval"),
                            ("approved", "Approved"),
                            ("published", "Published"),
                            ("corrected", "Corrected"),
                            ("superseded", "Superseded"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="draft",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="advisories_published",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="advisories_withdrawn",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("withdrawal_reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "segments",
                    models.ManyToManyField(blank=True, related_name="advisories", to="catalogue.segment", verbose_name="segments"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("published_at"), descending=True, nulls_first=True),
                        models.F("id"),
                        name="advisory_newest_first",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["threat", "regulatory", "guidance", "event"])),
                        name="advisory_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tlp__in", ["red", "amber+strict", "amber", "green", "clear"])),
                        name="advisory_label_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("urgency__in", ["routine", "priority", "urgent"])), name="advisory_urgency_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["draft", "in-review", "approved", "published", "corrected", "superseded", "withdrawn", "expired"],
                            )
                        ),
                        name="advisory_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("published_at", None), ("published_by", None), ("state__in", ("draft", "in-review", "approved"))
                            ),
                            models.Q(
                                models.Q(("state__in", ("draft", "in-review", "approved")), _negated=True),
                                ("published_at__isnull", False),
                                ("published_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="advisory_published_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "withdrawn"),
                                ("withdrawn_at__isnull", False),
                                ("withdrawn_by__isnull", False),
                                models.Q(("withdrawal_reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "withdrawn"), _negated=True),
                                ("withdrawal_reason", ""),
                                ("withdrawn_at", None),
                                ("withdrawn_by", None),
                            ),
                            _connector="OR",
                        ),
                        name="advisory_withdrawn_by_and_at_and_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("threat", "Threat"),
                            ("regulatory", "Regulatory change"),
                            ("guidance", "Guidance"),
                            ("event", "Event"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "tlp",
                    models.CharField(
                        choices=[
                            ("red", "TLP:RED"),
                            ("amber+strict", "TLP:AMBER+STRICT"),
                            ("amber", "TLP:AMBER"),
                            ("green", "TLP:GREEN"),
                            ("clear", "TLP:CLEAR"),
                        ],
                        max_length=12,
                        verbose_name="TLP label",
                    ),
                ),
                (
                    "urgency",
                    models.CharField(
                        choices=[("routine", "Routine"), ("priority", "Priority"), ("urgent", "Urgent")],
                        default="routine",
                        max_length=8,
                        verbose_name="urgency",
                    ),
                ),
                ("title", models.CharField(max_length=160, verbose_name="title")),
                ("summary", models.TextField(max_length=600, verbose_name="summary")),
                ("body", models.TextField(max_length=100000, verbose_name="text")),
                ("what_to_do", models.TextField(blank=True, max_length=10000, verbose_name="what to do")),
                ("language", models.CharField(default="en", max_length=10, verbose_name="language")),
                (
                    "advisory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="advisories.advisory"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("at", models.DateTimeField()),
                ("segments", models.ManyToManyField(related_name="+", to="catalogue.segment")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("advisory", "number"), name="one_revision_per_number")],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "advisory",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="events", to="advisories.advisory"),
                ),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("draft", "drafted"),
                            ("revise", "changed"),
                            ("submit", "submitted for approval"),
                            ("return", "returned to the author"),
                            ("approve", "approved"),
                            ("publish", "published"),
                            ("withdraw", "withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                (
                    "by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=1000)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("move__in", ["draft", "revise", "submit", "return", "approve", "publish", "withdraw"])),
                        name="advisory_move_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "advisory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="approvals", to="advisories.advisory"
                    ),
                ),
                ("revision", models.PositiveIntegerField()),
                (
                    "approver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="advisories_approved", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                (
                    "revised_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("advisory", "revision", "approver"), name="one_approval_per_revision_and_approver"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("approver", models.F("author")), _negated=True),
                            models.Q(("approver", models.F("revised_by")), _negated=True),
                        ),
                        name="approver_is_not_the_author",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="subscriptions", to="organisations.organisation"
                    ),
                ),
                ("address", models.EmailField(max_length=254, verbose_name="email address")),
                ("language", models.CharField(default="en", max_length=10, verbose_name="language")),
                (
                    "pace",
                    models.CharField(choices=[("immediate", "At once")], default="immediate", max_length=10, verbose_name="pace"),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "segments",
                    models.ManyToManyField(
                        blank=True, related_name="subscriptions", to="catalogue.segment", verbose_name="segments"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation"),
                        django.db.models.functions.text.Lower("address"),
                        condition=models.Q(("is_active", True)),
                        name="one_active_subscription_per_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("is_active", True)),
                            models.Q(("ended_at__isnull", False), ("is_active", False)),
                            _connector="OR",
                        ),
                        name="subscription_ended_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "association",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mandates", to="organisations.organisation"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("relay", "Relay"), ("coordination", "Coordination"), ("advisory", "Advisory")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("address", models.EmailField(max_length=254, verbose_name="email address for notices")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                (
                    "granted_by",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
                ("granted_at", models.DateTimeField()),
                (
                    "segments",
                    models.ManyToManyField(blank=True, related_name="mandates", to="catalogue.segment", verbose_name="segments"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["relay", "coordination", "advisory"])), name="mandate_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"),
                        name="mandate_ends_after_it_begins",
                    ),
                ],
            },
        ),
    ]
