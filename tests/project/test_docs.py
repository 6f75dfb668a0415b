"""The documents speak of what is there: links, paths, commands and make targets that they name exist."""

import argparse
import re
from pathlib import Path

import pytest

from huiyin import cli

TOP = Path(__file__).parents[2]
PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])
FOLDERS = ("huiyin", "docs", "tests", "tools", "bench", "torture", "deploy")
MODULES = sorted(
    path.relative_to(TOP).as_posix() for folder in FOLDERS if folder != "docs" for path in (TOP / folder).rglob("*.py")
)


def code(text: str) -> str:
    """What stands in code: between backticks, and in fenced blocks."""
    fenced = re.findall(r"^```.*?$(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*fenced, *re.findall(r"`([^`\n]+)`", rest)])


def choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands below a parser."""
    return next((dict(a.choices) for a in parser._actions if isinstance(a, argparse._SubParsersAction)), {})


@pytest.fixture(params=PAGES, ids=[str(page.relative_to(TOP)) for page in PAGES])
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def anchors(page: Path) -> set[str]:
    """Where the headings of a page may be linked to."""
    headings = re.findall(r"^#+ (.+?)\s*$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_leads_somewhere(page: Path):
    links = re.findall(r"\]\(([^)#:\s]*)(?:#([^)]*))?\)", page.read_text(encoding="utf-8"))
    assert [link for link, _at in links if not (page.parent / link).exists()] == []
    assert [at for link, at in links if at and at not in anchors(page.parent / link if link else page)] == []


def test_every_path_is_there(page: Path):
    words = re.split(r"[\s:;,，；：、（）()]+", code(page.read_text(encoding="utf-8")))
    named = {word for word in words if word.startswith(tuple(f"{folder}/" for folder in FOLDERS))}
    certain = {word for word in named if not re.search(r"[<>*{}…]|[^\x00-\x7f]", word)}
    assert sorted(word for word in certain if not (TOP / word).exists()) == []


def test_every_module_is_there(page: Path):
    text = code(page.read_text(encoding="utf-8"))
    files = set(re.findall(r"(?<![\w/.-])[\w/]+\.py\b", text))
    assert sorted(file for file in files if not any(f"/{one}".endswith(f"/{file}") for one in MODULES)) == []
    started = {module.replace(".", "/") for module in re.findall(r"python -m ((?:bench|torture)[\w.]*)", text)}
    assert sorted(one for one in started if not {f"{one}.py", f"{one}/__main__.py"} & set(MODULES)) == []


def test_every_command_with_its_options_and_make_target_is_there(page: Path):
    text = code(page.read_text(encoding="utf-8"))
    for name, words in re.findall(r"(?:^|[/\s(])huiyin ([a-z]+)\b([^|;`)#&\n]*)", text, re.MULTILINE):
        assert name in cli.names()
        command = choices(cli.parser(name))[name]
        if (below := choices(command)) and (word := re.match(r" ([a-z-]+)", words)):
            assert word[1] in below, f"huiyin {name} {word[1]}"
            command = below[word[1]]
        known = {option for action in command._actions for option in action.option_strings}
        assert set(re.findall(r"(?<= )--[a-z-]+", words)) <= known, f"huiyin {name}"
    targets = set(re.findall(r"^\s*make ([a-z0-9-]+)", text, re.MULTILINE))
    assert targets <= set(re.findall(r"^([a-z0-9-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_unit_of_systemd_runs_a_command_that_is_there_and_is_told_of():
    units = sorted((TOP / "deploy/systemd").iterdir())
    told = (TOP / "docs/production.md").read_text(encoding="utf-8")
    assert len(units) >= 4
    for unit in units:
        assert f"deploy/systemd/{unit.name}" in told
        for line in re.findall(
            r"^ExecStart=/opt/huiyin/.venv/bin/huiyin (.+)$", unit.read_text(encoding="utf-8"), re.M
        ):
            cli.parser(line.split()[0]).parse_args(line.split())
        assert ("ExecStart=" in unit.read_text(encoding="utf-8")) == (unit.suffix == ".service")
