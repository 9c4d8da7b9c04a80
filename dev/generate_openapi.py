"""The OpenAPI file in ``docs/api``: a change of what the API answers is seen in review."""

from __future__ import annotations

import json
from pathlib import Path

from dev.generate_docs import ROOT, load

FILE: Path = ROOT / "docs" / "api" / "openapi.json"


def openapi() -> str:
    """Return the file as ``/api/v1/openapi.json`` answers it, laid out to be read."""
    load()
    # Imported here: the operations import models, which exist once Django has started.
    from doorstep.api.v1.openapi import document

    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
