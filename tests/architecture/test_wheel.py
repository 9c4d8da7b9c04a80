"""The wheel holds everything that the code reads beside itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_SHIPPED = {".pyc", ".md"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what a wheel is built from, so that the checkout stays clean and two runs do not meet."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    return folder


@pytest.fixture(scope="module")
def wheel(copy: Path) -> zipfile.ZipFile:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next((copy / "dist").glob("*.whl")))


def shipped(source: Path) -> set[str]:
    """Return what must be in the wheel: modules and the files beside them, but no tests."""
    return {
        str(path.relative_to(source))
        for path in (source / "doorstep").rglob("*")
        if path.is_file() and "tests" not in path.parts and path.suffix not in NOT_SHIPPED
    }


def test_all_that_belongs_is_in_and_no_tests_are(copy: Path, wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if not name.startswith("doorstep-")}
    # Building writes what it copies below build/, beside the sources.
    assert shipped(copy / "src") - names == set()
    assert [name for name in names if "/tests/" in name] == []


def test_it_names_its_command_and_license(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    assert "doorstep = doorstep.cli.main:main" in wheel.read(entry_points).decode()
    metadata = wheel.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert "License-Expression: Apache-2.0" in metadata
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_lock_files_hold_exact_versions_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-pdf.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith(("#", "-r "))]
        assert pins
        for line in pins:
            package, _, version = line.partition("==")
            assert package, line
            assert version, line
            assert "://" not in line
            assert "@" not in line
