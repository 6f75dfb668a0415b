"""The WSGI application. Any WSGI server may load it; `huiyin serve` does so with granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huiyin.settings")
application = get_wsgi_application()

from huiyin import checks  # noqa: E402  # needs the settings that the line above loads

checks.refuse_unsafe_storage()
