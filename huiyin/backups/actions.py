"""Making a backup and putting one back."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from huiyin.backups import DATABASE, FILES, FORMAT, MANIFEST, BackupError, archive, databases, state
from huiyin.evidence import storage
from huiyin.vault import keys

LEFT: Final = 24 * 60 * 60  # seconds after which half a backup is nobody's any more


def back_up(into: Path, to: Sequence[str]) -> dict[str, Any]:
    """Write a backup for these public keys. Returns its manifest with what it holds. Raises BackupError."""
    if not to:
        raise BackupError(_("没有备份公钥。请先运行 huiyin backup --new-key，把公钥设为 HUIYIN_BACKUP_TO。"))
    opened = archive.recipients(to)
    if into.exists():
        raise BackupError(_("已有同名文件，没有覆盖：%(path)s") % {"path": into})
    _sweep(settings.HOME, ".backup-*")
    _sweep(settings.HOME, ".restore-*")
    _sweep(into.parent, ".*.age.*[0-9]")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.HOME) as folder:
        copy = Path(folder) / "database"
        told = databases.taken(copy)
        # files after the database: what the database names is there already, and nothing in place ever changes
        return told | archive.write(into, told, copy, opened)


def _sweep(folder: Path, pattern: str) -> None:
    """Take away what one that was killed a day ago or longer could not take away itself: as large as the database, and nobody sees it."""
    for path in folder.glob(pattern):
        if time.time() - path.stat().st_mtime > LEFT:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def restore(source: Path, key: str) -> dict[str, Any]:
    """Put a backup back into an empty installation whose key ring is in its place already. Returns its manifest. Raises BackupError; then
    the database is as empty as before."""
    if not databases.is_empty():
        raise BackupError(_("这里已经有数据库，没有改动。请恢复到新的空数据库：换一个 HUIYIN_HOME 或 DATABASE_URL。"))
    own = archive.identities(key)
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.HOME) as folder:
        copy, files = Path(folder) / "database", Path(folder) / "files"
        files.mkdir()

        def take(name: str, file: IO[bytes]) -> None:
            if name == MANIFEST:
                told.update(json.loads(file.read()))
                _fits(told)
            elif not told:
                raise BackupError(_("备份里没有说明文件，没有采用。"))
            elif name == DATABASE[told["database"]]:
                _copy(file, copy)
            elif name.startswith(FILES):
                _copy(file, files / name.removeprefix(FILES))

        archive.read(source, own, take)
        for path in files.iterdir():
            place = storage.path_of(path.name)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(place) if settings.FILES.stat().st_dev == path.stat().st_dev else shutil.move(path, place)
        databases.put_back(copy)
    return told


def differences(told: dict[str, Any]) -> list[str]:
    """In what the installation is not what the manifest says, right after it was put back."""
    now = state.manifest()
    return [name for name in ("cases", "events", "heads", "tables", "migrations") if now[name] != told[name]]


def _fits(told: dict[str, Any]) -> None:
    """Refuse before anything is written."""
    from django.db import connection

    if told.get("format") != FORMAT:
        raise BackupError(_("这个备份的格式是 %(format)s，本程序只认识 %(own)s；请用较新的程序恢复。") % {
            "format": told.get("format"), "own": FORMAT})  # fmt: skip
    if told["database"] != connection.vendor:
        raise BackupError(
            _("备份出自 %(theirs)s，这里是 %(ours)s；请按备份设置 DATABASE_URL。")
            % {"theirs": told["database"], "ours": connection.vendor}
        )
    if not (Path(settings.KEYS) / keys.FILE).exists():
        raise BackupError(
            _("请先把这套数据的密钥文件夹恢复到 %(folder)s：备份里没有密钥。") % {"folder": settings.KEYS}
        )
    own = keys.read(Path(settings.KEYS)).fingerprints()
    if wrong := sorted(name for name, print_ in told["keys"].items() if own.get(name) != print_):
        raise BackupError(_("密钥文件夹不是这套数据的（%(names)s）。没有改动。") % {"names": "、".join(wrong)})


def _copy(file: IO[bytes], into: Path) -> None:
    with into.open("xb") as target:
        shutil.copyfileobj(file, target, archive.PIECE)
