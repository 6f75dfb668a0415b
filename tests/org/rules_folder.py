"""A small library of rules in a folder of the test: one rule set, one procedure, changed at will."""

from pathlib import Path

TEXT = """
code     = "TRY"
title    = "试行办法"
source   = "test"
in_force = {in_force}
edition  = {edition}

[[step]]
event  = "registered"
by     = ["intake_officer@here"]
clause = "TRY-01"
says   = "{says}"

[[setting]]
name    = "warn_before"
type    = "period"
default = {{ n = 2, unit = "working_day" }}
clause  = "TRY-02"
says    = "到期前提醒"

[[setting]]
name    = "limit_of"
type    = "int"
default = 3
clause  = "TRY-03"
says    = "次数"
"""


def write(
    folder: Path, *, in_force: str = "2012-01-01", edition: int = 1, says: str = "登记", name: str = "TRY.toml"
) -> Path:
    """A folder as HUIYIN_RULES wants it."""
    (folder / "trial").mkdir(parents=True, exist_ok=True)
    (folder / "trial" / name).write_text(TEXT.format(in_force=in_force, edition=edition, says=says), encoding="utf-8")
    (folder / "trial" / "procedures.toml").write_text(
        '[[procedure]]\nid = "trial/complaint"\nlabel = "试行投诉"\nkinds = ["complaint"]\nrule_sets = ["TRY"]\nintake = "city"\n',
        encoding="utf-8",
    )
    return folder
