r"""Find the URLs that CSS loads, by the token rules of CSS Syntax Level 3.

This is a tokenizer, not a pattern for `url(…)`, because names can contain escapes (`\75rl(`), and
a URL in a comment, in a string such as that of `content:`, or in `@namespace` loads nothing.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

# `\75 ` with its optional blank, which ends the number, or any other escaped character.
_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\n\r\f])?|[^\n\r\f0-9a-fA-F])"
_NAME = rf"(?:[0-9A-Za-z_-]|[^\x00-\x7f]|{_ESCAPE})++"
_TOKEN = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    r"|<!--"
    r"|\"(?P<double>(?:[^\"\\\n\r\f]|\\(?:\r\n|.|\Z))*+)\"?"
    r"|'(?P<single>(?:[^'\\\n\r\f]|\\(?:\r\n|.|\Z))*+)'?"
    rf"|@(?P<at>{_NAME})|#{_NAME}"
    rf"|(?P<function>{_NAME})\("
    rf"|(?P<name>{_NAME})"
    r"|(?P<sign>[(){};])",
    re.DOTALL,
)
# The rest of `url(a.png)` after the parenthesis; at the end of the file it needs no `)`.
_BARE_URL = re.compile(
    rf"[ \t\n\r\f]*+((?:[^\"'()\\\x00-\x20\x7f]|{_ESCAPE}|\\\Z)*+)[ \t\n\r\f]*+(?:\)|\Z)"
)
_QUOTE = re.compile(r"[ \t\n\r\f]*+[\"']")
# An unquoted URL with a quote or a blank inside loads nothing up to its `)`.
_BAD_URL = re.compile(r"(?:[^)\\]|\\.|\\\Z)*+\)?", re.DOTALL)
_ESCAPED = re.compile(
    r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(?:\r\n|[\n\r\f]|\Z)|(.))", re.DOTALL
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_URL_FUNCTIONS = frozenset(
    ["url", "src", "image", "image-set", "-webkit-image-set", "-moz-image-set"]
)
"""Functions whose string arguments are URLs."""
_INERT_AT_RULES = frozenset(["namespace", "supports", "document", "-moz-document", "charset"])
"""At-rules whose URLs and strings, up to their block or semicolon, load nothing."""


class CssUrl(Struct, frozen=True):
    """A URL in a text of CSS."""

    url: str
    """With escapes resolved."""
    start: int
    """Offset of the URL, without quotes."""
    end: int


def find_css_urls(css: str) -> Iterator[CssUrl]:
    """Yield the URLs that a style sheet, or the declarations of a `style=`, load."""
    if "(" in css or "@" in css:  # no escape can replace these two
        yield from _Scanner(css).run()


class _Scanner:
    """Walks the tokens of a text of CSS and yields the URLs that they load."""

    def __init__(self, css: str) -> None:
        self.css = css
        self.open: list[str] = []
        """Names of the open functions; empty for a plain parenthesis."""
        self.is_importing = False
        """Whether the previous token was `@import`."""
        self.is_muted = False
        """Whether the scanner is in an at-rule whose URLs load nothing."""

    def run(self) -> Iterator[CssUrl]:
        position = 0
        while found := _TOKEN.search(self.css, position):
            position = found.end()
            group = found.lastgroup
            if group is None:  # a comment, `<!--`, a colour or an ID
                continue
            if group in ("double", "single"):
                if self.is_importing or (self.open and self.open[-1] in _URL_FUNCTIONS):
                    yield from self.url(*found.span(group))
            elif group == "function" and self.enter(found["function"], position):
                bare = _BARE_URL.match(self.css, position)
                if bare:
                    yield from self.url(*bare.span(1))
                if found["function"].isascii():  # otherwise it may be another function
                    position = (bare or _BAD_URL.match(self.css, position) or found).end()
            elif group == "sign":
                self.punctuate(found["sign"])
            self.is_importing = False
            if group == "at":
                name = unescape_css(found["at"]).lower()
                self.is_importing = name == "import"
                self.is_muted = name in _INERT_AT_RULES

    def enter(self, raw_name: str, position: int) -> bool:
        """Enter a function, or return True if its argument is an unquoted URL."""
        # Browsers differ on which non-ASCII characters can be part of a name, so that only the part
        # after the last of them counts.
        name = unescape_css(_NOT_ASCII.split(raw_name)[-1]).lower()
        if name == "url" and not _QUOTE.match(self.css, position):
            return True
        self.open.append(name)
        return False

    def punctuate(self, sign: str) -> None:
        if sign == "(":
            self.open.append("")
        elif sign == ")":
            del self.open[-1:]
        else:
            self.open.clear()
            self.is_muted = False

    def url(self, start: int, end: int) -> Iterator[CssUrl]:
        if not self.is_muted:
            yield CssUrl(unescape_css(self.css[start:end]), start, end)


def unescape_css(text: str) -> str:
    r"""Return a name, a string or a URL of CSS with its escapes resolved.

    >>> unescape_css(r"\75 rl"), unescape_css(r"a\:b")
    ('url', 'a:b')
    """
    return _ESCAPED.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[2] or ""
    code = int(found[1], 16)
    # CSS Syntax replaces zero, surrogates and numbers beyond Unicode.
    is_character = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_character else "\ufffd"
