"""All tables of the app, written from the models; what the models can't say is in `0002_guards`.

`replaces` names the steps in which they were once made: where those have run, Django counts this one as done.
"""

import datetime
import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import organisations.validators
import registry.disclosure
import registry.models.entries
from organisations.migrations._operations import CreateModels


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("registry", "0001_initial"),
        ("registry", "0002_rights"),
        ("registry", "0003_fuller_entry"),
        ("registry", "0004_drafts_and_evidence"),
        ("registry", "0005_agreement_lifecycle"),
        ("registry", "0006_agreement_written_once"),
        ("registry", "0007_ledger_chain"),
        ("registry", "0008_ledger_written_once"),
        ("registry", "0009_look_questions"),
        ("registry", "0010_look_questions_rights"),
        ("registry", "0011_saved_searches"),
        ("registry", "0013_renewal"),
        ("registry", "0014_removal"),
        ("registry", "0015_listing_invitations"),
        ("registry", "0015_merges"),
        ("registry", "0015_register_imports"),
        ("registry", "0016_figures"),
        ("registry", "0017_outreach"),
        ("registry", "0018_introductions"),
        ("registry", "0019_delay"),
        ("registry", "0020_people"),
        ("registry", "0021_history"),
        ("registry", "0022_faster_looks"),
        ("registry", "0023_look_tokens"),
        ("registry", "0024_keys_of_a_cell"),
        ("registry", "0025_each_association"),
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
                    name="Entry",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "organisation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="registry_entry",
                                to="organisations.organisation",
                            ),
                        ),
                        (
                            "legal_name",
                            models.CharField(
                                max_length=200, validators=[organisations.validators.plain_text], verbose_name="legal name"
                            ),
                        ),
                        (
                            "unit_name",
                            models.CharField(
                                blank=True, max_length=200, validators=[organisations.validators.plain_text], verbose_name="unit"
                            ),
                        ),
                        (
                            "trading_names",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=200, validators=[organisations.validators.plain_text]),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="trading names",
                            ),
                        ),
                        (
                            "country",
                            models.CharField(
                                default="EE",
                                max_length=2,
                                validators=[django.core.validators.RegexValidator("^[A-Z]{2}\\Z", "Choose a country.")],
                                verbose_name="country of registration",
                            ),
                        ),
                        (
                            "registration_number",
                            models.CharField(
                                max_length=40, validators=[organisations.validators.plain_text], verbose_name="registration number"
                            ),
                        ),
                        ("vat_number", models.CharField(blank=True, max_length=20, verbose_name="VAT number")),
                        ("lei", models.CharField(blank=True, max_length=20, verbose_name="legal entity identifier")),
                        ("eori", models.CharField(blank=True, max_length=17, verbose_name="EORI number")),
                        ("ror", models.CharField(blank=True, max_length=9, verbose_name="ROR id")),
                        (
                            "size_band",
                            models.CharField(
                                choices=[
                                    ("micro", "Micro: fewer than 10 people"),
                                    ("small", "Small: 10 to 49 people"),
                                    ("medium", "Medium: 50 to 249 people"),
                                    ("large", "Large: 250 people or more"),
                                ],
                                max_length=10,
                                verbose_name="size",
                            ),
                        ),
                        (
                            "region",
                            models.CharField(
                                max_length=5,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[A-Z]{2}[0-9A-Z]{0,3}\\Z", "Enter a NUTS code of two to five characters, such as EE001."
                                    )
                                ],
                                verbose_name="region",
                            ),
                        ),
                        (
                            "other_regions",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=5),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="other regions",
                            ),
                        ),
                        (
                            "nace",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=5),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="economic activities",
                            ),
                        ),
                        (
                            "products",
                            models.TextField(
                                blank=True,
                                validators=[django.core.validators.MaxLengthValidator(4000), organisations.validators.plain_text],
                                verbose_name="products and capabilities",
                            ),
                        ),
                        (
                            "control_entries",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=40),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="control entries",
                            ),
                        ),
                        (
                            "markets",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("154", "Northern Europe"),
                                        ("155", "Western Europe"),
                                        ("039", "Southern Europe and the Balkans"),
                                        ("151", "Eastern Europe"),
                                        ("145", "Western Asia: the Gulf, the Levant, Turkey, the Caucasus"),
                                        ("143", "Central Asia"),
                                        ("034", "Southern Asia"),
                                        ("030", "Eastern Asia"),
                                        ("035", "South-eastern Asia"),
                                        ("015", "Northern Africa"),
                                        ("202", "Africa south of the Sahara"),
                                        ("021", "Northern America"),
                                        ("419", "Latin America and the Caribbean"),
                                        ("009", "Oceania"),
                                    ],
                                    max_length=3,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="markets",
                            ),
                        ),
                        ("certifications", models.JSONField(blank=True, default=list, verbose_name="certifications")),
                        (
                            "compliance",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("none", "None: we look at each case as it comes"),
                                    ("basic", "Basic: somebody is in charge and screens orders"),
                                    ("documented", "Documented: written procedures, training and records"),
                                    ("audited", "Audited: somebody independent checks that the procedures are followed"),
                                ],
                                max_length=10,
                                verbose_name="compliance programme",
                            ),
                        ),
                        (
                            "partners",
                            models.TextField(
                                blank=True,
                                validators=[django.core.validators.MaxLengthValidator(2000), organisations.validators.plain_text],
                                verbose_name="research partners",
                            ),
                        ),
                        (
                            "willingness",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("expert-panel", "Sit on an expert panel"),
                                        ("consultations", "Answer consultations before rules change"),
                                        ("pilot", "Try new services of the focal point in a pilot"),
                                    ],
                                    max_length=20,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="willingness",
                            ),
                        ),
                        ("website", models.URLField(blank=True, verbose_name="website")),
                        ("contact_email", models.EmailField(blank=True, max_length=254, verbose_name="contact address")),
                        ("pairwise_secret", models.BinaryField(default=registry.models.entries.new_pairwise_secret, max_length=32)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("confirmed_on", models.DateField(default=django.utils.timezone.localdate)),
                        ("lapsed_on", models.DateField(null=True)),
                        (
                            "merged_into",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tombstones",
                                to="registry.entry",
                            ),
                        ),
                        ("merged_on", models.DateField(null=True)),
                        ("is_current", models.BooleanField(default=True)),
                        (
                            "memberships",
                            models.ManyToManyField(
                                blank=True, related_name="+", to="organisations.organisation", verbose_name="memberships"
                            ),
                        ),
                        (
                            "segments",
                            models.ManyToManyField(related_name="+", through="registry.EntrySegment", to="catalogue.segment"),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "entries",
                        "constraints": [
                            models.UniqueConstraint(fields=("id", "is_current"), name="entry_id_is_current"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("is_current", True), ("lapsed_on", None), ("merged_into", None)),
                                    models.Q(
                                        ("is_current", False),
                                        models.Q(("lapsed_on__isnull", False), ("merged_into__isnull", False), _connector="OR"),
                                    ),
                                    _connector="OR",
                                ),
                                name="entry_is_current_unless_it_lapsed_or_was_merged",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("merged_into", None), ("merged_on", None)),
                                    models.Q(("merged_into__isnull", False), ("merged_on__isnull", False)),
                                    _connector="OR",
                                ),
                                name="entry_merged_into_and_on",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("merged_into", models.F("id")), _negated=True),
                                name="entry_is_not_merged_into_itself",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EntrySegment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="activities", to="registry.entry"
                            ),
                        ),
                        (
                            "segment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalogue.segment"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("develops", "Develops"),
                                    ("produces", "Produces"),
                                    ("trades", "Trades"),
                                    ("researches", "Researches"),
                                    ("integrates", "Integrates"),
                                ],
                                max_length=20,
                                verbose_name="what you do",
                            ),
                        ),
                        (
                            "readiness",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(9),
                                ],
                                verbose_name="readiness level",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("entry", "segment", "role"), name="one_activity_per_segment_and_role"),
                            models.CheckConstraint(
                                condition=models.Q(("readiness", None), ("readiness__range", (1, 9)), _connector="OR"),
                                name="readiness_is_1_to_9",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("role__in", ["develops", "produces", "trades", "researches", "integrates"])),
                                name="activity_role_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EntryChange",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="registry.entry"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "fields",
                            django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="EntryDraft",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "organisation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
                            ),
                        ),
                        ("typed", models.JSONField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                ),
                migrations.CreateModel(
                    name="Evidence",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="registry.entry"
                            ),
                        ),
                        ("field", models.CharField(max_length=30)),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("said", "Said by the firm or institute"),
                                    ("document", "Confirmed by a document"),
                                    ("register", "Checked against a register"),
                                ],
                                max_length=10,
                                verbose_name="evidence",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True, max_length=300, validators=[organisations.validators.plain_text], verbose_name="reason"
                            ),
                        ),
                        ("institution", models.CharField(blank=True, max_length=200)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "evidence",
                        "indexes": [models.Index(fields=["entry", "field", "-id"], name="evidence_by_field")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("level__in", ["said", "document", "register"])), name="evidence_level_is_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("institution", ""), ("level", "said"), ("reason", "")),
                                    models.Q(
                                        models.Q(("level", "said"), _negated=True),
                                        models.Q(("reason", ""), _negated=True),
                                        models.Q(("institution", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="whoever_confirms_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ChangedValue",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "change",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="values", to="registry.entrychange"
                            ),
                        ),
                        ("field", models.CharField(max_length=40)),
                        ("before", models.JSONField(null=True)),
                        ("after", models.JSONField(null=True)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("change", "field"), name="one_changed_value_per_field")],
                    },
                ),
                migrations.CreateModel(
                    name="Agreement",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT, related_name="agreement", to="registry.entry"
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                ),
                migrations.CreateModel(
                    name="AgreementVersion",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="registry.agreement"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("terms", models.JSONField()),
                        ("valid_from", models.DateField(verbose_name="valid from")),
                        ("valid_until", models.DateField(verbose_name="valid until")),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("offered", "Proposed, not signed"),
                                    ("signed", "Waiting for countersignature"),
                                    ("active", "Active"),
                                    ("suspended", "Suspended"),
                                    ("amended", "Replaced by a later version"),
                                    ("declined", "Refused"),
                                    ("terminated", "Ended"),
                                    ("expired", "Expired"),
                                ],
                                default="offered",
                                max_length=12,
                            ),
                        ),
                        ("is_active", models.BooleanField(default=False)),
                        (
                            "side",
                            models.CharField(
                                choices=[("firm", "The firm"), ("focal-point", "The focal point")], default="firm", max_length=12
                            ),
                        ),
                        (
                            "answers",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.agreementversion",
                            ),
                        ),
                        (
                            "offered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("offered_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(null=True)),
                        (
                            "signed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("signed_at", models.DateTimeField(null=True)),
                        (
                            "countersigned_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("countersigned_at", models.DateTimeField(null=True)),
                        (
                            "suspended_by",
                            models.CharField(
                                blank=True, choices=[("firm", "The firm"), ("focal-point", "The focal point")], max_length=12
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True)),
                        ("signature", models.JSONField(null=True)),
                        ("receipt", models.JSONField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("agreement", "number"), name="one_agreement_version_per_number"),
                            models.UniqueConstraint(
                                condition=models.Q(("is_active", True)), fields=("agreement",), name="one_active_agreement_version"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("offered", "signed"))),
                                fields=("agreement",),
                                name="one_pending_agreement_version",
                            ),
                            models.UniqueConstraint(fields=("id", "is_active"), name="agreement_version_id_is_active"),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                                name="agreement_period_is_possible",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="agreement_digest_is_sha256"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("is_active", True), ("state", "active")),
                                    models.Q(("is_active", False), models.Q(("state", "active"), _negated=True)),
                                    _connector="OR",
                                ),
                                name="agreement_is_active_when_its_state_says_so",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_at", None), ("signed_by", None)),
                                    models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="agreement_signed_by_and_at",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("countersigned_at", None), ("countersigned_by", None)),
                                    models.Q(
                                        ("countersigned_at__isnull", False),
                                        ("countersigned_by__isnull", False),
                                        ("signed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_countersigned_by_and_at",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_at", None), ("state", "offered")),
                                    models.Q(("countersigned_at", None), ("signed_at__isnull", False), ("state", "signed")),
                                    models.Q(("countersigned_at__isnull", False), ("state__in", ("active", "suspended"))),
                                    ("state__in", ("amended", "declined", "terminated", "expired")),
                                    _connector="OR",
                                ),
                                name="agreement_state_and_signatures",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended_at__isnull", False), ("state__in", ("amended", "declined", "terminated", "expired"))
                                    ),
                                    models.Q(
                                        ("ended_at", None),
                                        models.Q(("state__in", ("amended", "declined", "terminated", "expired")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_ended_at",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "suspended"), ("suspended_by__in", ["firm", "focal-point"])),
                                    models.Q(models.Q(("state", "suspended"), _negated=True), ("suspended_by", "")),
                                    _connector="OR",
                                ),
                                name="agreement_suspended_by",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["firm", "focal-point"])), name="agreement_side_is_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("countersigned_by", None),
                                    models.Q(("countersigned_by", models.F("signed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="agreement_has_two_signatories",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgreementEvent",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="registry.agreementversion"
                            ),
                        ),
                        ("move", models.CharField(max_length=12)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "side",
                            models.CharField(
                                blank=True, choices=[("firm", "The firm"), ("focal-point", "The focal point")], max_length=12
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=1000)),
                    ],
                ),
                migrations.CreateModel(
                    name="Delay",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    (registry.disclosure.Audience["FOCAL_POINT"], "The focal point, for outreach"),
                                    (registry.disclosure.Audience["LICENSING"], "Licensing authorities"),
                                    (registry.disclosure.Audience["INVESTMENT_SCREENING"], "Investment screening authorities"),
                                    (registry.disclosure.Audience["POLICY"], "Ministries that make policy"),
                                    (registry.disclosure.Audience["THREAT_MONITORING"], "Services that monitor threats"),
                                    (registry.disclosure.Audience["ASSOCIATIONS"], "Industry associations"),
                                    (registry.disclosure.Audience["LISTED_FIRMS"], "Other listed firms and institutes"),
                                    (registry.disclosure.Audience["BUSINESS_PROMOTION"], "Business promotion agencies"),
                                    (registry.disclosure.Audience["PARTNER_GOVERNMENT"], "Partner governments"),
                                    (registry.disclosure.Audience["PUBLIC"], "The public"),
                                ],
                                max_length=30,
                                verbose_name="audience",
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    (registry.disclosure.Purpose["OUTREACH"], "Outreach"),
                                    (registry.disclosure.Purpose["EXPERT_CONSULTATION"], "Expert consultation"),
                                    (registry.disclosure.Purpose["ADVISORY_TARGETING"], "Choosing who gets an advisory"),
                                    (registry.disclosure.Purpose["POLICY_INPUT"], "Input to policy"),
                                    (registry.disclosure.Purpose["STATISTICS"], "Statistics"),
                                    (registry.disclosure.Purpose["MATCHMAKING"], "Matchmaking"),
                                    (registry.disclosure.Purpose["BUSINESS_PROMOTION"], "Business promotion"),
                                ],
                                max_length=30,
                                verbose_name="purpose",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                max_length=300, validators=[organisations.validators.plain_text], verbose_name="reason"
                            ),
                        ),
                        ("until", models.DateField(verbose_name="last day")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("asked_on", models.DateField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Waits for a second official"),
                                    ("approved", "Approved"),
                                    ("refused", "Refused"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
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
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("asked_by", "audience", "purpose", "reason", "until"),
                                name="one_delay_asked_for_at_a_time",
                            ),
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="delay_has_a_reason"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until__gte", models.F("asked_on")),
                                    (
                                        "until__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("asked_on"), "+", models.Value(datetime.timedelta(days=180))
                                        ),
                                    ),
                                ),
                                name="delay_ends_in_180_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_by", None), ("decided_on", None), ("state", "asked")),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        ("decided_on__gte", models.F("asked_on")),
                                        ("decided_on__lte", models.F("until")),
                                        ("state__in", ("approved", "refused")),
                                    ),
                                    _connector="OR",
                                ),
                                name="delay_is_decided_by_and_on",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", None),
                                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="delay_has_two_officials",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DelayedBatch",
                    fields=[
                        ("batch", models.UUIDField(primary_key=True, serialize=False)),
                        (
                            "delay",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="registry.delay"
                            ),
                        ),
                        ("until", models.DateField()),
                    ],
                    options={
                        "verbose_name_plural": "delayed batches",
                    },
                ),
                migrations.CreateModel(
                    name="Edition",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("quarter", models.DateField(unique=True)),
                        ("counted_on", models.DateField()),
                        ("areas", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                        ("listed", models.PositiveIntegerField()),
                        ("counted", models.PositiveIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("counted__lte", models.F("listed"))), name="only_listed_entries_are_counted"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PrintedNumber",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="numbers", to="registry.edition"
                            ),
                        ),
                        ("table", models.CharField(max_length=30)),
                        ("row", models.CharField(blank=True, max_length=40)),
                        ("column", models.CharField(blank=True, max_length=40)),
                        ("number", models.PositiveIntegerField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("edition", "table", "row", "column"), name="one_printed_number_per_place"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number", None), ("number__gte", 5), _connector="OR"),
                                name="printed_number_is_of_enough_entries",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Introduction",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "asker",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="introductions_asked", to="registry.entry"
                            ),
                        ),
                        (
                            "asked",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="introductions_received",
                                to="registry.entry",
                            ),
                        ),
                        ("words", models.CharField(max_length=500, validators=[organisations.validators.plain_text])),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("asked_on", models.DateField()),
                        ("expires_on", models.DateField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Asked"),
                                    ("agreed", "Introduced"),
                                    ("declined", "Declined"),
                                    ("taken-back", "Taken back"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("answered_on", models.DateField(null=True)),
                        ("asker_name", models.CharField(blank=True, max_length=200)),
                        ("asked_name", models.CharField(blank=True, max_length=200)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["open", "agreed", "declined", "taken-back"])),
                                name="introduction_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("asker", models.F("asked")), _negated=True),
                                name="introduction_is_of_two_entries",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state", "agreed"),
                                        models.Q(("asker_name", ""), _negated=True),
                                        models.Q(("asked_name", ""), _negated=True),
                                        ("answered_on__isnull", False),
                                    ),
                                    models.Q(models.Q(("state", "agreed"), _negated=True), ("asked_name", ""), ("asker_name", "")),
                                    _connector="OR",
                                ),
                                name="introduction_names_nobody_before_both_agree",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IntroductionMessage",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "introduction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="registry.introduction"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("asker", "The firm that asked"), ("asked", "The firm that was asked")], max_length=10
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("text", models.CharField(max_length=2000)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["asker", "asked"])), name="introduction_message_has_a_side"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InvitationRound",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "association",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("on", models.DateField()),
                        ("sent", models.PositiveIntegerField()),
                        ("accepted", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("accepted__lte", models.F("sent"))), name="no_more_accept_than_were_invited"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ListingInvitation",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "round",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="invitations",
                                to="registry.invitationround",
                            ),
                        ),
                        ("address_digest", models.BinaryField(max_length=32, unique=True)),
                        ("token_digest", models.BinaryField(max_length=32, unique=True)),
                        ("on", models.DateField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("sent", "Sent"), ("accepted", "Accepted"), ("stopped", "Stopped")],
                                default="sent",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ("sent", "accepted", "stopped"))), name="invited_state_is_known"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PartnerOpening",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                            ),
                        ),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    ("business-promotion", "Business promotion agencies"),
                                    ("partner-government", "Partner governments"),
                                ],
                                max_length=30,
                                verbose_name="audience",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                max_length=300, validators=[organisations.validators.plain_text], verbose_name="reason"
                            ),
                        ),
                        ("until", models.DateField(verbose_name="last day")),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("opened_on", models.DateField()),
                        (
                            "closed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("closed_on", models.DateField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("audience__in", ["business-promotion", "partner-government"])),
                                name="opening_is_to_a_partner",
                            ),
                            models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="opening_has_a_reason"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until__gte", models.F("opened_on")),
                                    (
                                        "until__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("opened_on"), "+", models.Value(datetime.timedelta(days=730))
                                        ),
                                    ),
                                ),
                                name="opening_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_by", None), ("closed_on", None)),
                                    models.Q(("closed_by__isnull", False), ("closed_on__gte", models.F("opened_on"))),
                                    _connector="OR",
                                ),
                                name="opening_closed_by_and_on",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Look",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("batch", models.UUIDField()),
                        ("institution", models.CharField(max_length=200)),
                        (
                            "institution_kind",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("agency", "Agency"),
                                    ("firm", "Firm"),
                                    ("institute", "Institute"),
                                    ("association", "Association"),
                                    ("partner", "Partner"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("viewer_id", models.UUIDField(null=True)),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    (registry.disclosure.Audience["FOCAL_POINT"], "The focal point, for outreach"),
                                    (registry.disclosure.Audience["LICENSING"], "Licensing authorities"),
                                    (registry.disclosure.Audience["INVESTMENT_SCREENING"], "Investment screening authorities"),
                                    (registry.disclosure.Audience["POLICY"], "Ministries that make policy"),
                                    (registry.disclosure.Audience["THREAT_MONITORING"], "Services that monitor threats"),
                                    (registry.disclosure.Audience["ASSOCIATIONS"], "Industry associations"),
                                    (registry.disclosure.Audience["LISTED_FIRMS"], "Other listed firms and institutes"),
                                    (registry.disclosure.Audience["BUSINESS_PROMOTION"], "Business promotion agencies"),
                                    (registry.disclosure.Audience["PARTNER_GOVERNMENT"], "Partner governments"),
                                    (registry.disclosure.Audience["PUBLIC"], "The public"),
                                ],
                                max_length=30,
                            ),
                        ),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    (registry.disclosure.Purpose["OUTREACH"], "Outreach"),
                                    (registry.disclosure.Purpose["EXPERT_CONSULTATION"], "Expert consultation"),
                                    (registry.disclosure.Purpose["ADVISORY_TARGETING"], "Choosing who gets an advisory"),
                                    (registry.disclosure.Purpose["POLICY_INPUT"], "Input to policy"),
                                    (registry.disclosure.Purpose["STATISTICS"], "Statistics"),
                                    (registry.disclosure.Purpose["MATCHMAKING"], "Matchmaking"),
                                    (registry.disclosure.Purpose["BUSINESS_PROMOTION"], "Business promotion"),
                                ],
                                max_length=30,
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=300)),
                        (
                            "fields",
                            django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None),
                        ),
                        ("on", models.DateField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("list", "In a list"),
                                    ("one", "Your entry alone"),
                                    ("export", "In an export"),
                                    ("figures", "Counted in published figures"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("entry_ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(fields=["entry_ids"], name="look_by_entry"),
                            models.Index(fields=["batch"], name="look_by_batch"),
                            models.Index(fields=["on", "id"], name="look_by_day"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("audience", registry.disclosure.Audience["PUBLIC"]),
                                        ("institution", ""),
                                        ("viewer_id", None),
                                    ),
                                    models.Q(
                                        models.Q(("audience", registry.disclosure.Audience["PUBLIC"]), _negated=True),
                                        models.Q(("institution", ""), _negated=True),
                                        models.Q(("viewer_id__isnull", False), ("kind", "figures"), _connector="OR"),
                                    ),
                                    _connector="OR",
                                ),
                                name="only_the_public_looks_unnamed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["list", "one", "export", "figures"])), name="look_kind_is_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "audience__in",
                                        frozenset(
                                            [
                                                registry.disclosure.Audience["FOCAL_POINT"],
                                                registry.disclosure.Audience["INVESTMENT_SCREENING"],
                                                registry.disclosure.Audience["LICENSING"],
                                                registry.disclosure.Audience["POLICY"],
                                                registry.disclosure.Audience["THREAT_MONITORING"],
                                            ]
                                        ),
                                    ),
                                    ("reason", ""),
                                    _negated=True,
                                ),
                                name="officials_give_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "audience__in",
                                        (
                                            registry.disclosure.Audience["BUSINESS_PROMOTION"],
                                            registry.disclosure.Audience["PARTNER_GOVERNMENT"],
                                        ),
                                    ),
                                    ("reason", ""),
                                    _negated=True,
                                ),
                                name="partners_give_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerLink",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("look_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                        ("previous", models.CharField(max_length=64)),
                        ("sha256", models.CharField(max_length=64)),
                    ],
                ),
                migrations.CreateModel(
                    name="LedgerSeal",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("on", models.DateField(unique=True)),
                        ("link_id", models.BigIntegerField()),
                        ("statement", models.JSONField()),
                    ],
                ),
                migrations.CreateModel(
                    name="LookQuestion",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="registry.entry"
                            ),
                        ),
                        (
                            "look",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.look"),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("due_on", models.DateField()),
                        ("answered_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("entry", "look"), name="one_question_per_entry_and_look")],
                    },
                ),
                migrations.CreateModel(
                    name="LookMessage",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "question",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="registry.lookquestion"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(choices=[("firm", "The firm"), ("focal-point", "The focal point")], max_length=12),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("text", models.CharField(max_length=2000)),
                    ],
                ),
                migrations.CreateModel(
                    name="LedgerDigest",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="digest", to="registry.entry"
                            ),
                        ),
                        (
                            "pace",
                            models.CharField(
                                choices=[
                                    ("off", "Never"),
                                    ("daily", "Every day with a look"),
                                    ("weekly", "Every week with a look"),
                                    ("monthly", "Every month with a look"),
                                ],
                                default="off",
                                max_length=10,
                                verbose_name="how often",
                            ),
                        ),
                        ("told_until", models.DateField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("pace__in", ["off", "daily", "weekly", "monthly"])), name="digest_pace_is_known"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LookToken",
                    fields=[
                        (
                            "token",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="organisations.apitoken",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                            ),
                        ),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    (registry.disclosure.Audience["FOCAL_POINT"], "The focal point, for outreach"),
                                    (registry.disclosure.Audience["LICENSING"], "Licensing authorities"),
                                    (registry.disclosure.Audience["INVESTMENT_SCREENING"], "Investment screening authorities"),
                                    (registry.disclosure.Audience["POLICY"], "Ministries that make policy"),
                                    (registry.disclosure.Audience["THREAT_MONITORING"], "Services that monitor threats"),
                                    (registry.disclosure.Audience["ASSOCIATIONS"], "Industry associations"),
                                    (registry.disclosure.Audience["LISTED_FIRMS"], "Other listed firms and institutes"),
                                    (registry.disclosure.Audience["BUSINESS_PROMOTION"], "Business promotion agencies"),
                                    (registry.disclosure.Audience["PARTNER_GOVERNMENT"], "Partner governments"),
                                    (registry.disclosure.Audience["PUBLIC"], "The public"),
                                ],
                                max_length=30,
                            ),
                        ),
                        (
                            "purposes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        (registry.disclosure.Purpose["OUTREACH"], "Outreach"),
                                        (registry.disclosure.Purpose["EXPERT_CONSULTATION"], "Expert consultation"),
                                        (registry.disclosure.Purpose["ADVISORY_TARGETING"], "Choosing who gets an advisory"),
                                        (registry.disclosure.Purpose["POLICY_INPUT"], "Input to policy"),
                                        (registry.disclosure.Purpose["STATISTICS"], "Statistics"),
                                        (registry.disclosure.Purpose["MATCHMAKING"], "Matchmaking"),
                                        (registry.disclosure.Purpose["BUSINESS_PROMOTION"], "Business promotion"),
                                    ],
                                    max_length=30,
                                ),
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "audience__in",
                                        (
                                            "focal-point-outreach",
                                            "licensing",
                                            "investment-screening",
                                            "policy",
                                            "threat-monitoring",
                                            "associations",
                                            "listed-firms",
                                            "business-promotion",
                                            "partner-government",
                                        ),
                                    )
                                ),
                                name="look_token_audience_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "purposes__contained_by",
                                        [
                                            "outreach",
                                            "expert-consultation",
                                            "advisory-targeting",
                                            "policy-input",
                                            "statistics",
                                            "matchmaking",
                                            "business-promotion",
                                        ],
                                    ),
                                    models.Q(("purposes", []), _negated=True),
                                ),
                                name="look_token_purposes_are_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedSearch",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        (
                            "audience",
                            models.CharField(
                                choices=[
                                    (registry.disclosure.Audience["FOCAL_POINT"], "The focal point, for outreach"),
                                    (registry.disclosure.Audience["LICENSING"], "Licensing authorities"),
                                    (registry.disclosure.Audience["INVESTMENT_SCREENING"], "Investment screening authorities"),
                                    (registry.disclosure.Audience["POLICY"], "Ministries that make policy"),
                                    (registry.disclosure.Audience["THREAT_MONITORING"], "Services that monitor threats"),
                                    (registry.disclosure.Audience["ASSOCIATIONS"], "Industry associations"),
                                    (registry.disclosure.Audience["LISTED_FIRMS"], "Other listed firms and institutes"),
                                    (registry.disclosure.Audience["BUSINESS_PROMOTION"], "Business promotion agencies"),
                                    (registry.disclosure.Audience["PARTNER_GOVERNMENT"], "Partner governments"),
                                    (registry.disclosure.Audience["PUBLIC"], "The public"),
                                ],
                                max_length=30,
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="organisations.organisation",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(max_length=60, validators=[organisations.validators.plain_text], verbose_name="name"),
                        ),
                        ("query", models.CharField(max_length=3000)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("owner", "audience", "organisation", "name"),
                                name="one_saved_search_per_name",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="saved_search_has_a_name"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("audience", registry.disclosure.Audience["PUBLIC"]), ("organisation", None)),
                                    models.Q(
                                        models.Q(("audience", registry.disclosure.Audience["PUBLIC"]), _negated=True),
                                        models.Q(("organisation", None), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="saved_search_names_for_whom",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Merge",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "loser",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.entry"),
                        ),
                        (
                            "survivor",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.entry"),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("proposed", "Proposed"), ("done", "Merged"), ("declined", "Refused")],
                                default="proposed",
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(max_length=1000)),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("proposed_at", models.DateTimeField()),
                        (
                            "seconded_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["proposed", "done", "declined"])), name="merge_state_is_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("loser", models.F("survivor")), _negated=True), name="merge_is_of_two_entries"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("seconded_by", None),
                                    models.Q(("seconded_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="merge_has_two_officials",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("ended_by", None), ("state", "proposed")),
                                    models.Q(
                                        models.Q(("state", "proposed"), _negated=True),
                                        ("ended_at__isnull", False),
                                        ("ended_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="merge_ended_by_and_at",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "proposed")), fields=("loser",), name="one_merge_proposed_of_an_entry"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Outreach",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                            ),
                        ),
                        ("audience", models.CharField(max_length=30)),
                        (
                            "subject",
                            models.CharField(
                                max_length=200, validators=[organisations.validators.plain_text], verbose_name="subject"
                            ),
                        ),
                        (
                            "text",
                            models.TextField(
                                validators=[django.core.validators.MaxLengthValidator(4000), organisations.validators.plain_text],
                                verbose_name="text",
                            ),
                        ),
                        ("event_on", models.DateField(blank=True, null=True)),
                        ("reply_by", models.DateField()),
                        ("segment", models.CharField(blank=True, max_length=20)),
                        ("role", models.CharField(blank=True, max_length=12)),
                        ("region", models.CharField(blank=True, max_length=5)),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("waiting", "Waits for a second official"), ("sent", "Sent")],
                                default="draft",
                                max_length=10,
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(default=1)),
                        (
                            "written_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("written_at", models.DateTimeField()),
                        (
                            "approved_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("mailed", models.PositiveIntegerField(default=0)),
                        ("unreached", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["agency", "-written_at"], name="outreach_by_agency")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["draft", "waiting", "sent"])), name="outreach_state_is_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", False), ("state", "sent")),
                                    models.Q(
                                        models.Q(("state", "sent"), _negated=True),
                                        ("approved_by", None),
                                        ("mailed", 0),
                                        ("sent_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="outreach_sent_and_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("mailed__lte", 25), ("approved_by__isnull", False), _connector="OR"),
                                name="outreach_to_many_has_a_second_official",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by", None),
                                    models.Q(("approved_by", models.F("written_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="outreach_has_two_officials",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("event_on", None), ("event_on__gte", models.F("reply_by")), _connector="OR"),
                                name="outreach_replies_come_before_the_event",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invited",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "outreach",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="invited", to="registry.outreach"
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="invited", to="registry.entry"
                            ),
                        ),
                        ("last_at", models.DateTimeField(null=True)),
                        (
                            "last_side",
                            models.CharField(blank=True, choices=[("firm", "The firm"), ("agency", "The agency")], max_length=10),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("outreach", "entry"), name="an_entry_is_invited_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("last_at", None), ("last_side", "")),
                                    models.Q(("last_at__isnull", False), ("last_side__in", ["firm", "agency"])),
                                    _connector="OR",
                                ),
                                name="invited_last_message_has_a_side",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutreachMessage",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "invited",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="registry.invited"
                            ),
                        ),
                        ("side", models.CharField(choices=[("firm", "The firm"), ("agency", "The agency")], max_length=10)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("text", models.CharField(max_length=2000)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("side__in", ["firm", "agency"])), name="outreach_message_has_a_side"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NoOutreach",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "entry",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="registry.entry"),
                        ),
                        (
                            "agency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organisations.organisation"
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
                        "verbose_name_plural": "no outreach",
                        "constraints": [models.UniqueConstraint(fields=("entry", "agency"), name="no_outreach_is_said_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Person",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="people", to="registry.entry"
                            ),
                        ),
                        (
                            "name",
                            models.CharField(max_length=200, validators=[organisations.validators.plain_text], verbose_name="Name"),
                        ),
                        (
                            "role",
                            models.CharField(
                                blank=True, max_length=200, validators=[organisations.validators.plain_text], verbose_name="Role"
                            ),
                        ),
                        ("email", models.EmailField(max_length=254, verbose_name="E-mail address")),
                        (
                            "phone",
                            models.CharField(
                                blank=True,
                                max_length=40,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[0-9+() /.-]*\\Z", "Enter a phone number, such as +372 600 0000."
                                    )
                                ],
                                verbose_name="Phone",
                            ),
                        ),
                        (
                            "languages",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("bg", "bg"),
                                        ("hr", "hr"),
                                        ("cs", "cs"),
                                        ("da", "da"),
                                        ("nl", "nl"),
                                        ("en", "en"),
                                        ("et", "et"),
                                        ("fi", "fi"),
                                        ("fr", "fr"),
                                        ("de", "de"),
                                        ("el", "el"),
                                        ("hu", "hu"),
                                        ("ga", "ga"),
                                        ("it", "it"),
                                        ("lv", "lv"),
                                        ("lt", "lt"),
                                        ("pl", "pl"),
                                        ("pt", "pt"),
                                        ("ro", "ro"),
                                        ("sk", "sk"),
                                        ("sl", "sl"),
                                        ("es", "es"),
                                        ("sv", "sv"),
                                        ("ru", "ru"),
                                        ("uk", "uk"),
                                    ],
                                    max_length=2,
                                ),
                                blank=True,
                                default=list,
                                size=None,
                                verbose_name="Languages",
                            ),
                        ),
                        (
                            "named_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("named_on", models.DateField()),
                        ("keep_until", models.DateField()),
                        ("answered_on", models.DateField(null=True)),
                    ],
                    options={
                        "verbose_name_plural": "people",
                        "constraints": [
                            models.UniqueConstraint(fields=("entry", "email"), name="one_person_per_entry_and_address")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="registry.person"
                            ),
                        ),
                        (
                            "field",
                            models.CharField(
                                choices=[
                                    ("name", "Name"),
                                    ("role", "Role"),
                                    ("email", "E-mail address"),
                                    ("phone", "Phone"),
                                    ("languages", "Languages"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "group",
                            models.CharField(
                                choices=[
                                    (registry.disclosure.Group["OFFICIALS"], "Officials of your country"),
                                    (
                                        registry.disclosure.Group["PARTNERS"],
                                        "Associations, other listed firms, business promotion agencies",
                                    ),
                                    (registry.disclosure.Group["OTHER_GOVERNMENTS"], "Partner governments"),
                                    (registry.disclosure.Group["PUBLIC"], "Everybody"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("since", models.DateField()),
                        ("until", models.DateField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("until", None)),
                                fields=("person", "field", "group"),
                                name="one_consent_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                                name="consent_period_is_possible",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("field__in", ["name", "role", "email", "phone", "languages"])),
                                name="consent_field_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("group__in", ["officials", "partners", "other-governments", "public"])),
                                name="consent_group_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Disclosed",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("ref", models.UUIDField()),
                        ("audience", models.CharField(max_length=30)),
                        ("purpose", models.CharField(max_length=30)),
                        ("entry_id", models.UUIDField()),
                        ("shown_to", models.UUIDField(null=True)),
                        (
                            "hidden_from",
                            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None),
                        ),
                        ("agreement_version_id", models.UUIDField()),
                        ("is_active", models.BooleanField(default=True)),
                        ("valid_from", models.DateField()),
                        ("valid_until", models.DateField()),
                        (
                            "fields",
                            django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None),
                        ),
                        (
                            "keys",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=60), default=list, size=None
                            ),
                        ),
                        ("legal_name", models.CharField(max_length=200, null=True)),
                        ("unit_name", models.CharField(max_length=200, null=True)),
                        ("trading_names", models.JSONField(null=True)),
                        ("registration_number", models.CharField(max_length=43, null=True)),
                        ("vat_number", models.CharField(max_length=20, null=True)),
                        ("lei", models.CharField(max_length=20, null=True)),
                        ("eori", models.CharField(max_length=17, null=True)),
                        ("ror", models.CharField(max_length=9, null=True)),
                        ("size_band", models.CharField(max_length=10, null=True)),
                        ("region", models.CharField(max_length=5, null=True)),
                        ("other_regions", models.JSONField(null=True)),
                        ("nace", models.JSONField(null=True)),
                        ("segments", models.JSONField(null=True)),
                        ("readiness", models.PositiveSmallIntegerField(null=True)),
                        ("products", models.TextField(null=True)),
                        ("control_entries", models.JSONField(null=True)),
                        ("markets", models.JSONField(null=True)),
                        ("certifications", models.JSONField(null=True)),
                        ("compliance", models.CharField(max_length=10, null=True)),
                        ("memberships", models.JSONField(null=True)),
                        ("partners", models.TextField(null=True)),
                        ("willingness", models.JSONField(null=True)),
                        ("website", models.URLField(null=True)),
                        ("contact_email", models.EmailField(max_length=254, null=True)),
                        ("people", models.JSONField(null=True)),
                        ("evidence", models.JSONField(default=dict)),
                        ("confirmed_in", models.DateField(null=True)),
                        ("search", django.contrib.postgres.search.SearchVectorField()),
                    ],
                    options={
                        "verbose_name_plural": "disclosed",
                        "indexes": [
                            models.Index(
                                fields=["audience", "purpose", "legal_name", "ref"],
                                include=("valid_from", "valid_until", "shown_to", "hidden_from"),
                                name="disclosed_by_name",
                            ),
                            models.Index(
                                models.F("audience"),
                                models.F("purpose"),
                                models.OrderBy(models.F("legal_name"), descending=True, nulls_last=True),
                                models.OrderBy(models.F("ref")),
                                name="disclosed_by_name_backwards",
                            ),
                            models.Index(fields=["audience", "purpose", "region", "legal_name", "ref"], name="disclosed_by_region"),
                            models.Index(
                                models.F("audience"),
                                models.F("purpose"),
                                models.OrderBy(models.F("readiness"), descending=True, nulls_last=True),
                                models.F("legal_name"),
                                models.F("ref"),
                                name="disclosed_by_readiness",
                            ),
                            models.Index(fields=["agreement_version_id", "is_active"], name="disclosed_by_version"),
                            django.contrib.postgres.indexes.GinIndex(fields=["keys", "search"], name="disclosed_by_keys_and_words"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("audience", "purpose", "ref", "shown_to"),
                                name="one_disclosed_row_per_ref",
                                nulls_distinct=False,
                            ),
                            models.UniqueConstraint(
                                fields=("entry_id", "audience", "purpose", "shown_to"),
                                name="one_disclosed_row_per_cell",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("hidden_from", None), ("shown_to", None)),
                                    models.Q(("audience", registry.disclosure.Audience["ASSOCIATIONS"]), ("hidden_from", None)),
                                    models.Q(
                                        ("audience", registry.disclosure.Audience["ASSOCIATIONS"]),
                                        ("hidden_from__len__gt", 0),
                                        ("shown_to", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="disclosed_row_is_for_all_or_for_one_association",
                            ),
                            models.CheckConstraint(condition=models.Q(("is_active", True)), name="disclosed_only_while_active"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RegisterImport",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                            ),
                        ),
                        ("register", models.CharField(max_length=100, verbose_name="register")),
                        ("extract_on", models.DateField(verbose_name="day of the extract")),
                        ("made_on", models.DateField()),
                        ("content", models.TextField(blank=True)),
                        ("country", models.CharField(max_length=2)),
                        ("mapping", models.JSONField(null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("uploaded", "Columns to be named"),
                                    ("checking", "Dry run under way"),
                                    ("checked", "Dry run done"),
                                    ("applying", "Being applied"),
                                    ("applied", "Applied"),
                                    ("failed", "Stopped"),
                                ],
                                default="uploaded",
                                max_length=10,
                            ),
                        ),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("done", models.PositiveIntegerField(default=0)),
                        ("result", models.JSONField(null=True)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["uploaded", "checking", "checked", "applying", "applied", "failed"])
                                ),
                                name="import_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state", "uploaded"), ("mapping__isnull", False), _connector="OR"),
                                name="import_is_mapped_before_it_runs",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Correction",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="corrections", to="registry.entry"
                            ),
                        ),
                        ("field", models.CharField(max_length=30)),
                        ("value", models.CharField(max_length=250)),
                        ("source", models.CharField(max_length=120)),
                        ("on", models.DateField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("taken", "Taken over"), ("dismissed", "Dismissed")],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "ended_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("entry", "field", "value"), name="each_correction_is_proposed_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_by", None), ("state", "open")),
                                    models.Q(("state__in", ("taken", "dismissed")), ("ended_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="correction_ended_by",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Removal",
                    fields=[
                        ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                            ),
                        ),
                        ("entry_id", models.UUIDField(unique=True, verbose_name="entry")),
                        ("on", models.DateField()),
                        ("statement", models.JSONField()),
                    ],
                ),
                migrations.CreateModel(
                    name="RenewalEvent",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="renewals", to="registry.entry"
                            ),
                        ),
                        (
                            "move",
                            models.CharField(
                                choices=[("confirm", "Confirmed"), ("remind", "Reminded"), ("lapse", "Lapsed")], max_length=10
                            ),
                        ),
                        ("on", models.DateField()),
                        ("confirmed_on", models.DateField()),
                        ("days", models.SmallIntegerField(null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("move__in", ["confirm", "remind", "lapse"])), name="renewal_move_is_known"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("by__isnull", False), ("move", "confirm")),
                                    models.Q(models.Q(("move", "confirm"), _negated=True), ("by", None)),
                                    _connector="OR",
                                ),
                                name="a_person_confirms_and_the_clock_does_the_rest",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("move", "remind")),
                                fields=("entry", "confirmed_on", "days"),
                                name="each_renewal_reminder_once",
                            ),
                        ],
                    },
                ),
            ]
        )
    ]
