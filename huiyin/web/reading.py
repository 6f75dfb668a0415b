"""The finished page for who reads it in another language than simplified Chinese.

Interface texts come translated. What remains is Chinese: texts of rules, names of units, what people wrote. For a reader of traditional
characters it is written over, except what people wrote themselves (`data-as-written` on an element, and every field). In an English page it
is marked with `lang="zh-Hans"`, so that it is read aloud and set as Chinese, and Chinese punctuation between English words becomes English.
Done once, here, so that no page can forget it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from huiyin import languages

TOKEN: Final = re.compile(
    r"<!--.*?-->|<(script|style|textarea)\b[^>]*>.*?</\1\s*>|<[a-zA-Z/!](?:[^\"'>]|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL | re.IGNORECASE,
)
NAME: Final = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*)")
LANG: Final = re.compile(r"\slang=", re.IGNORECASE)
SPOKEN: Final = re.compile(r"(\s(?:aria-label|title|placeholder|alt|data-label|label)=)(\"[^\"]*\"|'[^']*')")
VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
NO_SPAN: Final = frozenset(["option", "title", "text", "tspan"])  # the language stands on the element itself
AS_WRITTEN: Final = "data-as-written"
_HAN: Final = r"\u3400-\u9fff\u3007"
_PUNCTUATION: Final = r"\u3001-\u3011\u3014-\u301f\uff01-\uff5e"
RUN: Final = re.compile(
    f"(?<![“‘《（「])[“‘《（「]*[{_HAN}](?:(?:[{_HAN}{_PUNCTUATION}“”‘’…—0-9%./:·+()-]|[A-Za-z](?![a-z][a-z]))*[{_HAN}{_PUNCTUATION}”’…])?"
)
"""Chinese, with the figures and codes in it; an English word ends it. A row of opening signs is tried once, from its first one."""
ENGLISH_SIGNS: Final = {
    "：": ": ", "、": ", ", "，": ", ", "。": ". ", "；": "; ", "（": " (", "）": ") ", "？": "? ", "！": "! ", "\u3000": " · ",
}  # fmt: skip
BETWEEN: Final = "、，：；（"
APART: Final = re.compile(r"(?<=[a-z0-9)”]\.)(?=[A-Z“])|(?<=</span>)(?=[A-Za-z])|(?<=[A-Za-z])(?=<span lang)")
"""Where two parts meet that Chinese writes without a space."""
SIGNS: Final = re.compile(" ?([" + "".join(ENGLISH_SIGNS) + "]) ?")
Make = Callable[[HttpRequest], HttpResponseBase]


def in_the_readers_language(get_response: Make) -> Make:
    """Middleware, inside Django's LocaleMiddleware."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ("Cookie",))  # which keeps the choice of language
            language = languages.active()
            if language != languages.SOURCE:
                response.content = for_reader(response.content.decode(), language).encode()
                if response.has_header("Content-Length"):  # of the text before: a browser would cut the page there
                    response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def for_reader(page: str, language: str) -> str:
    """A page or a part of one."""
    return "".join(_traditional(page) if language == languages.TRADITIONAL else _english(page))


def tokens(page: str) -> Iterator[tuple[str, bool]]:
    """Tags (with scripts, styles and fields whole), and the texts between them (True)."""
    at = 0
    for found in TOKEN.finditer(page):
        if found.start() > at:
            yield page[at : found.start()], True
        yield found.group(), False
        at = found.end()
    if at < len(page):
        yield page[at:], True


class _Open:
    """The elements that are open at a place of the page, and whether what stands there is as somebody wrote it."""

    def __init__(self) -> None:
        self.names: list[tuple[str, bool]] = []

    def take(self, tag: str) -> None:
        found = NAME.match(tag)
        name = found.group(1).lower() if found else ""
        if not name or name in VOID or name in ("script", "style", "textarea") or tag.endswith("/>"):
            return
        if tag.startswith("</"):
            while self.names and self.names.pop()[0] != name:
                pass  # an element that closes by itself (li, p, dt)
        else:
            self.names.append((name, self.as_written or AS_WRITTEN in tag))

    @property
    def as_written(self) -> bool:
        return bool(self.names) and self.names[-1][1]

    @property
    def parent(self) -> str:
        return self.names[-1][0] if self.names else ""


# -- traditional characters


def _traditional(page: str) -> Iterator[str]:
    inside = _Open()
    for part, is_text in tokens(page):
        if is_text:
            yield part if inside.as_written else languages.traditional(part)
            continue
        inside.take(part)
        yield SPOKEN.sub(lambda m: m.group(1) + languages.traditional(m.group(2)), part)


# -- English


def _english(page: str) -> Iterator[str]:
    inside, made = _Open(), list[str]()
    parts = [*tokens(page), ("", False)]
    for at, (part, is_text) in enumerate(parts):
        if not is_text:
            inside.take(part)
            made.append(part)
            continue
        before = made[-1] if made else ""
        alone = before.startswith("<") and not before.startswith(("</", "<!")) and parts[at + 1][0].startswith("</")
        whole = RUN.fullmatch(part.strip()) is not None
        opens = NAME.match(before) is not None and NAME.match(before).group(1).lower() == inside.parent  # type: ignore[union-attr]
        if (
            languages.HAN.search(part)
            and alone
            and opens
            and (whole or inside.parent in NO_SPAN)
            and not LANG.search(before)
        ):
            made[-1] = before[:-1] + ' lang="zh-Hans">'
            made.append(part)
        else:
            made.append(_marked(part, inside.as_written, span=inside.parent not in NO_SPAN))
    yield from made


def _marked(text: str, as_written: bool, span: bool) -> str:
    found, at = [], 0
    for match in RUN.finditer(text):
        run = match.group()
        if match.end() < len(text):
            run = run.rstrip(BETWEEN)  # between two parts, not the end of a sentence
        found.append(_signs(text[at : match.start()], as_written))
        found.append(f'<span lang="zh-Hans">{run}</span>' if span else run)
        at = match.start() + len(run)
    made = "".join([*found, _signs(text[at:], as_written)])
    return made if as_written else APART.sub(" ", made)


def _signs(text: str, as_written: bool) -> str:
    return text if as_written else SIGNS.sub(lambda m: ENGLISH_SIGNS[m.group(1)], text)
