import datetime
import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import organisations.validators
import registry.disclosure

# Who may put off what, asked of the database itself: the delay is approved, its last day is the one written, nothing of the batch is in
# the ledger already, and the lines that follow are those of the delay's asker, for its audience and purpose, not after its last day.
GUARDS = """
CREATE FUNCTION registry_delay_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM registry_delay WHERE id = NEW.delay_id AND state = 'approved' AND until = NEW.until
    ) THEN
        RAISE EXCEPTION 'the delay is not approved, or ends on another day' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM registry_look WHERE batch = NEW.batch) THEN
        RAISE EXCEPTION 'what is in the ledger already is not put off' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER registry_delay_guard BEFORE INSERT ON registry_delayedbatch
    FOR EACH ROW EXECUTE FUNCTION registry_delay_guard();
CREATE FUNCTION registry_delayed_look_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM written JOIN registry_delayedbatch USING (batch) JOIN registry_delay AS delay ON delay.id = delay_id
        WHERE (written.viewer_id, written.audience, written.purpose) IS DISTINCT FROM
            (delay.asked_by_id, delay.audience, delay.purpose) OR written."on" NOT BETWEEN delay.decided_on AND delay.until
    ) THEN
        RAISE EXCEPTION 'the delay is for other looks' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER registry_delayed_look_guard AFTER INSERT ON registry_look
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION registry_delayed_look_guard()
"""
NO_GUARDS = """
DROP TRIGGER registry_delayed_look_guard ON registry_look;
DROP FUNCTION registry_delayed_look_guard();
DROP TRIGGER registry_delay_guard ON registry_delayedbatch;
DROP FUNCTION registry_delay_guard()
"""

# A delay is decided once and never made longer; what is put off is written by the gateway's login and stays.
RIGHTS = """
REVOKE UPDATE, DELETE ON registry_delay FROM portal_app;
GRANT UPDATE (state, decided_by_id, decided_on) ON registry_delay TO portal_app;
REVOKE INSERT, UPDATE, DELETE ON registry_delayedbatch FROM portal_app;
GRANT INSERT ON registry_delayedbatch TO portal_disclosed
"""
NO_RIGHTS = """
GRANT UPDATE, DELETE ON registry_delay TO portal_app;
GRANT INSERT, UPDATE, DELETE ON registry_delayedbatch TO portal_app;
REVOKE INSERT ON registry_delayedbatch FROM portal_disclosed
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0018_introductions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    models.CharField(max_length=300, validators=[organisations.validators.plain_text], verbose_name="reason"),
                ),
                ("until", models.DateField(verbose_name="last day")),
                ("asked_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "Waits for a second official"), ("approved", "Approved"), ("refused", "Refused")],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("decided_on", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="DelayedBatch",
            fields=[
                ("batch", models.UUIDField(primary_key=True, serialize=False)),
                ("until", models.DateField()),
            ],
            options={
                "verbose_name_plural": "delayed batches",
            },
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["batch"], name="look_by_batch"),
        ),
        migrations.AddField(
            model_name="delay",
            name="asked_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="delay",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="delayedbatch",
            name="delay",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="registry.delay"),
        ),
        migrations.AddConstraint(
            model_name="delay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")),
                fields=("asked_by", "audience", "purpose", "reason", "until"),
                name="one_delay_asked_for_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="delay",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="delay_has_a_reason"),
        ),
        migrations.AddConstraint(
            model_name="delay",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="delay",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="delay",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None), models.Q(("decided_by", models.F("asked_by")), _negated=True), _connector="OR"
                ),
                name="delay_has_two_officials",
            ),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
        migrations.RunSQL(RIGHTS, NO_RIGHTS),
    ]
