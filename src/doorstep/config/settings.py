"""Django settings, read from the environment once at start.

``environment.py`` lists every variable; docs/guides/configuration.md shows the list.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from doorstep.config import environment, live_address, logs

PACKAGE_DIR = Path(__file__).resolve().parent.parent


def _database(url: str) -> dict[str, object]:
    """Turn a PostgreSQL URL (also with ``?host=/socket/dir``) into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = options.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "doorstep",
        "USER": unquote(parts.username or "postgres"),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(options.pop("port", parts.port or "")),
        # Each server thread keeps its connection; one that died meanwhile is noticed before use.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DEBUG = environment.flag("DOORSTEP_DEBUG")
SECRET_KEY = environment.text("DOORSTEP_SECRET_KEY")
SECRET_KEY_FALLBACKS = environment.names("DOORSTEP_OLD_SECRET_KEYS")
BASE_URL = environment.text("DOORSTEP_BASE_URL").rstrip("/")
DATABASES = {"default": _database(environment.text("DATABASE_URL") or "postgresql:///doorstep")}
DATA_DIR = Path(environment.text("DATA")).resolve()

# Stores bring domains of their own, which the database knows: HostMiddleware decides.
ALLOWED_HOSTS = ["*"]
OWN_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *filter(None, [urlsplit(BASE_URL).hostname]),
    *environment.names("DOORSTEP_HOSTS"),
]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "django_cotton",
    "django_htmx",
    "doorstep.console",  # before allauth: its own templates for signing in come first
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "doorstep.kernel",
    "doorstep.design",
    "doorstep.rooms.stores",
    "doorstep.portal",
    "doorstep.api",
    "doorstep.rooms.customers",
    "doorstep.rooms.catalog",
    "doorstep.rooms.inventory",
    "doorstep.rooms.messaging",
    "doorstep.rooms.payments",
    "doorstep.rooms.wallet",
    "doorstep.rooms.orders",
    "doorstep.rooms.billing",
    "doorstep.rooms.fulfillment",
    "doorstep.rooms.tracking",
    "doorstep.rooms.changes",
    "doorstep.rooms.returns",
    "doorstep.rooms.audiences",
    "doorstep.rooms.journeys",
    "doorstep.connectors.base",
    "doorstep.connectors.csv_import",
    "doorstep.connectors.webhooks",
    "doorstep.demo",
    "doorstep.config",
]
MIDDLEWARE = [
    "doorstep.config.health.HealthMiddleware",
    "doorstep.connectors.base.middleware.HookMiddleware",
    "doorstep.config.large_bodies.LargeBodyMiddleware",
    "doorstep.config.client_address.ClientAddressMiddleware",
    "doorstep.config.browser_features.BrowserFeaturesMiddleware",
    "csp.middleware.CSPMiddleware",
    "doorstep.config.hosts.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "doorstep.config.urls"
WSGI_APPLICATION = "doorstep.config.wsgi.application"
AUTH_USER_MODEL = "stores.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "doorstep.console.context.console",
            ]
        },
    }
]

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "console-home"
ACCOUNT_ADAPTER = "doorstep.console.signin.adapter.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are invited by an owner who knows them
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_ADAPTER = "doorstep.console.signin.adapter.StaffMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# An owner invites an address; nobody needs to prove it by a mail, which may not even be set up.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Doorstep"

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Bytes of a request body that is read whole. A webhook with 500 order lines has about one million.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

_HTTPS = BASE_URL.startswith("https://")
BEHIND_PROXY = environment.flag("DOORSTEP_BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_SSL_REDIRECT = _HTTPS and BEHIND_PROXY
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
# The mailbox shows a message in a frame of its own page.
X_FRAME_OPTIONS = "SAMEORIGIN"
CSRF_TRUSTED_ORIGINS = [BASE_URL] if _HTTPS else []
CSRF_FAILURE_VIEW = "doorstep.config.error_pages.expired_form"
# Where order pages listen for news; empty when nothing serves them.
DOORSTEP_LIVE_URL = live_address.find_address(
    environment.text("DOORSTEP_LIVE_URL"),
    environment.text("DOORSTEP_LIVE_PORT"),
    by_path=BEHIND_PROXY or _HTTPS,
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        # Product pictures live with the shop, wherever that is.
        "img-src": [SELF, "data:", "https:"],
        "connect-src": [SELF, *live_address.policy_sources(DOORSTEP_LIVE_URL)],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

_LOG_FORMAT, _LOG_LEVEL = logs.wanted()
logs.configure(_LOG_FORMAT)
LOGGING = logs.dictionary(_LOG_FORMAT, _LOG_LEVEL)

# Whom the outbound HTTP client may call (ADR 0006).
DOORSTEP_OUTBOUND_ALLOW = environment.names("DOORSTEP_OUTBOUND_ALLOW")
DOORSTEP_OUTBOUND_PORTS = environment.names("DOORSTEP_OUTBOUND_PORTS")
DOORSTEP_STRIPE_URL = environment.text("DOORSTEP_STRIPE_URL").rstrip("/")
DOORSTEP_EASYPOST_URL = environment.text("DOORSTEP_EASYPOST_URL").rstrip("/")
