"""The documentation of webhooks: every type, with its example."""

from __future__ import annotations

import html
import json

from django.test import Client
from django.urls import reverse

from doorstep.connectors.webhooks import api as webhooks


def test_every_event_type_stands_with_its_example() -> None:
    page = html.unescape(Client().get(reverse("api:docs")).content.decode())
    for one in webhooks.list_event_types():
        assert f'id="event-{one.name}"' in page
        assert json.dumps(one.example, indent=2) in page
