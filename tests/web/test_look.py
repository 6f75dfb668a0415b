"""The look, held against itself: classes that templates use are in the style sheet, colours have contrast, vendored files are unchanged."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "huiyin" / "web"
CSS = (WEB / "static" / "web" / "huiyin.css").read_text(encoding="utf-8")
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
MADE = {"public", "desk", "narrow", "short", "shorten"}  # look and width of a page, and what Python puts there


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{3,6})", block))


def light() -> dict[str, str]:
    return tokens(CSS[: CSS.index("@media (prefers-color-scheme")])


def dark() -> dict[str, str]:
    return {**light(), **tokens(CSS[CSS.index(':root[data-theme="dark"] {') : CSS.index("/* -- ground")])}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [
    ("ink", "ground"), ("ink", "paper"), ("ink", "sunken"), ("muted", "ground"), ("muted", "paper"), ("muted", "sunken"), ("muted", "blue-soft"),
    ("link", "paper"), ("link", "ground"), ("link", "blue-soft"), ("on-blue", "blue"), ("on-blue", "blue-deep"), ("on-blue-soft", "blue"),
    ("red", "red-soft"), ("red", "paper"), ("amber", "amber-soft"), ("green", "green-soft"), ("ink", "red-soft"), ("ink", "amber-soft"),
    ("ink", "green-soft"), ("ink", "blue-soft"),
]  # fmt: skip
EDGES = [("strong-line", "paper"), ("focus", "paper"), ("focus", "ground"), ("red", "paper"), ("blue", "paper")]


@pytest.mark.parametrize("theme", [light, dark], ids=["light", "dark"])
def test_colours_have_the_contrast_of_wcag_aa(theme):
    colour = theme()
    weak = [(a, b) for a, b in TEXT if contrast(colour[a], colour[b]) < 4.5]
    weak += [(a, b) for a, b in EDGES[:3] if contrast(colour[a], colour[b]) < 3]
    assert not weak


def test_both_dark_themes_are_one():
    by_system = CSS[CSS.index("@media (prefers-color-scheme") : CSS.index(':root[data-theme="dark"] {')]
    assert tokens(by_system) == tokens(CSS[CSS.index(':root[data-theme="dark"] {') : CSS.index("/* -- ground")])


def test_every_class_of_a_template_is_in_the_style_sheet():
    sheets = "".join(file.read_text(encoding="utf-8") for file in (WEB / "static" / "web").glob("*.css"))
    known = set(re.findall(r"\.([a-z][a-z0-9-]*)", sheets)) | MADE
    used = set()
    for file in TEMPLATES:
        for value in re.findall(r'class="([^"]*)"', file.read_text(encoding="utf-8")):
            used |= {
                word
                for word in re.sub(r"{[%{].*?[%}]}", " ", value).split()
                if re.fullmatch(r"[a-z][a-z-]*[a-z]", word)
            }
    assert not used - known


def test_no_template_has_an_inline_style_or_script():
    for file in TEMPLATES:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", text), file.name


def test_every_text_of_a_template_goes_through_gettext():
    for file in TEMPLATES:
        text = re.sub(
            r"{% (blocktranslate|comment).*?{% end\1 %}|{[%{#].*?[%}#]}",
            "",
            file.read_text(encoding="utf-8"),
            flags=re.S,
        )
        assert not re.search(r"[\u4e00-\u9fff]", text), file.name


def test_vendored_files_are_what_was_fetched():
    done = subprocess.run(
        [sys.executable, "tools/vendor", "--check"], cwd=WEB.parents[1], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


TRANSLATES = {"_", "gettext", "gettext_lazy", "ngettext"}


def test_every_text_of_the_code_goes_through_gettext():
    """A Chinese text stands in a call of gettext, or in a docstring."""
    bare = []
    for file in sorted(WEB.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        said = {
            id(constant)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TRANSLATES
            for constant in ast.walk(node)
        }
        said |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        bare += [
            f"{file.name}:{node.lineno} {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"[\u4e00-\u9fff]", node.value)
            and id(node) not in said
        ]
    assert not bare
