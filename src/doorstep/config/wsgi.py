"""The WSGI application that the web process serves."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
django.setup()

from django.conf import settings  # noqa: E402

from doorstep.config.chunked_bodies import with_length  # noqa: E402
from doorstep.config.static_files import collect_when_changed  # noqa: E402

if not settings.DEBUG:
    # Before the middleware looks at the folder.
    collect_when_changed()
application = with_length(get_wsgi_application())
