"""Where an installation keeps what it must not lose, and what it can make again.

DATA/
  postgres/     the embedded database (only without DATABASE_URL)
  secret.key    signs links and sessions, encrypts credentials; keep it with your backups
  static/       collected style sheets and scripts; made again when missing
  logs/         web.log, worker.log, postgres.log
  run/          lock and marks of the running processes, and the address of the last run
"""

from __future__ import annotations

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from doorstep.runtime.errors import RuntimeProblem

KEY_BYTES = 48


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Name the places inside one data folder; :meth:`open` makes them."""

    root: Path

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> DataFolder:
        """Make the folder and its sub-folders where they are missing.

        :raises RuntimeProblem: the place is a file, or may not be written.
        """
        folder = cls(Path(path).expanduser().resolve())
        try:
            folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            for place in (folder.logs, folder.run):
                place.mkdir(exist_ok=True, mode=0o700)
        except (FileExistsError, NotADirectoryError) as error:
            raise RuntimeProblem(
                f"The data folder {folder.root} cannot be used: {error.strerror}.",
                "Choose another folder: DATA=/path/to/folder, or --data.",
            ) from error
        except OSError as error:
            raise RuntimeProblem(
                f"The data folder {folder.root} cannot be written: {error.strerror}.",
                "Give this user the right to write there, or choose another folder with DATA=.",
            ) from error
        return folder

    @property
    def postgres(self) -> Path:
        """Hold the embedded database."""
        return self.root / "postgres"

    @property
    def static(self) -> Path:
        """Hold the collected static files."""
        return self.root / "static"

    @property
    def logs(self) -> Path:
        """Hold one log file for each process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Hold the lock and the mark of the running processes."""
        return self.root / "run"

    @property
    def key_file(self) -> Path:
        """Hold the secret key."""
        return self.root / "secret.key"

    @property
    def address_file(self) -> Path:
        """Hold the address that the last `doorstep run` answered on."""
        return self.run / "address"

    def last_address(self) -> str:
        """Return the address of the last `doorstep run`; empty when there was none."""
        try:
            return self.address_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def secret_key(self) -> str:
        """Return the installation's secret key; make it on first use, readable by its owner only.

        The file is written beside and then linked into place, so two processes that start at once
        agree on one key, and a crash never leaves half a key.

        :raises RuntimeProblem: the file is there but empty or not readable.
        """
        if not self.key_file.exists():
            self._make_key()
        try:
            key = self.key_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise RuntimeProblem(
                f"The secret key {self.key_file} cannot be read: {error}.",
                "Run as the user who owns the data folder, or restore the file from a backup.",
            ) from error
        if len(key) < 32:
            raise RuntimeProblem(
                f"The secret key {self.key_file} is too short.",
                "Restore it from a backup. A new key would make stored credentials unreadable.",
            )
        return key

    def _make_key(self) -> None:
        # mkstemp makes it readable by its owner only.
        descriptor, name = tempfile.mkstemp(prefix="secret.key.", dir=self.root)
        draft = Path(name)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, self.key_file)
        except FileExistsError:
            pass  # another process was first; its key stands
        finally:
            draft.unlink()
