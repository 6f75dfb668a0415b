"""The catalogues of huiyin/locale: collects the texts of pages and commands, writes the .po files again and compiles them. No gettext needed.

    make messages                    brings them up to date; says what is not translated yet
    make messages ARGS=--check       changes nothing; exit code 1 when something is missing, unclear or out of date

The source language is simplified Chinese: a text is its own message. English is translated by hand in huiyin/locale/en; a changed text is
a new message. Traditional Chinese is written by OpenCC, with the corrections of huiyin/locale/zh_Hant/corrections.toml.
"""

import argparse
import ast
import io
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP))
HUIYIN = TOP / "huiyin"
LOCALE = HUIYIN / "locale"
HAN = re.compile("[\u3400-\u9fff]")
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "lazy": None, "N_": None, "ngettext": (1, 2),
    "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
HEAD = """# Texts of Huiyin in {language}.
# Distributed under the licence of Huiyin (Apache-2.0)."""
Key = tuple[str | None, str]


# -- what there is to translate


def sources() -> Iterator[tuple[str, str, str | tuple[str, ...], str | None]]:
    """Every message: its file, whether it is formatted (python) or a label, its text (two of a plural), its context."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    for path in sorted(HUIYIN.rglob("*")):
        if "migrations" in path.parts or "vendor" in path.parts or not path.is_file():
            continue
        name = str(path.relative_to(TOP))
        if path.suffix == ".py":
            text = path.read_text(encoding="utf-8")
            yield from _calls(name, text)
            if path.parent.name == "commands":
                yield from _summaries(name, text)
        elif "templates" in path.parts and path.suffix in (".html", ".txt"):
            yield from _calls(name, templatize(path.read_text(encoding="utf-8")))
    yield from _vocabulary()


def _calls(name: str, code: str) -> Iterator[tuple[str, str, str | tuple[str, ...], str | None]]:
    for _line, function, found, _comments in extract_python(
        io.BytesIO(code.encode()), list(KEYWORDS), [], {"encoding": "utf-8"}
    ):
        given = found if isinstance(found, tuple) else (found,)
        context = given[0] if "pgettext" in (function or "") else None
        texts = given[1:] if context is not None else given
        texts = texts[:2] if "n" in (function or "")[:1] and "gettext" in (function or "")[1:] else texts[:1]
        if texts and all(isinstance(t, str) and t for t in texts):
            yield name, "python", texts if len(texts) > 1 else texts[0], context


def _summaries(name: str, code: str) -> Iterator[tuple[str, str, str, None]]:
    """A command's docstring is its help: the whole, and its first line in the list of commands."""
    text = ast.get_docstring(ast.parse(code), clean=False) or ""
    if HAN.search(text):
        yield name, "python", text.partition("\n")[0], None
        yield name, "python", text, None


def _vocabulary() -> Iterator[tuple[str, str, str, str]]:
    from huiyin import languages
    from huiyin.core.vocabulary import load_vocabulary

    name = "huiyin/rules/vocabulary.toml"
    for table, key, context in languages.labels(load_vocabulary().raw):
        if HAN.search(table[key]):
            yield name, "label", table[key], context
            if context == "event":
                yield name, "label", table[key], languages.DONE


def template() -> Catalog:
    """All messages in the order of the files."""
    made = Catalog(charset="utf-8")
    for name, kind, text, context in sources():
        flags = {"python-format"} if kind == "python" and re.search(r"%\(\w+\)|%[sd]", str(text)) else set()
        if not flags:
            made.add(text, locations=[(name, 0)], context=context)
            one = made.get(text if isinstance(text, str) else text[0], context)
            if one is not None:
                one.flags.discard("python-format")
        else:
            made.add(text, locations=[(name, 0)], context=context, flags=flags)
    return made


# -- the catalogues


def file_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> dict[Key, str | tuple[str, ...]]:
    """What is translated so far, by context and message."""
    path = file_of(language)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        found = read_po(file)
    return {_key(m): m.string for m in found if m.id and not m.fuzzy and _whole(m.string)}


def _key(message: Message) -> Key:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _whole(text: str | tuple[str, ...]) -> bool:
    return bool(text) and all(text if isinstance(text, tuple) else (text,))


def english(message: Message, known: dict[Key, str | tuple[str, ...]]) -> str | tuple[str, ...]:
    return known.get(_key(message), "")


def traditional(message: Message, known: dict[Key, str | tuple[str, ...]]) -> str | tuple[str, ...]:
    from huiyin import languages

    return languages.traditional(message.id) if isinstance(message.id, str) else (languages.traditional(message.id[0]),)


def build(language: str, pot: Catalog) -> Catalog:
    """The catalogue as it should be now."""
    known, translate = read(language), english if language == "en" else traditional
    made = Catalog(locale=language, charset="utf-8", header_comment=HEAD.format(language=language), fuzzy=False)
    for message in pot:
        if not message.id:
            continue
        made.add(
            message.id,
            translate(message, known),
            locations=message.locations,
            flags=message.flags - {"fuzzy"},
            context=message.context,
        )
        one = made.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        if one is not None:
            one.flags = message.flags - {"fuzzy"}
    return made


def as_po(catalog: Catalog) -> bytes:
    """Without dates and line numbers, so that only what changed shows as changed."""
    made = io.BytesIO()
    write_po(made, catalog, width=0, omit_header=True, include_lineno=False)
    language = str(catalog.locale)
    plural = "nplurals=2; plural=(n != 1);" if language == "en" else "nplurals=1; plural=0;"
    head = HEAD.format(language=language) + (
        '\nmsgid ""\nmsgstr ""\n"Project-Id-Version: huiyin\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {plural}\\n"\n\n'
    )
    return head.encode() + made.getvalue()


def as_mo(po: bytes) -> bytes:
    """Compiled, in the form of gettext: the same bytes on every machine and day, which Babel's own writer does not promise."""
    catalog = read_po(io.BytesIO(po))
    plural = catalog.plural_expr
    head = f"Content-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals={catalog.num_plurals}; plural={plural};\n"
    pairs = [(b"", head.encode())]
    for message in catalog:
        if message.id and _whole(message.string) and not message.fuzzy:
            ids = "\0".join((message.id,) if isinstance(message.id, str) else message.id)
            texts = "\0".join((message.string,) if isinstance(message.string, str) else message.string)
            pairs.append(((f"{message.context}\4{ids}" if message.context else ids).encode(), texts.encode()))
    pairs.sort()
    tables, at = [], 28 + 16 * len(pairs)
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), at))
            at += len(pair[column]) + 1
    size = len(pairs)
    start = struct.pack("<7I", 0x950412DE, 0, size, 28, 28 + 8 * size, 0, 28 + 16 * size)
    return start + b"".join(tables) + b"".join(p[c] + b"\0" for c in (0, 1) for p in pairs)


# -- what is wrong with a translation


PLACES = re.compile(r"%(?:\((\w+)\))?([sdif%])|\{(\w*)\}")


def places(text: str) -> list[str]:
    """The placeholders of a text, sorted."""
    return sorted(m.group() for m in PLACES.finditer(text) if m.group() != "%%")


def flaws(message: Message) -> Iterator[str]:
    """Why a translation may not be used."""
    ids = (message.id,) if isinstance(message.id, str) else message.id
    texts = (message.string,) if isinstance(message.string, str) else message.string
    if not _whole(message.string):
        yield "missing"
        return
    if message.fuzzy:
        yield "fuzzy"
    for text in texts:
        named = "python-format" in message.flags or "{" in ids[0]
        if named and places(text) != places(ids[0]):
            yield f"placeholders {places(ids[0])} became {places(text)}"
        if ids[0].startswith("\n") != text.startswith("\n") or ids[0].endswith("\n") != text.endswith("\n"):
            yield "begins or ends with a line break, the other does not"
        if re.findall(r"</?\w+", ids[0]) and sorted(re.findall(r"</?\w+", ids[0])) != sorted(
            re.findall(r"</?\w+", text)
        ):
            yield "other tags"


def languages_there() -> list[str]:
    return sorted(p.name for p in LOCALE.iterdir() if p.is_dir())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check, wrong = parser.parse_args().check, 0
    pot = template()
    for language in languages_there():
        po = as_po(build(language, pot))
        mo = as_mo(po)
        path = file_of(language)
        for file, wanted in ((path, po), (path.with_suffix(".mo"), mo)):
            if not file.exists() or file.read_bytes() != wanted:
                if check:
                    print(f"{file.relative_to(TOP)}: out of date; run make messages")
                    wrong += 1
                else:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(wanted)
        for message in read_po(io.BytesIO(po)):
            for flaw in flaws(message) if message.id else ():
                wrong += 1
                print(f"{language}: {flaw}: {message.id!r}")
        print(f"{language}: {len(pot)} messages")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
