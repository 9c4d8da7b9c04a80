"""The data folder: one key for ever, one Doorstep at a time, and clear words when it cannot be used."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from doorstep.runtime import folder_lock
from doorstep.runtime.data_folder import DataFolder
from doorstep.runtime.errors import DataFolderBusy, RuntimeProblem


def test_the_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    data = DataFolder.open(tmp_path / "data")
    key = data.secret_key()
    assert len(key) >= 48
    assert stat.S_IMODE(data.key_file.stat().st_mode) == 0o600
    assert DataFolder.open(tmp_path / "data").secret_key() == key
    assert [path.name for path in data.root.glob("secret*")] == ["secret.key"]


def test_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    data = DataFolder.open(tmp_path)
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.append(data.secret_key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1


def test_a_lost_key_is_not_replaced_silently(tmp_path: Path) -> None:
    data = DataFolder.open(tmp_path)
    data.key_file.write_text("")
    with pytest.raises(RuntimeProblem, match="too short"):
        data.secret_key()
    assert data.key_file.read_text() == ""


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeProblem, match="cannot be used"):
        DataFolder.open(tmp_path / "file")


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    with folder_lock.hold(tmp_path / "lock", "doorstep run"):
        second = folder_lock.hold(tmp_path / "lock", "doorstep seed")
        with pytest.raises(DataFolderBusy, match="doorstep run, process"):
            second.__enter__()
    with folder_lock.hold(tmp_path / "lock", "doorstep seed"):
        pass
