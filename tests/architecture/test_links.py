"""Every link from one of our texts to another file leads somewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

HOUSE = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


def test_every_link_between_files_leads_somewhere() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    texts = [HOUSE / name for name in listed.stdout.splitlines()]
    assert texts
    broken = [
        f"{text.relative_to(HOUSE)}: {target}"
        for text in texts
        if text.exists()
        for target in LINK.findall(text.read_text(encoding="utf-8"))
        if not (text.parent / target).exists()
    ]
    assert broken == []
