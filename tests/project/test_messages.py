"""The catalogues: every text of the interface is translated, nothing is in doubt, and what is compiled is what is written."""

import importlib.util
import io
from pathlib import Path

import pytest
from babel.messages.catalog import Message

TOP = Path(__file__).parents[2]


def _tool():
    spec = importlib.util.spec_from_file_location("tools_messages", TOP / "tools" / "messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _tool()
LANGUAGES = ["en", "zh_Hant"]


@pytest.fixture(scope="module")
def template():
    return tool.template()


def test_every_language_but_the_source_has_a_catalogue():
    from django.conf import settings

    there = {name.lower().replace("_", "-") for name in tool.languages_there()}
    assert there | {settings.LANGUAGE_CODE} == {code for code, _name in settings.LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_missing_in_doubt_or_without_its_places(language, template):
    catalog = tool.read_po(io.BytesIO(tool.file_of(language).read_bytes()))
    there = {tool._key(m): m for m in catalog if m.id}
    wanted = {tool._key(m) for m in template if m.id}
    assert sorted(wanted - set(there), key=str) == [], "run make messages and translate these"
    assert sorted(set(there) - wanted, key=str) == [], "run make messages: these are no longer used"
    assert [(m.id, m.string, list(tool.flaws(m))) for m in there.values() if list(tool.flaws(m))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language):
    path = tool.file_of(language)
    assert path.with_suffix(".mo").read_bytes() == tool.as_mo(path.read_bytes()), "run make messages"


def test_traditional_characters_are_those_of_the_converter(template):
    found = tool.read_po(io.BytesIO(tool.file_of("zh_Hant").read_bytes()))
    assert [m.string for m in found if m.id and m.string != tool.traditional(m, {})] == []


def test_no_english_text_is_chinese_except_where_it_quotes():
    """Lists are written with 、 whatever the language of the page, and a holiday has its Chinese name."""
    found = tool.read_po(io.BytesIO(tool.file_of("en").read_bytes()))
    chinese = [m.string for m in found if m.id and tool.HAN.search(str(m.string))]
    assert all(any(quoted in text for quoted in ("“是”", "元旦", "春节")) for text in chinese), chinese


@pytest.mark.parametrize(
    ("id", "string", "flags", "says"),
    [
        ("办结", "", (), "missing"),
        ("办结", "Conclude", ("fuzzy",), "fuzzy"),
        ("还有%d天", "Days left", ("python-format",), "placeholders"),
        ("%(a)s和%(b)s", "%(a)s and %(c)s", ("python-format",), "placeholders"),
        ("已选 {n} 件", "Chosen: {m}", (), "placeholders"),
        ("由 <b>%(unit)s</b> 办理", "By %(unit)s", ("python-format",), "tags"),
        ("一行\n", "A line", (), "line break"),
    ],
)
def test_what_is_wrong_with_a_translation_is_said(id, string, flags, says):
    assert any(says in flaw for flaw in tool.flaws(Message(id, string, flags=flags)))


def test_texts_are_collected_from_code_templates_commands_and_the_vocabulary(template):
    for text, context in [
        ("还有%d天", None),
        ("件件有回音", None),
        ("启动网站。", None),
        ("受理", "event"),
        ("受理", "event done"),
        ("投诉", "code"),
    ]:
        assert template.get(text, context) is not None, text
    assert template.get("还有%d天").flags == {"python-format"}
