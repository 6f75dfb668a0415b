"""The documents speak of what is there: links, paths, commands and make targets that they name exist."""

import re
from pathlib import Path

import pytest

from huiyin import cli

TOP = Path(__file__).parents[2]
PAGES = sorted([*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")])
FOLDERS = ("huiyin", "docs", "tests", "tools", "bench")


def code(text: str) -> str:
    """What stands in code: between backticks, and in fenced blocks."""
    fenced = re.findall(r"^```.*?$(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join([*fenced, *re.findall(r"`([^`\n]+)`", rest)])


@pytest.fixture(params=PAGES, ids=[str(page.relative_to(TOP)) for page in PAGES])
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_every_link_leads_somewhere(page: Path):
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_path_is_there(page: Path):
    words = re.split(r"[\s:;,，；：、（）()]+", code(page.read_text(encoding="utf-8")))
    named = {word for word in words if word.startswith(tuple(f"{folder}/" for folder in FOLDERS))}
    certain = {word for word in named if not re.search(r"[<>*{}…]|[^\x00-\x7f]", word)}
    assert sorted(word for word in certain if not (TOP / word).exists()) == []


def test_every_command_and_make_target_is_there(page: Path):
    text = code(page.read_text(encoding="utf-8"))
    commands = set(re.findall(r"(?:^|[/\s(])huiyin ([a-z]+)\b", text, re.MULTILINE))
    assert commands - set(cli.names()) == set()
    targets = set(re.findall(r"^\s*make ([a-z0-9-]+)", text, re.MULTILINE))
    assert targets <= set(re.findall(r"^([a-z0-9-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
