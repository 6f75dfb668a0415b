"""启动网站。

先检查数据库（连接、结构、写盘方式）和端口，再用 granian 提供服务；按 Ctrl+C 停止。
"""

import argparse
import errno
import os
import socket
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from huiyin.commands import Stop, _, database_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

# SQLite: one process, so that no commit of another empties its page cache. PostgreSQL: one process a core.
THREADS_SQLITE = 4
THREADS_POSTGRESQL = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Address, port, processes, threads."""
    parser.add_argument("--host", default="127.0.0.1", help=_("监听的地址；0.0.0.0 为本机所有地址"))
    parser.add_argument("--port", type=port, default=8000, help=_("端口，默认 8000"))
    parser.add_argument("--workers", type=count, help=_("进程数；默认 SQLite 1 个，PostgreSQL 每个处理器核 1 个"))
    parser.add_argument("--threads", type=count, help=_("每个进程的线程数"))


def refuse_other_calendar() -> None:
    """Dates of open cases move only by `huiyin calendar load`, which says so in each case; never by a restart."""
    from huiyin.cases import recalculating

    if not recalculating.is_current():
        raise Stop(
            _(
                "放假安排的文件有变动，未办结案件的期限需要重算。请先运行：huiyin calendar load（可以中断后再运行），再启动网站。"
            )
        )


def port(text: str) -> int:
    """A port a program may listen on."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(_("端口应为 1 到 65535 的整数"))
    return int(text)


def count(text: str) -> int:
    """A number of processes or threads."""
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(_("应为 1 到 256 的整数"))
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Check everything that can be wrong before the first visitor meets it, then serve until stopped."""
    database_ready()
    from django.conf import settings
    from django.db import connection
    from granian import Granian
    from granian.constants import Interfaces

    refuse_other_calendar()
    address = resolve(args.host)
    refuse_used_port(address, args.port)
    prepare_static_files()
    forget_counted()
    sqlite = connection.vendor == "sqlite"
    workers = args.workers or (1 if sqlite else os.cpu_count() or 1)
    threads = args.threads or (THREADS_SQLITE if sqlite else THREADS_POSTGRESQL)
    pool = settings.DATABASES["default"]["OPTIONS"].get("pool")
    if pool and threads > pool["max_size"]:
        raise Stop(_("每个进程 %(threads)d 个线程，多于连接池的 %(pool)d 个连接；请调大 HUIYIN_DB_POOL 或减少线程。") % {
            "threads": threads, "pool": pool["max_size"]})  # fmt: skip
    shown = f"[{args.host}]" if ":" in args.host else "localhost" if args.host == "127.0.0.1" else args.host
    print(_("网站已启动：http://%(host)s:%(port)d （按 Ctrl+C 停止）") % {"host": shown, "port": args.port}, flush=True)
    server = Granian(
        "huiyin.wsgi:application",
        address=address,
        port=args.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        respawn_failed_workers=True,
        log_access=False,
    )
    let_go_of(connection)
    server.serve()
    return 0


def let_go_of(connection: "BaseDatabaseWrapper") -> None:
    """The server forks its workers: two processes must never share one connection of the database."""
    connection.close()
    close_pool = getattr(connection, "close_pool", None)
    if close_pool is not None:
        close_pool()


def resolve(host: str) -> str:
    """The address granian listens on: it takes numbers only. IPv4 first, as a browser's `localhost` finds both."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Stop(_("找不到地址 %(host)s：%(error)s") % {"host": host, "error": error.strerror}) from error
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


def refuse_used_port(address: str, number: int) -> None:
    """granian shares a port with a server left running, and half the visitors would meet the old one; so look first."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, number))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                why = _("端口 %(port)d 已被占用。请停止占用它的程序，或换一个端口：huiyin serve --port %(other)d")
            elif error.errno == errno.EACCES:
                why = _(
                    "没有权限使用端口 %(port)d；1024 以下的端口需要管理员。请换一个端口：huiyin serve --port %(other)d"
                )
            else:
                why = _("无法在 %(address)s 端口 %(port)d 上监听：%(error)s")
            other = number + 1 if 1023 < number < 65535 else 8000
            raise Stop(why % {"port": number, "other": other, "address": address, "error": error.strerror}) from error


def prepare_static_files() -> None:
    """Collect, name by content and compress the static files, when any of them changed since the last time."""
    from django.conf import settings
    from django.core.management import call_command

    if settings.DEBUG:
        return
    digest = sha256()
    for line in static_files():
        digest.update(line.encode())
    stamp = Path(settings.STATIC_ROOT) / ".state"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest.hexdigest():
        return
    print(_("正在整理静态文件……"), file=sys.stderr, flush=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(digest.hexdigest(), encoding="ascii")


def forget_counted() -> None:
    """Requests are counted from the start of the site: what processes of an earlier one counted is put away."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        for path in Path(folder).glob("*.db"):
            path.unlink(missing_ok=True)


def static_files() -> "Iterator[str]":
    """Every static file with its size and time: what changes when one of them does."""
    from django.contrib.staticfiles.finders import get_finders

    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            yield f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n"
