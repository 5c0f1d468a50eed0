"""All tables of the app, written from the models; what the models can't say is in `0002_guards`.

`replaces` names the steps in which they were once made: where those have run, Django counts this one as done.
"""

import datetime
import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

from organisations.migrations._operations import CreateModels


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("inquiries", "0001_initial"),
        ("inquiries", "0002_reader_keys"),
        ("inquiries", "0003_publications"),
        ("inquiries", "0004_retention"),
        ("inquiries", "0005_desk_words"),
        ("inquiries", "0006_intake"),
        ("inquiries", "0008_queues"),
        ("inquiries", "0009_modes"),
        ("inquiries", "0010_routing"),
        ("inquiries", "0011_deadlines"),
        ("inquiries", "0012_casework"),
        ("inquiries", "0013_consult"),
        ("inquiries", "0014_item_redactions"),
        ("inquiries", "0015_late_steps"),
        ("inquiries", "0016_second_official"),
        ("inquiries", "0017_expert_letters"),
        ("inquiries", "0018_proof_versions"),
        ("inquiries", "0019_openings"),
        ("inquiries", "0020_attachments"),
    ]

    dependencies = [
        # allauth's tables first: after inquiries and registry, each of its changes would have Django build all their models' classes anew.
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("usersessions", "0001_initial"),
        ("catalogue", "0001_initial"),
        ("organisations", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Absence",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="absences", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "cover",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="covers",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cover",
                            ),
                        ),
                        ("first_on", models.DateField(verbose_name="first day away")),
                        ("last_on", models.DateField(verbose_name="last day away")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["cover", "last_on"], name="absence_cover")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_on__gte", models.F("first_on"))), name="absence_ends_after_it_begins"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("user", models.F("cover")), _negated=True),
                                name="absence_is_covered_by_somebody_else",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Inquiry",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("reference", models.CharField(max_length=14, unique=True, verbose_name="reference")),
                        (
                            "mode",
                            models.CharField(
                                choices=[("anonymous", "Anonymous"), ("confidential", "Confidential"), ("named", "Named")],
                                default="anonymous",
                                max_length=12,
                                verbose_name="mode",
                            ),
                        ),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("classification", "Is my item controlled?"),
                                    ("transaction", "A transaction or an end user"),
                                    ("licensing", "A licence or a procedure"),
                                    ("sanctions", "Sanctions"),
                                    ("investment", "Investment screening"),
                                    ("technology-transfer", "Technology transfer and research"),
                                    ("risk-landscape", "The risk landscape"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                                verbose_name="topic",
                            ),
                        ),
                        (
                            "destination",
                            models.CharField(
                                blank=True,
                                help_text="ISO 3166 code of a country, or UN M49 number of a region",
                                max_length=3,
                                verbose_name="destination",
                            ),
                        ),
                        ("sealed_subject", models.BinaryField()),
                        ("sealed_details", models.BinaryField(default=b"")),
                        ("title", models.CharField(blank=True, max_length=150, verbose_name="title at the desk")),
                        ("summary", models.TextField(blank=True, max_length=2000, verbose_name="summary at the desk")),
                        (
                            "priority",
                            models.CharField(
                                choices=[("urgent", "Urgent"), ("high", "High"), ("normal", "Normal")],
                                default="normal",
                                max_length=6,
                                verbose_name="priority",
                            ),
                        ),
                        (
                            "flags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("sensitive", "Handle with care"),
                                        ("diversion-risk", "Risk of diversion"),
                                        ("catch-all", "Catch-all may apply"),
                                        ("new-technology", "New technology, no precedent"),
                                        ("media", "Public interest"),
                                    ],
                                    max_length=20,
                                ),
                                default=list,
                                size=None,
                                verbose_name="flags",
                            ),
                        ),
                        (
                            "tags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40), default=list, size=None, verbose_name="tags"
                            ),
                        ),
                        (
                            "codes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40), default=list, size=None, verbose_name="control entries"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("received", "New"),
                                    ("in-hand", "In hand"),
                                    ("waiting", "Waiting for the asker"),
                                    ("answered", "Answered"),
                                    ("closed", "Closed"),
                                ],
                                default="received",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inquiries",
                                to="organisations.organisation",
                                verbose_name="agency",
                            ),
                        ),
                        (
                            "officer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inquiries",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="case officer",
                            ),
                        ),
                        (
                            "search",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.contrib.postgres.search.SearchVector("title", "summary", config="english"),
                                output_field=django.contrib.postgres.search.SearchVectorField(),
                            ),
                        ),
                        (
                            "readers",
                            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                        ),
                        ("team", models.CharField(blank=True, max_length=40, verbose_name="team")),
                        ("target_days", models.PositiveSmallIntegerField(null=True, verbose_name="response target")),
                        ("objects_to_publication", models.BooleanField(default=False)),
                        ("received_on", models.DateField(verbose_name="received")),
                        ("due_on", models.DateField(null=True, verbose_name="due")),
                        ("warn_on", models.DateField(null=True)),
                        ("acknowledge_on", models.DateField(null=True, verbose_name="to be taken by")),
                        ("close_on", models.DateField(null=True, verbose_name="to be closed by")),
                        ("escalated_on", models.DateField(null=True, verbose_name="escalated")),
                        ("take_escalated_on", models.DateField(null=True)),
                        ("close_escalated_on", models.DateField(null=True)),
                        ("closed_on", models.DateField(null=True, verbose_name="closed")),
                        ("erase_on", models.DateField(null=True, verbose_name="erased on")),
                        (
                            "segments",
                            models.ManyToManyField(
                                related_name="+",
                                through="inquiries.InquirySegment",
                                to="catalogue.segment",
                                verbose_name="segments",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("close_on__isnull", False)), fields=["close_on"], name="inquiry_close"
                            ),
                            models.Index(
                                condition=models.Q(("acknowledge_on__isnull", False)),
                                fields=["acknowledge_on"],
                                name="inquiry_acknowledge",
                            ),
                            models.Index(
                                condition=models.Q(("erase_on__isnull", False)), fields=["erase_on"], name="inquiry_erase"
                            ),
                            models.Index(fields=["state", "received_on", "reference"], name="inquiry_state_received"),
                            models.Index(fields=["received_on", "reference"], name="inquiry_received"),
                            models.Index(fields=["due_on", "received_on", "reference"], name="inquiry_by_due"),
                            models.Index(
                                models.OrderBy(models.F("received_on"), descending=True),
                                models.F("reference"),
                                name="inquiry_newest",
                            ),
                            models.Index(
                                models.Case(
                                    models.When(priority="urgent", then=0),
                                    models.When(priority="high", then=1),
                                    default=2,
                                    output_field=models.SmallIntegerField(),
                                ),
                                models.F("due_on"),
                                models.F("reference"),
                                name="inquiry_by_priority",
                            ),
                            models.Index(
                                condition=models.Q(("destination", ""), _negated=True),
                                fields=["destination", "received_on"],
                                name="inquiry_destination",
                            ),
                            models.Index(fields=["topic", "due_on"], name="inquiry_topic_due"),
                            django.contrib.postgres.indexes.GinIndex(fields=["search"], name="inquiry_search"),
                            django.contrib.postgres.indexes.GinIndex(fields=["readers"], name="inquiry_readers"),
                            django.contrib.postgres.indexes.GinIndex(
                                models.Func(
                                    django.db.models.functions.comparison.Cast(
                                        "codes", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)
                                    ),
                                    function="array_to_tsvector",
                                    output_field=django.contrib.postgres.search.SearchVectorField(),
                                ),
                                name="inquiry_code_words",
                            ),
                            django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="inquiry_tags"),
                            django.contrib.postgres.indexes.GinIndex(fields=["flags"], name="inquiry_flags"),
                            models.Index(fields=["officer", "state"], name="inquiry_officer_state"),
                            models.Index(fields=["agency", "state"], name="inquiry_agency_state"),
                            django.contrib.postgres.indexes.GinIndex(fields=["codes"], name="inquiry_codes"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["received", "closed"]), ("officer__isnull", False), _connector="OR"
                                ),
                                name="inquiry_in_hand_has_an_officer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("received", "in-hand")), _negated=True),
                                    ("erase_on", None),
                                    _connector="OR",
                                ),
                                name="inquiry_kept_while_the_office_owes_a_word",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_on__isnull", False), ("state", "closed")),
                                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_on", None)),
                                    _connector="OR",
                                ),
                                name="inquiry_closed_has_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("due_on__isnull", False), ("state__in", ("received", "in-hand"))),
                                    models.Q(models.Q(("state__in", ("received", "in-hand")), _negated=True), ("due_on", None)),
                                    _connector="OR",
                                ),
                                name="inquiry_due_while_the_office_owes_a_word",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InquirySegment",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("inquiry", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="inquiries.inquiry")),
                        (
                            "segment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.segment"
                            ),
                        ),
                        ("is_by_desk", models.BooleanField(default=False)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("inquiry", "segment"), name="one_inquiry_segment")],
                    },
                ),
                migrations.CreateModel(
                    name="ProposedAnswer",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="proposals", to="inquiries.inquiry"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("round", models.PositiveIntegerField()),
                        ("after", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("proposed", "Waiting for approval"),
                                    ("returned", "Returned"),
                                    ("sent", "Approved and sent"),
                                    ("void", "Void"),
                                ],
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("sealed_text", models.BinaryField()),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("written_on", models.DateField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_on", models.DateField(null=True)),
                        ("sealed_note", models.BinaryField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("inquiry", "number"), name="one_proposed_answer_per_number"),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("draft", "proposed", "returned"))),
                                fields=("inquiry",),
                                name="one_proposed_answer_stands",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["draft", "proposed", "returned", "sent", "void"])),
                                name="proposed_answer_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "void"),
                                    models.Q(
                                        ("decided_by", None),
                                        ("decided_on", None),
                                        ("sealed_note", None),
                                        ("state__in", ["draft", "proposed"]),
                                    ),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        ("decided_on__isnull", False),
                                        ("sealed_note", None),
                                        ("state", "sent"),
                                    ),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        ("decided_on__isnull", False),
                                        ("sealed_note__isnull", False),
                                        ("state", "returned"),
                                    ),
                                    _connector="OR",
                                ),
                                name="proposed_answer_decided_by_and_on",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", None),
                                    models.Q(("decided_by", models.F("author")), _negated=True),
                                    _connector="OR",
                                ),
                                name="proposed_answer_nobody_approves_their_own",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="inquiries.inquiry"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("author", models.CharField(choices=[("asker", "Asker"), ("office", "Focal point")], max_length=6)),
                        (
                            "official",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("written_on", models.DateField()),
                        ("sealed_text", models.BinaryField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("inquiry", "position"), name="one_message_per_position"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("author", "asker"), ("official", None)),
                                    models.Q(("author", "office"), ("official__isnull", False)),
                                    _connector="OR",
                                ),
                                name="message_of_the_office_has_an_official",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="events", to="inquiries.inquiry"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        ("kind", models.CharField(max_length=30)),
                        (
                            "official",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="inquiry_events",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("on", models.DateField()),
                        ("detail", models.CharField(blank=True, max_length=300)),
                        ("days", models.PositiveSmallIntegerField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("kind__in", ["answer", "extend"])),
                                fields=["on"],
                                name="event_answered_or_put_off",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("inquiry", "position"), name="one_event_per_position"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(
                                            ("kind", "received"),
                                            ("kind__startswith", "asker-"),
                                            ("kind__startswith", "portal-"),
                                            _connector="OR",
                                        ),
                                        ("official", None),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind", "received"),
                                            ("kind__startswith", "asker-"),
                                            ("kind__startswith", "portal-"),
                                            _connector="OR",
                                            _negated=True,
                                        ),
                                        ("official__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="event_of_the_office_has_an_official",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("days__gte", 1), ("days__isnull", False), ("days__lte", 20), ("kind", "extend")),
                                    models.Q(models.Q(("kind", "extend"), _negated=True), ("days", None)),
                                    _connector="OR",
                                ),
                                name="event_has_days_if_it_extends",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="inquiries.inquiry"
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="inquiries.message",
                            ),
                        ),
                        (
                            "proposal",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="inquiries.proposedanswer",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("sealed_about", models.BinaryField()),
                        (
                            "withheld_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("withheld_on", models.DateField(null=True)),
                        ("withheld_reason", models.CharField(blank=True, max_length=200)),
                        ("is_gone", models.BooleanField(default=False)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("message", None), ("proposal__isnull", False)),
                                    models.Q(("message__isnull", False), ("proposal", None)),
                                    _connector="OR",
                                ),
                                name="attachment_of_a_message_or_of_a_proposed_answer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withheld_by", None), ("withheld_on", None), ("withheld_reason", "")),
                                    models.Q(
                                        ("withheld_by__isnull", False),
                                        ("withheld_on__isnull", False),
                                        models.Q(("withheld_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="attachment_withheld_by_and_on_and_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("is_gone", False), ("withheld_on__isnull", False), _connector="OR"),
                                name="attachment_gone_is_withheld",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AttachmentPiece",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "attachment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="inquiries.attachment"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("sealed", models.BinaryField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("attachment", "number"), name="one_piece_per_number")],
                    },
                ),
                migrations.CreateModel(
                    name="Settlement",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="settlements", to="inquiries.inquiry"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("sealed_reasons", models.BinaryField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("inquiry", "number"), name="one_settlement_per_number")],
                    },
                ),
                migrations.CreateModel(
                    name="Consultation",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="consultations", to="inquiries.inquiry"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisations.organisation",
                                verbose_name="agency",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Asked"),
                                    ("given", "View given"),
                                    ("withdrawn", "Withdrawn"),
                                    ("ended", "View given, reads no more"),
                                ],
                                default="asked",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("sealed_question", models.BinaryField()),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("asked_on", models.DateField(verbose_name="asked")),
                        ("due_on", models.DateField(verbose_name="due")),
                        (
                            "stance",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("agrees", "Agrees"),
                                    ("conditions", "Agrees on conditions"),
                                    ("objects", "Objects"),
                                    ("no-view", "Has no view"),
                                ],
                                max_length=10,
                                verbose_name="position",
                            ),
                        ),
                        ("sealed_view", models.BinaryField(null=True)),
                        (
                            "given_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("given_on", models.DateField(null=True, verbose_name="given")),
                        (
                            "settlement",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="consultations",
                                to="inquiries.settlement",
                            ),
                        ),
                        ("ended_on", models.DateField(null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "asked")), fields=["agency", "due_on"], name="consultation_due"
                            ),
                            models.Index(
                                condition=models.Q(("state", "given")), fields=["agency", "given_on"], name="consultation_given"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("inquiry", "number"), name="one_consultation_per_number"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("inquiry", "agency"),
                                name="one_open_consultation_per_agency",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["asked", "given", "withdrawn", "ended"])),
                                name="consultation_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ["given", "ended"]),
                                        ("given_by__isnull", False),
                                        ("given_on__isnull", False),
                                        ("sealed_view__isnull", False),
                                        ("stance__in", ["agrees", "conditions", "objects", "no-view"]),
                                    ),
                                    models.Q(
                                        ("state__in", ["asked", "withdrawn"]),
                                        ("given_by", None),
                                        ("given_on", None),
                                        ("sealed_view", None),
                                        ("stance", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="consultation_view_with_who_and_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_on", None), ("state__in", ["asked", "given"])),
                                    models.Q(("ended_on__isnull", False), ("state__in", ["withdrawn", "ended"])),
                                    _connector="OR",
                                ),
                                name="consultation_ended_has_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("settlement", None), ("stance", "objects"), _connector="OR"),
                                name="consultation_only_objections_are_settled",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SecondOfficialRule",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("classification", "Is my item controlled?"),
                                    ("transaction", "A transaction or an end user"),
                                    ("licensing", "A licence or a procedure"),
                                    ("sanctions", "Sanctions"),
                                    ("investment", "Investment screening"),
                                    ("technology-transfer", "Technology transfer and research"),
                                    ("risk-landscape", "The risk landscape"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                                verbose_name="topic",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("is_needed", models.BooleanField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("topic", "number"), name="one_second_official_rule_per_number"),
                            models.CheckConstraint(
                                condition=models.Q(("number__gte", 1)), name="second_official_rules_count_from_one"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Closure",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("first_on", models.DateField(verbose_name="first day")),
                        ("last_on", models.DateField(verbose_name="last day")),
                        ("reason", models.CharField(max_length=120, verbose_name="reason")),
                        ("declared_on", models.DateField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("first_on__lte", models.F("last_on"))), name="closure_ends_after_it_begins"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("declared_on__lte", models.F("first_on"))),
                                name="closure_is_declared_before_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "last_on__lt",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("first_on"), "+", models.Value(datetime.timedelta(days=31))
                                        ),
                                    )
                                ),
                                name="closure_is_a_month_at_most",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ResponseTarget",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("classification", "Is my item controlled?"),
                                    ("transaction", "A transaction or an end user"),
                                    ("licensing", "A licence or a procedure"),
                                    ("sanctions", "Sanctions"),
                                    ("investment", "Investment screening"),
                                    ("technology-transfer", "Technology transfer and research"),
                                    ("risk-landscape", "The risk landscape"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                                verbose_name="topic",
                            ),
                        ),
                        (
                            "priority",
                            models.CharField(
                                choices=[("urgent", "Urgent"), ("high", "High"), ("normal", "Normal")],
                                max_length=6,
                                verbose_name="priority",
                            ),
                        ),
                        ("acknowledge", models.PositiveSmallIntegerField(verbose_name="taken within")),
                        ("answer", models.PositiveSmallIntegerField(verbose_name="answered within")),
                        ("close", models.PositiveSmallIntegerField(verbose_name="closed within")),
                        ("valid_from", models.DateField(verbose_name="in force from")),
                        ("set_on", models.DateField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("topic", "priority", "valid_from"), name="one_response_target_per_day"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("acknowledge__gte", 1),
                                    ("answer__gte", 1),
                                    ("close__gte", 1),
                                    ("acknowledge__lte", 250),
                                    ("answer__lte", 250),
                                    ("close__lte", 250),
                                ),
                                name="response_target_is_within_a_year",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("set_on__lt", models.F("valid_from"))),
                                name="response_target_is_set_before_it_is_in_force",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Recalculation",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "cause",
                            models.CharField(
                                choices=[
                                    ("closure", "The days on which the office is closed have changed"),
                                    ("check", "Nightly check"),
                                    ("command", "An administrator of the server asked for it"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("begun_on", models.DateField()),
                        ("last", models.UUIDField(default=uuid.UUID("00000000-0000-0000-0000-000000000000"))),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("differed", models.PositiveIntegerField(default=0)),
                        ("is_finished", models.BooleanField(default=False)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("differed__lte", models.F("done"))), name="recalculation_differed_are_done"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Breach",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="breaches", to="inquiries.inquiry"
                            ),
                        ),
                        (
                            "target",
                            models.CharField(
                                choices=[("acknowledge", "Taken late"), ("answer", "Answer late"), ("close", "Closed late")],
                                default="answer",
                                max_length=11,
                            ),
                        ),
                        ("due_on", models.DateField()),
                        ("met_on", models.DateField(null=True)),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("workload", "Too much work for those there are"),
                                    ("absence", "The case officer was away and nobody stood in"),
                                    ("agency", "Waited for another agency or an expert"),
                                    ("complex", "Harder than the target allows for"),
                                    ("approval", "Waited for approval"),
                                    ("oversight", "It was overlooked"),
                                    ("systems", "The portal or another system failed"),
                                    ("unanswered", "Closed late without an answer"),
                                    ("unsaid", "Nobody has said why yet"),
                                ],
                                max_length=10,
                                verbose_name="reason",
                            ),
                        ),
                        ("sealed_words", models.BinaryField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("inquiry", "target", "due_on"), name="one_breach_per_day_due"),
                            models.CheckConstraint(
                                condition=models.Q(("target__in", ["acknowledge", "answer", "close"])),
                                name="breach_target_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("on__gt", models.F("due_on"))), name="breach_is_explained_after_the_day"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("met_on", None), ("met_on__gte", models.F("on")), _connector="OR"),
                                name="breach_is_met_after_it_is_explained",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErasedCount",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("quarter", models.DateField()),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("classification", "Is my item controlled?"),
                                    ("transaction", "A transaction or an end user"),
                                    ("licensing", "A licence or a procedure"),
                                    ("sanctions", "Sanctions"),
                                    ("investment", "Investment screening"),
                                    ("technology-transfer", "Technology transfer and research"),
                                    ("risk-landscape", "The risk landscape"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[("anonymous", "Anonymous"), ("confidential", "Confidential"), ("named", "Named")],
                                max_length=12,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("answered", "Answered"),
                                    ("settled", "Settled"),
                                    ("withdrawn", "Withdrawn"),
                                    ("closed", "Closed without an answer"),
                                    ("waiting", "The asker did not come back"),
                                    ("open", "Erased before an answer"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("in_time", models.BooleanField(null=True)),
                        ("number", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("quarter", "topic", "mode", "outcome", "in_time"),
                                name="one_erased_count",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErasedAnswer",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("quarter", models.DateField()),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("classification", "Is my item controlled?"),
                                    ("transaction", "A transaction or an end user"),
                                    ("licensing", "A licence or a procedure"),
                                    ("sanctions", "Sanctions"),
                                    ("investment", "Investment screening"),
                                    ("technology-transfer", "Technology transfer and research"),
                                    ("risk-landscape", "The risk landscape"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("days", models.PositiveSmallIntegerField()),
                        ("in_time", models.BooleanField()),
                        ("number", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("quarter", "topic", "days", "in_time"), name="one_erased_answer")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ErasedBreach",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("quarter", models.DateField()),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("workload", "Too much work for those there are"),
                                    ("absence", "The case officer was away and nobody stood in"),
                                    ("agency", "Waited for another agency or an expert"),
                                    ("complex", "Harder than the target allows for"),
                                    ("approval", "Waited for approval"),
                                    ("oversight", "It was overlooked"),
                                    ("systems", "The portal or another system failed"),
                                    ("unanswered", "Closed late without an answer"),
                                    ("unsaid", "Nobody has said why yet"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("number", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("quarter", "reason"), name="one_erased_breach")],
                    },
                ),
                migrations.CreateModel(
                    name="PublishedFigure",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("quarter", models.DateField()),
                        (
                            "topic",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("classification", "Is my item controlled?"),
                                    ("transaction", "A transaction or an end user"),
                                    ("licensing", "A licence or a procedure"),
                                    ("sanctions", "Sanctions"),
                                    ("investment", "Investment screening"),
                                    ("technology-transfer", "Technology transfer and research"),
                                    ("risk-landscape", "The risk landscape"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("answered", models.PositiveIntegerField(null=True)),
                        ("in_time", models.PositiveIntegerField(null=True)),
                        ("median_halves", models.PositiveSmallIntegerField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("quarter", "topic"), name="one_published_figure"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answered", None), ("in_time", None), ("median_halves", None)),
                                    models.Q(
                                        ("answered__gte", 5),
                                        ("answered__isnull", False),
                                        ("in_time__isnull", False),
                                        ("in_time__lte", models.F("answered")),
                                        ("median_halves__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="published_figure_is_of_enough_inquiries",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to="inquiries.inquiry"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("answer", "Answer"), ("ask-back", "Question to the asker"), ("note", "Note")],
                                max_length=10,
                            ),
                        ),
                        ("kept_on", models.DateField()),
                        ("sealed_text", models.BinaryField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("inquiry", "user", "kind"), name="one_draft_per_official_and_kind"),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["answer", "ask-back", "note"])), name="draft_kind_is_known"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingRule",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("tier", models.PositiveSmallIntegerField(verbose_name="tier")),
                        ("position", models.PositiveIntegerField()),
                        (
                            "topics",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("classification", "Is my item controlled?"),
                                        ("transaction", "A transaction or an end user"),
                                        ("licensing", "A licence or a procedure"),
                                        ("sanctions", "Sanctions"),
                                        ("investment", "Investment screening"),
                                        ("technology-transfer", "Technology transfer and research"),
                                        ("risk-landscape", "The risk landscape"),
                                        ("other", "Something else"),
                                    ],
                                    max_length=20,
                                ),
                                default=list,
                                size=None,
                                verbose_name="topics",
                            ),
                        ),
                        (
                            "segments",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20), default=list, size=None, verbose_name="segments"
                            ),
                        ),
                        (
                            "codes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40), default=list, size=None, verbose_name="control entries"
                            ),
                        ),
                        (
                            "destinations",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=3), default=list, size=None, verbose_name="destinations"
                            ),
                        ),
                        (
                            "modes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[("anonymous", "Anonymous"), ("confidential", "Confidential"), ("named", "Named")],
                                    max_length=12,
                                ),
                                default=list,
                                size=None,
                                verbose_name="how it is asked",
                            ),
                        ),
                        (
                            "flags",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("sensitive", "Handle with care"),
                                        ("diversion-risk", "Risk of diversion"),
                                        ("catch-all", "Catch-all may apply"),
                                        ("new-technology", "New technology, no precedent"),
                                        ("media", "Public interest"),
                                    ],
                                    max_length=20,
                                ),
                                default=list,
                                size=None,
                                verbose_name="flags",
                            ),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisations.organisation",
                                verbose_name="agency",
                            ),
                        ),
                        ("team", models.CharField(blank=True, max_length=40, verbose_name="team")),
                        (
                            "priority",
                            models.CharField(
                                blank=True,
                                choices=[("urgent", "Urgent"), ("high", "High"), ("normal", "Normal")],
                                max_length=6,
                                verbose_name="priority",
                            ),
                        ),
                        ("target_days", models.PositiveSmallIntegerField(null=True, verbose_name="response target")),
                        ("is_active", models.BooleanField(default=True)),
                        ("version", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                                fields=("tier", "position"),
                                name="one_rule_per_place",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("tier__gte", 1), ("tier__lte", 99)), name="rule_tier_is_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("target_days", None),
                                    models.Q(("target_days__gte", 1), ("target_days__lte", 250)),
                                    _connector="OR",
                                ),
                                name="rule_target_is_sane",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoutingRuleVersion",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="inquiries.routingrule"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "change",
                            models.CharField(
                                choices=[
                                    ("added", "Added"),
                                    ("changed", "Changed"),
                                    ("moved", "Moved"),
                                    ("off", "Switched off"),
                                    ("on", "Switched on"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("content", models.JSONField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("rule", "number"), name="one_rule_version_per_number"),
                            models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="rule_versions_count_from_one"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DryRun",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("begun_on", models.DateField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "Waiting"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inquiries.routingrule"
                            ),
                        ),
                        ("sketch", models.JSONField(null=True)),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("result", models.JSONField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("by", "number"), name="one_dry_run_per_number"),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["waiting", "running"])),
                                fields=("by",),
                                name="one_dry_run_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("result__isnull", False), ("state", "done")),
                                    models.Q(models.Q(("state", "done"), _negated=True), ("result__isnull", True)),
                                    _connector="OR",
                                ),
                                name="dry_run_done_has_result",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rule", None), ("sketch__isnull", False), _connector="OR"),
                                name="dry_run_of_a_rule_has_a_sketch",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExpertRequest",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="expert_requests", to="inquiries.inquiry"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("sent", "Sent"),
                                    ("answered", "Answered"),
                                    ("locked", "Locked: too many wrong codes"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="sent",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "label",
                            models.CharField(
                                choices=[
                                    ("clear", "TLP:CLEAR"),
                                    ("green", "TLP:GREEN"),
                                    ("amber", "TLP:AMBER"),
                                    ("amber+strict", "TLP:AMBER+STRICT"),
                                ],
                                max_length=12,
                                verbose_name="TLP label",
                            ),
                        ),
                        ("sealed_contact", models.BinaryField()),
                        ("sealed_excerpt", models.BinaryField()),
                        ("sealed_answer", models.BinaryField(null=True)),
                        ("wrapped_key", models.BinaryField()),
                        ("link_digest", models.BinaryField(max_length=32, null=True, unique=True)),
                        ("link_key", models.BinaryField(null=True)),
                        ("tries_left", models.PositiveSmallIntegerField(default=5)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("asked_on", models.DateField(verbose_name="asked")),
                        ("due_on", models.DateField(verbose_name="due")),
                        ("expires_on", models.DateField(verbose_name="link good until")),
                        ("read_on", models.DateField(null=True, verbose_name="opened")),
                        ("answered_on", models.DateField(null=True, verbose_name="answered")),
                        ("ended_on", models.DateField(null=True)),
                        ("is_posted", models.BooleanField(default=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("inquiry", "number"), name="one_expert_request_per_number"),
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["sent", "answered", "locked", "withdrawn"])),
                                name="expert_request_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("label__in", ["clear", "green", "amber", "amber+strict"])),
                                name="expert_request_label_may_leave_government",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("link_digest__isnull", False),
                                        ("link_key__isnull", False),
                                        ("state", "sent"),
                                        ("tries_left__gt", 0),
                                    ),
                                    models.Q(("link_key", None), ("state", "answered")),
                                    models.Q(("link_digest", None), ("link_key", None), ("state__in", ["locked", "withdrawn"])),
                                    _connector="OR",
                                ),
                                name="expert_request_link_lives_while_sent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answered_on__isnull", False),
                                        ("read_on__isnull", False),
                                        ("sealed_answer__isnull", False),
                                        ("state", "answered"),
                                    ),
                                    models.Q(
                                        models.Q(("state", "answered"), _negated=True),
                                        ("answered_on", None),
                                        ("sealed_answer", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="expert_request_answered_and_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_on__isnull", False), ("state", "withdrawn")),
                                    models.Q(models.Q(("state", "withdrawn"), _negated=True), ("ended_on", None)),
                                    _connector="OR",
                                ),
                                name="expert_request_withdrawn_has_a_day",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Identity",
                    fields=[
                        (
                            "inquiry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="identity",
                                serialize=False,
                                to="inquiries.inquiry",
                            ),
                        ),
                        ("sealed_words", models.BinaryField(null=True)),
                        ("ring_key", models.CharField(max_length=40)),
                        ("wrapped_key", models.BinaryField(null=True)),
                        ("wrapped_ledger_key", models.BinaryField()),
                        ("case_ledger_key", models.BinaryField()),
                        ("version", models.PositiveSmallIntegerField(default=1)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sealed_words", None), ("wrapped_key", None)),
                                    models.Q(("sealed_words__isnull", False), ("wrapped_key__isnull", False)),
                                    _connector="OR",
                                ),
                                name="identity_is_there_or_destroyed",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Opening",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="openings", to="inquiries.inquiry"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Waits for a second gatekeeper"),
                                    ("granted", "Agreed, not read yet"),
                                    ("refused", "Refused"),
                                    ("read", "Read"),
                                    ("lapsed", "Ran out"),
                                ],
                                default="asked",
                                max_length=8,
                            ),
                        ),
                        ("sealed_reason", models.BinaryField()),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("asked_on", models.DateField()),
                        ("position", models.PositiveSmallIntegerField()),
                        ("version", models.PositiveSmallIntegerField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_on", models.DateField(null=True)),
                        ("sealed_refusal", models.BinaryField(null=True)),
                        ("read_on", models.DateField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("inquiry", "position"), name="one_opening_per_position"),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("asked", "granted"))),
                                fields=("inquiry",),
                                name="one_opening_under_way",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                name="opening_decided_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "asked"), ("decided_by", None), ("decided_on", None)),
                                    models.Q(
                                        ("state__in", ["granted", "refused", "read"]),
                                        ("decided_by__isnull", False),
                                        ("decided_on__isnull", False),
                                    ),
                                    models.Q(
                                        ("state", "lapsed"),
                                        models.Q(
                                            models.Q(("decided_by", None), ("decided_on", None)),
                                            models.Q(("decided_by__isnull", False), ("decided_on__isnull", False)),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="opening_decided_has_who_and_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("read_on__isnull", False), ("state", "read")),
                                    models.Q(models.Q(("state", "read"), _negated=True), ("read_on", None)),
                                    _connector="OR",
                                ),
                                name="opening_read_has_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sealed_refusal__isnull", False), ("state", "refused")),
                                    models.Q(models.Q(("state", "refused"), _negated=True), ("sealed_refusal", None)),
                                    _connector="OR",
                                ),
                                name="opening_refused_has_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        (
                            "inquiry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="receipt",
                                serialize=False,
                                to="inquiries.inquiry",
                            ),
                        ),
                        ("digest", models.BinaryField(max_length=32, unique=True)),
                        ("wrapped_key", models.BinaryField()),
                    ],
                ),
                migrations.CreateModel(
                    name="ReaderKey",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="reader_keys", to="inquiries.inquiry"
                            ),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisations.organisation",
                            ),
                        ),
                        ("agency_reads", models.BooleanField(default=True)),
                        ("ring_key", models.CharField(max_length=40)),
                        ("wrapped_key", models.BinaryField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("inquiry", "agency", "ring_key"),
                                name="one_reader_key_per_agency_and_ring_key",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(condition=models.Q(("agency_reads", True)), name="reader_key_agency_reads"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NamedAsker",
                    fields=[
                        (
                            "inquiry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="named_asker",
                                serialize=False,
                                to="inquiries.inquiry",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                            ),
                        ),
                        ("wants_mail", models.BooleanField(default=False)),
                        ("ring_key", models.CharField(max_length=40)),
                        ("wrapped_key", models.BinaryField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Note",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="inquiries.inquiry"
                            ),
                        ),
                        ("position", models.PositiveIntegerField()),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="author",
                            ),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisations.organisation",
                                verbose_name="agency",
                            ),
                        ),
                        ("is_for_all_readers", models.BooleanField(default=False)),
                        ("written_on", models.DateField()),
                        ("sealed_text", models.BinaryField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("inquiry", "position"), name="one_note_per_position")],
                    },
                ),
                migrations.CreateModel(
                    name="Mention",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "note",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to="inquiries.note"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("seen_on", models.DateField(null=True)),
                    ],
                    options={
                        "indexes": [models.Index(condition=models.Q(("seen_on", None)), fields=["user"], name="mention_unseen")],
                        "constraints": [
                            models.UniqueConstraint(fields=("note", "user"), name="one_mention_per_note_and_colleague")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Publication",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="publications",
                                to="inquiries.inquiry",
                            ),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisations.organisation",
                                verbose_name="agency",
                            ),
                        ),
                        (
                            "author",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="author",
                            ),
                        ),
                        (
                            "topic",
                            models.CharField(
                                choices=[
                                    ("classification", "Is my item controlled?"),
                                    ("transaction", "A transaction or an end user"),
                                    ("licensing", "A licence or a procedure"),
                                    ("sanctions", "Sanctions"),
                                    ("investment", "Investment screening"),
                                    ("technology-transfer", "Technology transfer and research"),
                                    ("risk-landscape", "The risk landscape"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                                verbose_name="topic",
                            ),
                        ),
                        (
                            "codes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40), default=list, size=None, verbose_name="control entries"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("in-review", "Waiting for approval"),
                                    ("approved", "Approved"),
                                    ("published", "Published"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(default=0)),
                        ("published_revision", models.PositiveIntegerField(null=True)),
                        ("title", models.CharField(blank=True, max_length=160, verbose_name="title")),
                        ("question", models.TextField(blank=True, verbose_name="question")),
                        ("answer", models.TextField(blank=True, verbose_name="answer")),
                        ("drafted_on", models.DateField()),
                        ("not_before", models.DateField(null=True)),
                        ("published_on", models.DateField(null=True)),
                        ("changed_on", models.DateField(null=True)),
                        ("withdrawn_on", models.DateField(null=True)),
                        ("withdrawal_reason", models.CharField(blank=True, max_length=300)),
                        ("helpful", models.PositiveIntegerField(default=0)),
                        ("unhelpful", models.PositiveIntegerField(default=0)),
                        ("search", django.contrib.postgres.search.SearchVectorField(null=True)),
                        (
                            "segments",
                            models.ManyToManyField(
                                related_name="+",
                                through="inquiries.PublicationSegment",
                                to="catalogue.segment",
                                verbose_name="segments",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(fields=["search"], name="publication_search"),
                            models.Index(
                                models.OrderBy(models.F("published_on"), descending=True, nulls_last=True),
                                models.F("id"),
                                name="publication_newest_first",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["draft", "in-review", "approved", "published", "withdrawn"])),
                                name="publication_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answer", ""),
                                        ("published_on", None),
                                        ("published_revision", None),
                                        ("question", ""),
                                        ("title", ""),
                                    ),
                                    models.Q(
                                        ("published_on__isnull", False),
                                        ("published_revision__isnull", False),
                                        models.Q(("title", ""), _negated=True),
                                        models.Q(("question", ""), _negated=True),
                                        models.Q(("answer", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="publication_shows_words_only_once_it_is_out",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "approved"), _negated=True), ("not_before__isnull", False), _connector="OR"
                                ),
                                name="publication_approved_has_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "published"), _negated=True),
                                    ("published_revision", models.F("revision")),
                                    _connector="OR",
                                ),
                                name="publication_out_is_the_latest",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state", "withdrawn"),
                                        ("withdrawn_on__isnull", False),
                                        models.Q(("withdrawal_reason", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "withdrawn"), _negated=True),
                                        ("withdrawal_reason", ""),
                                        ("withdrawn_on", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="publication_withdrawn_when_and_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PublicationSegment",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ("publication", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="inquiries.publication")),
                        (
                            "segment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.segment"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("publication", "segment"), name="one_publication_segment")],
                    },
                ),
                migrations.CreateModel(
                    name="PublicationRevision",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "publication",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="inquiries.publication"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("sealed_words", models.BinaryField()),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="what has changed")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                        (
                            "approver",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("approved_on", models.DateField(null=True)),
                        ("returned_with", models.CharField(blank=True, max_length=1000)),
                        ("published_on", models.DateField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("publication", "number"), name="one_publication_revision_per_number"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("approved_on", None), ("approver", None)),
                                    models.Q(("approved_on__isnull", False), models.Q(("approver", models.F("by")), _negated=True)),
                                    _connector="OR",
                                ),
                                name="publication_approver_is_not_the_writer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("published_on", None), ("approver__isnull", False), _connector="OR"),
                                name="publication_out_is_approved",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Redaction",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="redactions", to="inquiries.inquiry"
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inquiries.message"
                            ),
                        ),
                        ("part", models.CharField(blank=True, max_length=24)),
                        ("start", models.PositiveIntegerField()),
                        ("end", models.PositiveIntegerField()),
                        (
                            "mode",
                            models.CharField(
                                choices=[("mask", "Hidden"), ("permanent", "Taken out for good")], default="mask", max_length=9
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="reason")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                        ("filed", models.CharField(blank=True, max_length=64)),
                        ("filed_version", models.PositiveSmallIntegerField(default=1)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("end__gt", models.F("start"))), name="redaction_is_of_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mode__in", ["mask", "permanent"])), name="redaction_mode_is_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="redaction_has_a_reason"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("filed", ""), ("mode", "permanent"), _connector="OR"),
                                name="redaction_keeps_a_hash_for_good_only",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("part", ""),
                                    models.Q(("message", None), ("part__regex", "^item[1-9]\\.[a-z_]+$")),
                                    _connector="OR",
                                ),
                                name="redaction_is_of_a_message_or_a_part",
                            ),
                            models.UniqueConstraint(
                                fields=("inquiry", "message", "part", "start", "end"),
                                name="one_redaction_per_passage",
                                nulls_distinct=False,
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Relation",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "inquiry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="relations", to="inquiries.inquiry"
                            ),
                        ),
                        (
                            "other",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="relations_from", to="inquiries.inquiry"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("related", "Related"), ("duplicate", "Asks the same"), ("merged", "Answered together")],
                                max_length=9,
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("inquiry", models.F("other")), _negated=True), name="relation_is_of_two_cases"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["related", "duplicate", "merged"])), name="relation_kind_is_known"
                            ),
                            models.UniqueConstraint(fields=("inquiry", "other"), name="one_relation_per_pair"),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "merged")), fields=("inquiry",), name="merged_into_one_case"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reply",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="organisations.organisation",
                                verbose_name="agency",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("text", models.TextField(verbose_name="text")),
                        (
                            "topic",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("classification", "Is my item controlled?"),
                                    ("transaction", "A transaction or an end user"),
                                    ("licensing", "A licence or a procedure"),
                                    ("sanctions", "Sanctions"),
                                    ("investment", "Investment screening"),
                                    ("technology-transfer", "Technology transfer and research"),
                                    ("risk-landscape", "The risk landscape"),
                                    ("other", "Something else"),
                                ],
                                max_length=20,
                                verbose_name="topic",
                            ),
                        ),
                        (
                            "segment",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="catalogue.segment",
                                verbose_name="segment",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                        ("is_retired", models.BooleanField(default=False)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_retired", False)),
                                fields=("agency", "name"),
                                name="one_reply_per_agency_and_name",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReplyVersion",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "reply",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="inquiries.reply"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("text", models.TextField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("reply", "number"), name="one_reply_version_per_number")],
                    },
                ),
                migrations.CreateModel(
                    name="SavedFilter",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="organisations.organisation",
                                verbose_name="shared with",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="name")),
                        ("query", models.CharField(max_length=600)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("owner", "name"), name="one_saved_filter_per_name"),
                            models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="saved_filter_has_a_name"),
                        ],
                    },
                ),
            ]
        )
    ]
