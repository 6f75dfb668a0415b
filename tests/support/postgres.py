"""A private, throw-away PostgreSQL for tests and measurements: own folder, Unix socket only, gone when the process ends.

`python -m tests.support.postgres` exits with 0 when one can be started here; otherwise it says what is missing.
"""

import getpass
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MISSING = (
    "未安装 PostgreSQL，使用它的测试未运行：make deps 可安装 / PostgreSQL is not installed; make deps installs it."
)
USER = "huiyin"
START_SECONDS = 30


def binaries() -> Path | None:
    """The folder with initdb and postgres: the newest of Debian's, else whatever is on the path."""
    versions = Path("/usr/lib/postgresql")
    found = [folder / "bin" for folder in versions.iterdir() if folder.name.isdecimal()] if versions.is_dir() else []
    for folder in sorted(found, key=lambda path: int(path.parent.name), reverse=True):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def available() -> bool:
    """Whether cluster() can work here."""
    return (
        binaries() is not None and shutil.which("setpriv") is not None and (os.geteuid() != 0 or _servant() is not None)
    )


def _servant() -> str | None:
    """PostgreSQL refuses to run as root; whom it runs as instead."""
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


class Cluster:
    """One running server. `url(database)` is what DATABASE_URL takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str = "postgres", **parameters: str) -> str:
        """The address of a database in this cluster, with further parameters such as options."""
        query = "&".join(f"{name}={value}" for name, value in {"host": str(self.folder), **parameters}.items())
        return f"postgresql://{USER}@/{database}?{query}"


@contextmanager
def cluster(*, kept: Path | None = None, **settings: str) -> Iterator[Cluster]:
    """Start a server, yield it, stop it and remove its folder. `settings` are added to postgresql.conf (dots as __). `kept`: a folder for
    the data that stays, made when it is not there.

    Durability is left as in earnest (fsync on), because what is tested and measured is what an office would run.
    The server also stops by itself when this process dies.
    """
    programs = binaries()
    assert programs is not None, MISSING
    servant = _servant() if os.geteuid() == 0 else None
    become = (
        ["setpriv", f"--reuid={servant}", f"--regid={pwd.getpwnam(servant).pw_gid}", "--clear-groups"]
        if servant
        else []
    )
    folder = Path(tempfile.mkdtemp(prefix="huiyin-pg-"))
    if servant:
        shutil.chown(folder, servant)
    data = _kept(kept, servant) if kept is not None else folder / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
        "LC_ALL": "C.UTF-8"
    }
    server = None
    try:
        if not (data / "PG_VERSION").exists():
            subprocess.run(
                [*become, programs / "initdb", "-D", data, "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-N"],
                check=True, capture_output=True, text=True, env=environment, cwd=folder,
            )  # fmt: skip
        wanted = {
            "listen_addresses": "", "unix_socket_directories": str(folder), "unix_socket_permissions": "0700",
            "max_connections": "120", "shared_buffers": "128MB", "log_min_messages": "fatal", "log_statement": "none",
            **settings,
        }  # fmt: skip
        options = [f"-c{name.replace('__', '.')}={value}" for name, value in wanted.items()]
        log = (folder / "log").open("wb")
        server = subprocess.Popen(
            [*(become or ["setpriv"]), "--pdeathsig=INT", programs / "postgres", "-D", data, *options],
            stdout=log, stderr=log, env=environment, cwd=folder,
        )  # fmt: skip
        log.close()
        _wait(programs, folder, server)
        yield Cluster(folder)
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(2)  # "fast": do not wait for clients
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _kept(data: Path, servant: str | None) -> Path:
    """The folder of data that is to stay, where the server may enter it."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if servant:
        shutil.chown(data, servant)
    return data


def _wait(programs: Path, folder: Path, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    ask = [programs / "pg_isready", "-q", "-h", folder, "-U", USER, "-d", "postgres"]
    while subprocess.run(ask, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > until:
            raise RuntimeError(
                f"PostgreSQL did not start ({getpass.getuser()}):\n{(folder / 'log').read_text(errors='replace')}"
            )
        time.sleep(0.05)


if __name__ == "__main__":
    if not available():
        sys.exit(MISSING)
