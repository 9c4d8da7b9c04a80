"""PostgreSQL refuses to run as root: find it an account, and let that account in.

Only where Doorstep itself runs as root (a container, a bare server). Everybody else's database runs
as themselves and nothing here applies.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from doorstep.runtime.errors import DatabaseUnavailable

ACCOUNT = "pgserver"
CANDIDATES = (ACCOUNT, "postgres", "nobody")


def find_account(folder: Path) -> pwd.struct_passwd | None:
    """Return the account that the database in ``folder`` runs as; ``None`` means as ourselves.

    The owner of an existing database keeps it; else a system account is used or made.

    :raises DatabaseUnavailable: running as root, and no account can be had.
    """
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat().st_uid) != 0:
        try:
            return pwd.getpwuid(owner)
        except KeyError:
            pass  # a folder copied from another machine: an account of this one takes it over
    return _existing(CANDIDATES[:1]) or _make() or _existing(CANDIDATES) or _refuse()


def _existing(names: tuple[str, ...]) -> pwd.struct_passwd | None:
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _make() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    shell = "/usr/sbin/nologin"
    command = [useradd, "--system", "--no-create-home", "--shell", shell, ACCOUNT]
    subprocess.run(command, capture_output=True, check=False)
    # Two starts at once both try; whoever is second finds the first one's account.
    return _existing((ACCOUNT,))


def _refuse() -> pwd.struct_passwd:
    raise DatabaseUnavailable(
        "PostgreSQL does not run as root, and there is no other account for it.",
        "Run Doorstep as an ordinary user, or set DATABASE_URL to a database server.",
    )


def hand_over(folder: Path, account: pwd.struct_passwd) -> None:
    """Make ``account`` the owner of a folder and all in it."""
    if folder.stat().st_uid == account.pw_uid:
        return
    os.chown(folder, account.pw_uid, account.pw_gid)
    for base, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(
                os.path.join(base, name), account.pw_uid, account.pw_gid, follow_symlinks=False
            )


def open_way(path: Path, account: pwd.struct_passwd) -> list[Path]:
    """Let ``account`` pass through the folders above ``path``; return those that were changed.

    Passing through (``o+x``) does not show what is in a folder.
    """
    changed = []
    for folder in path.resolve().parents:
        mode = folder.stat()
        if not _may_pass(mode, account):
            folder.chmod(stat.S_IMODE(mode.st_mode) | stat.S_IXOTH)
            changed.append(folder)
    return changed


def _may_pass(mode: os.stat_result, account: pwd.struct_passwd) -> bool:
    if mode.st_uid == account.pw_uid:
        return bool(mode.st_mode & stat.S_IXUSR)
    if mode.st_gid == account.pw_gid:
        return bool(mode.st_mode & stat.S_IXGRP)
    return bool(mode.st_mode & stat.S_IXOTH)


def let_run(programs: Path, account: pwd.struct_passwd) -> None:
    """Make sure that ``account`` can run the database programs, however strictly they were installed.

    :param programs: the folder with ``postgres`` and ``initdb`` in it.
    :raises DatabaseUnavailable: they still do not run.
    """
    if _runs(programs, account):
        return
    open_way(programs, account)
    # An installation made under umask 077: what everybody can download may be read by everybody.
    for base, folders, files in os.walk(programs.parent):
        for name in folders:
            _allow(Path(base, name), 0o055)
        for name in files:
            file = Path(base, name)
            _allow(file, 0o055 if file.stat().st_mode & stat.S_IXUSR else 0o044)
    if not _runs(programs, account):
        raise DatabaseUnavailable(
            f"The account {account.pw_name} cannot run the database programs in {programs}.",
            "Install Doorstep where other users can read it, or run it as an ordinary user.",
        )


def _allow(path: Path, bits: int) -> None:
    if not path.is_symlink():
        path.chmod(stat.S_IMODE(path.stat().st_mode) | bits)


def _runs(programs: Path, account: pwd.struct_passwd) -> bool:
    try:
        subprocess.run(
            [programs / "postgres", "--version"],
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
