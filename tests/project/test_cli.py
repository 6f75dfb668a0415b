"""The command line, as an operator meets it."""

import os
import re
import subprocess
import sys

import pytest

from huiyin import cli


def huiyin(*arguments, home, **environment):
    """Run the command in a process of its own, with its own home folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUIYIN_", "DATABASE_URL"))}
    return subprocess.run(
        [sys.executable, "-m", "huiyin", *arguments],
        env={**kept, "HUIYIN_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_help_names_every_command_without_loading_django(tmp_path):
    script = "import sys; from huiyin import cli; cli.parser(None).format_help(); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    shown = huiyin("--help", home=tmp_path).stdout
    assert all(re.search(rf"\n    {name}\s", shown) for name in cli.names())


@pytest.mark.parametrize("name", sorted(cli.names()))
def test_every_command_explains_itself_without_loading_django(name):
    script = f"import sys; from huiyin import cli; cli.parser({name!r}); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    assert cli.summary(cli.names()[name])


def test_a_wrong_setting_stops_every_command_that_needs_it(tmp_path):
    done = huiyin("serve", home=tmp_path, DATABASE_URL="oracle://x")
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr
    assert "sqlite:///" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_refused(tmp_path):
    assert huiyin("fly", home=tmp_path).returncode == 2
