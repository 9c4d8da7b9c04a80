"""The WSGI application that the web process serves."""

import gc
import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from doorstep.config.chunked_bodies import with_length  # noqa: E402
from doorstep.config.static_files import collect_when_changed  # noqa: E402

if not settings.DEBUG:
    # Before the middleware looks at the folder.
    collect_when_changed()
application = with_length(get_wsgi_application())

# Load every view now, and let the cycle collector pass over all of it and look less often: a bulk
# request makes hundreds of thousands of objects without a cycle among them, and going through
# everything that is loaded for their sake took a fifth of its time.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
