"""The guide speaks of what is on the pages: every word that it quotes as a label stands in a message, and every picture is one that
`make screenshots` makes."""

import ast
import re
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGES = sorted((TOP / "docs" / "guide").glob("*.md"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@lru_cache(maxsize=1)
def messages():
    """What pages may show: texts of templates that go through gettext, Chinese texts in code, names of the vocabulary."""
    found = []
    for file in (TOP / "huiyin" / "web" / "templates").rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        found += [a or b for a, b in re.findall(r"translate (?:\"([^\"]+)\"|'([^']+)')", text)]
        found += re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", text, re.DOTALL)
    for folder in ("web", "cases", "registers", "search", "notices", "org"):
        for file in (TOP / "huiyin" / folder).rglob("*.py"):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found += [
                n.value
                for n in ast.walk(tree)
                if isinstance(n, ast.Constant) and isinstance(n.value, str) and CHINESE.search(n.value)
            ]
    vocabulary = (TOP / "huiyin" / "rules" / "vocabulary.toml").read_text(encoding="utf-8")
    return "\n".join([*found, *re.findall(r"\"([^\"\n]*[\u4e00-\u9fff][^\"\n]*)\"", vocabulary)])


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_every_label_that_is_quoted_is_on_a_page(page):
    text = page.read_text(encoding="utf-8")
    quoted = re.findall(r"“([^”]+)”", text)
    assert quoted or page.stem == "README"
    assert [label for label in quoted if label not in messages()] == []


def test_every_picture_is_made_by_the_command_kept_and_shown():
    with (TOP / "tools" / "screenshots.toml").open("rb") as file:
        made = {picture["file"] for picture in tomllib.load(file)["picture"]}
    texts = [page.read_text(encoding="utf-8") for page in (TOP / "README.md", *(TOP / "docs").rglob("*.md"))]
    assert {name for text in texts for name in re.findall(r"img/([\w.-]+)", text)} == made
    assert {picture.name for picture in (TOP / "docs" / "img").iterdir()} == made
