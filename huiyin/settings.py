"""Django's settings. Everything an installation may choose is an environment variable, listed in docs/settings.md.

A wrong value raises SettingsError, which `huiyin` prints; see huiyin/environ.py for how each is read.
"""

import os
from pathlib import Path
from typing import Any

from huiyin import clamd, entrance, environ, sending

_env = environ.Environ(os.environ)

HOME = _env.folder("HUIYIN_HOME", Path("var"), make=True)

DATABASES = {"default": environ.database(_env, HOME)}
SECRET_KEY = environ.secret_key(_env, HOME)
DB_APP_ROLE = _env.text("HUIYIN_DB_APP_ROLE", "")
KEYS = _env.folder("HUIYIN_KEYS", HOME / "keys", make=True)
ANCHORS = _env.folder("HUIYIN_ANCHORS", HOME / "anchors", make=True)
CIPHERS = _env.one_of("HUIYIN_CIPHERS", "aes-256-gcm", ("aes-256-gcm", "sm4-gcm"))
IDENTITY_HOURS = _env.number("HUIYIN_IDENTITY_HOURS", 24, 1, 168)
FILES = _env.folder("HUIYIN_FILES", HOME / "files", make=True)
FILE_MB = _env.number("HUIYIN_FILE_MB", 50, 1, 500)
CLAMD = clamd.read(_env)
RULES = _env.optional_folder("HUIYIN_RULES")
DEBUG = _env.flag("HUIYIN_DEBUG", False)
ALLOWED_HOSTS = _env.hosts("HUIYIN_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _env.origins("HUIYIN_ORIGINS")
HTTPS = _env.flag("HUIYIN_HTTPS", False)
SENDING = sending.read(_env)
ENTRANCE = entrance.read(_env, https=HTTPS)
METRICS_TOKEN = _env.secret("HUIYIN_METRICS_TOKEN")
BACKUP_TO = _env.names("HUIYIN_BACKUP_TO", "")
LOG_FORM = _env.one_of("HUIYIN_LOG", "line", ("line", "json"))
_env.refuse_unknown("HUIYIN_")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "ninja",
    "huiyin",
    "huiyin.vault",
    "huiyin.org",
    "huiyin.accounts",
    "huiyin.dues",
    "huiyin.evidence",
    "huiyin.cases",
    "huiyin.notices",
    "huiyin.hooks",
    "huiyin.registers",
    "huiyin.search",
    "huiyin.retention",
    "huiyin.watch",
    "huiyin.worker",
    "huiyin.api",
    "huiyin.web",
]
if METRICS_TOKEN:  # several processes of one site add up what each counted
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_env.below(HOME, "metrics")))

MIDDLEWARE = [
    "huiyin.health.counting.count_requests",
    "huiyin.health.probes.let_in",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "huiyin.web.security.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "huiyin.web.reading.in_the_readers_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "huiyin.web.staying.limits",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "huiyin.web.slowly.TooManyPage",
]
ROOT_URLCONF = "huiyin.urls"
WSGI_APPLICATION = "huiyin.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

AUTH_USER_MODEL = "org.Person"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "huiyin.web.views.errors.csrf_failure"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": ENTRANCE.password_length},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "huiyin.org.passwords.SeveralKinds", "OPTIONS": {"least": ENTRANCE.password_kinds}},
]

# The source texts are Chinese (zh-Hans); another language is a catalogue in huiyin/locale and a line here and in huiyin/languages.py.
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
FILE_UPLOAD_HANDLERS = ["huiyin.evidence.uploads.ClosingUploadHandler"]  # nothing uploaded ever lies open on the disk

STATIC_ROOT = HOME / "static"  # filled by `huiyin serve`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

SESSION_ENGINE = "huiyin.accounts.sessions"
SESSION_COOKIE_AGE = int(ENTRANCE.longest.total_seconds())
# a browser takes what begins so only for this very host, over https
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "sessionid"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
PROBES = ("/health/live", "/health/ready", "/metrics")  # huiyin.health.probes
SECURE_REDIRECT_EXEMPT = [f"^{path[1:]}$" for path in PROBES]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Log lines carry case numbers, never names. Errors are logged once, here, and shown by no page.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "huiyin.logs.Line", "format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {
            "()": "huiyin.logs.Json",
            "format": "{asctime}{levelname}{name}{message}",
            "style": "{",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
            "json_ensure_ascii": False,
        },
    },
    "filters": {"nothing typed": {"()": "huiyin.logs.WithoutWhatWasTyped"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORM, "filters": ["nothing typed"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "huiyin": {"level": "INFO"},
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
