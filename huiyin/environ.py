"""Settings from environment variables: each is read once, checked, and a wrong value says what to do.

Pure functions over a mapping, so that every message has a test; `settings.py` is their only caller. Knows nothing of Django.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

SECRET_LENGTH: Final = 32
POSTGRESQL_PARAMETERS: Final = frozenset(
    {"host", "sslmode", "sslrootcert", "sslcert", "sslkey", "options", "target_session_attrs", "connect_timeout"}
)
SQLITE_INIT: Final = ";".join(
    (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA cache_size=-32768",  # KiB when negative: 32 MB for each of the threads of a worker
        "PRAGMA foreign_keys=ON",
        "PRAGMA temp_store=MEMORY",
        "PRAGMA recursive_triggers=ON",  # REPLACE would otherwise delete a protected row without asking its trigger
    )
)
BUSY_SECONDS: Final = 20  # for how long a writer waits for its turn


class SettingsError(Exception):
    """An environment variable has a value Huiyin cannot start with. The text is for the operator, in Chinese and English."""

    def __init__(self, name: str, value: str, chinese: str, english: str) -> None:
        self.name = name
        super().__init__(
            f"环境变量 {name} 的值不可用：{_shown(name, value)}\n  {chinese}\n"
            f"The environment variable {name} has a value that cannot be used.\n  {english}"
        )


def _shown(name: str, value: str) -> str:
    """The value as it may be printed: never a secret, never the password inside an address."""
    if name in {"HUIYIN_SECRET_KEY", "HUIYIN_OIDC_SECRET"}:
        return f"（{len(value)} 个字符 / {len(value)} characters）"
    return re.sub(r"(?<=:)[^:/@]+(?=@)", "***", value) or "（空 / empty）"


class Environ:
    """Reads variables out of a mapping and remembers which names it knows."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.known: set[str] = set()

    def text(self, name: str, default: str) -> str:
        """The trimmed value; an empty variable counts as unset."""
        self.known.add(name)
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, default: bool) -> bool:
        """1 or 0 and nothing else: `HUIYIN_DEBUG=false` must not switch debugging on."""
        value = self.text(name, "1" if default else "0")
        if value not in {"0", "1"}:
            raise SettingsError(name, value, "只能是 1（开）或 0（关）。", "Use 1 (on) or 0 (off).")
        return value == "1"

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number between `low` and `high`, both included."""
        value = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise SettingsError(
                name, value, f"应为 {low} 到 {high} 的整数。", f"Use a whole number from {low} to {high}."
            )
        return int(value)

    def one_of(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """One of a few words."""
        value = self.text(name, default)
        if value not in choices:
            shown = ", ".join(choices)
            raise SettingsError(name, value, f"只能是：{shown}。", f"Use one of: {shown}.")
        return value

    def secret(self, name: str) -> str:
        """A secret of at least 16 characters that some other program knows as well; none when it is not set."""
        value = self.text(name, "")
        if value and len(value) < 16:
            raise SettingsError(
                name,
                f"{len(value)} characters",
                "至少 16 个字符，请用随机生成的。",
                "Use at least 16 random characters.",
            )
        return value

    def names(self, name: str, default: str) -> list[str]:
        """A list separated by commas."""
        return [item.strip() for item in self.text(name, default).split(",") if item.strip()]

    def hosts(self, name: str, default: str) -> list[str]:
        """Host names the site answers to: no scheme, no path, no port."""
        found = self.names(name, default)
        for item in found:
            if not re.fullmatch(r"\*|\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:.]+\]", item):
                raise SettingsError(
                    name,
                    item,
                    "应为用逗号分隔的主机名，不带协议、端口和路径，例如 12345.example.gov.cn,localhost。",
                    "Give host names separated by commas, without scheme, port or path.",
                )
        return found

    def origins(self, name: str) -> list[str]:
        """Addresses from which forms may be sent when a proxy stands in front: with scheme, without path."""
        found = self.names(name, "")
        for item in found:
            if not re.fullmatch(r"https?://[^/\s]+", item):
                raise SettingsError(
                    name,
                    item,
                    "应为用逗号分隔的网址，带协议、不带路径，例如 https://12345.example.gov.cn。",
                    "Give addresses separated by commas, with http:// or https:// and without a path.",
                )
        return found

    def folder(self, name: str, default: Path, *, make: bool) -> Path:
        """A folder. `make`: create it (0700) when it is missing; otherwise it must be there."""
        path = Path(self.text(name, str(default))).expanduser().absolute()
        try:
            if make:
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            usable = path.is_dir() and os.access(path, os.W_OK | os.X_OK if make else os.R_OK | os.X_OK)
        except OSError:
            usable = False
        if not usable:
            raise SettingsError(
                name,
                str(path),
                "应为可以读写的文件夹；请先建立它，或改正路径和权限。"
                if make
                else "没有这个文件夹，或者无权读取；请改正路径。",
                "This is not a folder that can be read" + (" and written." if make else ".") + " Correct the path.",
            )
        return path

    @staticmethod
    def below(home: Path, name: str) -> Path:
        """A folder of ours inside the data folder, made when it is missing."""
        path = home / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def optional_folder(self, name: str) -> Path | None:
        """A folder that must exist when it is named at all."""
        self.known.add(name)
        return self.folder(name, Path(), make=False) if self.values.get(name, "").strip() else None

    def refuse_unknown(self, prefix: str) -> None:
        """A misspelt variable would be ignored in silence; name it instead. Names after `prefix`TEST_ belong to the tests."""
        for name in sorted(self.values):
            if name.startswith(prefix) and not name.startswith(f"{prefix}TEST_") and name not in self.known:
                listed = ", ".join(sorted(item for item in self.known if item.startswith(prefix)))
                raise SettingsError(
                    name,
                    self.values[name],
                    f"没有这个设置，请检查拼写。可用的设置：{listed}。",
                    f"There is no such setting; check its spelling. Known: {listed}.",
                )


def secret_key(env: Environ, home: Path) -> str:
    """HUIYIN_SECRET_KEY, or a key made once and kept in `home`/secret.key, readable by its owner alone."""
    name = "HUIYIN_SECRET_KEY"
    given = env.text(name, "")
    if given:
        if len(given) < SECRET_LENGTH:
            raise SettingsError(
                name,
                given,
                f"至少需要 {SECRET_LENGTH} 个随机字符；不设置此变量时，系统会自行生成并保存。",
                f"At least {SECRET_LENGTH} random characters are needed; unset it to have one made and kept.",
            )
        return given
    path = home / "secret.key"
    if not path.exists():
        _write_once(path, secrets.token_urlsafe(48))
    if path.stat().st_mode & 0o077:
        raise SettingsError(
            name,
            str(path),
            f"密钥文件可被他人读取，请运行：chmod 600 {path}",
            f"Others can read this key file; run: chmod 600 {path}",
        )
    key = path.read_text(encoding="ascii").strip()
    if len(key) < SECRET_LENGTH:
        raise SettingsError(
            name,
            str(path),
            "密钥文件不完整，请恢复备份，或删除它（所有人需重新登录）。",
            "This key file is cut short; restore or remove it.",
        )
    return key


def _write_once(path: Path, text: str) -> None:
    """Write a new file whole: when two processes start together, one wins and both read the same."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def database(env: Environ, home: Path) -> dict[str, Any]:
    """Django's DATABASES["default"] for DATABASE_URL: `sqlite:///path` or `postgresql://user:password@host:port/name`."""
    name = "DATABASE_URL"
    url, pool = env.text(name, ""), env.number("HUIYIN_DB_POOL", 8, 1, 200)
    if not url:
        return _sqlite_file(home / "huiyin.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(name, url)
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(name, url, pool)
    raise SettingsError(
        name,
        url,
        "应为 sqlite:///文件路径，或 postgresql://用户:密码@主机:端口/数据库名；不设置时使用本机的 SQLite 文件。",
        "Use sqlite:///path/to/file or postgresql://user:password@host:port/database; unset it to use a local SQLite file.",
    )


def _sqlite(name: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    path = Path(unquote(parts.path[1:]))
    if parts.netloc or parts.query or parts.fragment or str(path) in {".", ":memory:"} or path.is_dir():
        raise SettingsError(
            name,
            url,
            "sqlite 的写法是 sqlite:///相对路径 或 sqlite:////绝对路径，要指到一个文件，不带参数。",
            "Write sqlite:///relative/path or sqlite:////absolute/path, naming a file, without parameters.",
        )
    path = path.absolute()
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(
            name, url, f"无法写入文件夹 {folder}，请改正路径或权限。", f"The folder {folder} cannot be written."
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _sqlite_file(path)


def _sqlite_file(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"init_command": SQLITE_INIT, "transaction_mode": "IMMEDIATE", "timeout": BUSY_SECONDS},
        "TEST": {
            "NAME": str(path.with_name(f"{path.stem}-test{path.suffix}"))
        },  # a file: WAL and threads as in earnest
    }


def _postgresql(name: str, url: str, pool: int) -> dict[str, Any]:
    from psycopg import IsolationLevel  # here: a site on SQLite starts without loading the driver

    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise SettingsError(
            name, url, "端口应为 1 到 65535 的数字。", "The port must be a number from 1 to 65535."
        ) from error
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name or "/" in database_name or not parts.username:
        raise SettingsError(
            name,
            url,
            "应写明用户和数据库名：postgresql://用户:密码@主机:端口/数据库名。",
            "Name the user and the database: postgresql://user:password@host:port/database.",
        )
    if unknown := sorted(query.keys() - POSTGRESQL_PARAMETERS):
        raise SettingsError(
            name,
            url,
            f"不认识参数 {'、'.join(unknown)}；可用：{'、'.join(sorted(POSTGRESQL_PARAMETERS))}。",
            f"Unknown parameter {', '.join(unknown)}; known: {', '.join(sorted(POSTGRESQL_PARAMETERS))}.",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 0,  # the pool keeps the connections
        "CONN_HEALTH_CHECKS": True,  # a connection that died with a restart of the server is replaced, not handed out
        "OPTIONS": {
            "connect_timeout": 10,
            "application_name": "huiyin",
            "isolation_level": IsolationLevel.READ_COMMITTED,
            "options": f"-c lock_timeout={BUSY_SECONDS}s",  # who waits longer for a case is told that it is busy
            **query,
            # a database that was away is looked for at each request, not after a pause that grows with the outage
            "pool": {"min_size": 1, "max_size": pool, "timeout": 5, "reconnect_timeout": 5},
        },
    }
