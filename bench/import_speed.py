"""`huiyin import` from end to end: a table of complaints as an office fills it in, registered under the rules. Bars: SQLite 1,000 cases/s,
PostgreSQL 600.

Each run is the command itself, in a process of its own: start, reading, deciding, sealing, writing. Five files of invented rows, one after
the other into one database, so that later runs meet the cases of those before. Prints one JSON line for each database.
"""

import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.dues_million import machine

ROOT = Path(__file__).resolve().parent.parent
ROWS = 10_000
RUNS = 5
BARS = {"sqlite": 1000, "postgresql": 600}
GOODS = ["电饭煲", "电热水壶", "洗衣机", "手机", "自行车", "运动鞋", "奶粉", "沙发", "空调", "门锁"]
FAULTS = [
    "用了两天就不通电",
    "漏水",
    "有异响",
    "与宣传不符",
    "缺少配件",
    "到货时已经损坏",
    "多收了安装费",
    "保修期内不肯维修",
]
STREETS = ["城关一路", "解放路", "人民街", "新华巷", "建设大道"]
CHANNELS = ["电话", "来访", "来信", "网站", "微信"]


def write_rows(path: Path, run: int) -> None:
    """Invented complaints; the same on every machine."""
    chance = random.Random(run)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADING)
        for index in range(ROWS):
            goods, fault = chance.choice(GOODS), chance.choice(FAULTS)
            day = f"2026-05-{chance.randrange(6, 29):02d}"
            out.writerow([
                f"{run}-{index:06d}", f"{day} {chance.randrange(8, 18):02d}:{chance.randrange(60):02d}:00", chance.choice(CHANNELS), "是", "是",
                f"{goods}质量纠纷", f"{day}上午", f"{chance.choice(STREETS)}{chance.randrange(200)}号商店", "商店营业员",
                f"在商店购买的{goods}{fault}，多次联系商店，商店以各种理由推托，至今没有解决。" * 2, f"商店称{goods}已拆封，不肯承担责任",
                chance.choice(["退货", "换货", "维修", "退还多收的费用"]), goods, day, f"{chance.randrange(20, 5000)}.00", "消费者",
                f"投诉人{run}{index}", f"139{chance.randrange(10**8):08d}", f"{chance.choice(STREETS)}{chance.randrange(500)}号", "企业",
                f"示范商店{chance.randrange(3000)}", f"{chance.choice(STREETS)}{chance.randrange(200)}号", "990121001",
            ])  # fmt: skip


HEADING = [
    "编号", "来件时间", "渠道", "是否实名", "属于职责", "事由", "何时", "何地", "何人", "何事", "何由", "诉求", "商品或服务", "购买日期",
    "争议金额", "投诉人类型", "投诉人", "投诉人电话", "投诉人地址", "被诉方类型", "被诉方", "被诉方地址", "被诉方区划",
]  # fmt: skip


@contextmanager
def office(database: str, folder: Path) -> Iterator[dict[str, str]]:
    """Environment of a new installation with the sample world."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("HUIYIN_")}
    env["HUIYIN_HOME"] = str(folder)
    env.pop("DATABASE_URL", None)
    if database == "sqlite":
        yield _prepared(env)
        return
    sys.path.insert(0, str(ROOT))
    from tests.support import postgres

    with postgres.cluster() as server:
        yield _prepared({**env, "DATABASE_URL": server.url()})


def _prepared(env: dict[str, str]) -> dict[str, str]:
    subprocess.run(
        [sys.executable, "-m", "huiyin", "manage", "migrate", "--verbosity", "0"], env=env, cwd=ROOT, check=True
    )
    make = "import django; django.setup(); from huiyin.org import sample; sample.make()"
    subprocess.run(
        [sys.executable, "-c", make], env={**env, "DJANGO_SETTINGS_MODULE": "huiyin.settings"}, cwd=ROOT, check=True
    )
    return env


def measure(database: str) -> dict[str, object]:
    rates, seconds, used = [], [], []
    with tempfile.TemporaryDirectory(prefix="huiyin-bench-") as name:
        folder = Path(name)
        map_ = folder / "map.toml"
        text = (ROOT / "huiyin/imports/maps/table.toml").read_text(encoding="utf-8")
        map_.write_text('procedure = "jiangmen/complaint"\n' + text, encoding="utf-8")
        with office(database, folder) as env:
            for run in range(RUNS):
                write_rows(folder / f"cases-{run}.csv", run)
                command = [
                    sys.executable,
                    "-m",
                    "huiyin",
                    "import",
                    str(folder / f"cases-{run}.csv"),
                    "--map",
                    str(map_),
                ]
                before, began = _cpu(), time.perf_counter()
                done = subprocess.run(
                    [*command, "--unit", "city", "--by", "intake.city"],
                    env=env,
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                spent = time.perf_counter() - began
                if done.returncode:
                    raise SystemExit(f"{done.stdout}{done.stderr}{_reasons(folder)}")
                used.append((_cpu() - before) / ROWS * 1000)
                seconds.append(round(spent, 2))
                rates.append(ROWS / spent)
    median = statistics.median(rates)
    return {
        "bench": "import_speed", "machine": machine(), "database": database, "rows": ROWS, "cases_per_s": round(median),
        "cpu_ms_per_case": round(statistics.median(used), 2),
        "runs_s": seconds, "bar_per_s": BARS[database], "met": median >= BARS[database],
    }  # fmt: skip


def _cpu() -> float:
    """Processor time of the commands that have ended, in seconds: what other work on the machine changes least."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reasons(folder: Path) -> str:
    files = list(folder.glob("*.rejected.csv"))
    return files[0].read_text(encoding="utf-8")[:2000] if files else ""


def main() -> int:
    """Measure both databases, print, and fail when a bar is missed."""
    wanted = sys.argv[1:] or list(BARS)
    met = True
    for database in wanted:
        figures = measure(database)
        print(json.dumps(figures, ensure_ascii=False), flush=True)
        met &= bool(figures["met"])
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
