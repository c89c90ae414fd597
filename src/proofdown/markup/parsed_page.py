"""A page by itself: everything that its own text decides, whatever else is in the site."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from proofdown.content.discovery import Page, title_from_name
from proofdown.content.frontmatter import FrontMatter
from proofdown.diagnostics import Diagnostic
from proofdown.markup.converter import Body


class ParsedHead(Struct, frozen=True, kw_only=True):
    """What a site has to know of a page before any page is composed. Stored for every page."""

    body_start: int
    """Offset in the source at which the Markdown starts."""
    front: FrontMatter
    """The front matter without the author's own keys."""
    extra: dict[str, Any]
    """The author's own keys, as plain data."""
    heading: str
    """Text of the first heading of level 1; empty if there is none."""
    reading: bytes
    """What its prose says, encoded, because that of all pages is large and decoded once; empty if
    nobody reads it, or the page is a draft."""
    compounds: dict[str, int]
    """How often its prose writes each compound."""
    faults: tuple[Diagnostic, ...]
    """What is wrong with it by itself."""
    shows_diagrams: bool
    """Whether it may show or link to a diagram, and so depends on the drawings."""
    is_lost: bool
    """Whether it could not be read as text at all."""


class ParsedText(Struct, frozen=True):
    """The bulk of a parsed page, which only composing it needs."""

    body: Body
    prose: str
    """The prose in small letters, to look for other spellings of a term."""


class ParsedPage(Struct, frozen=True, eq=False, kw_only=True):
    """A page and everything that its own text decides."""

    page: Page
    head: ParsedHead
    key: str
    """Digest of everything that it was parsed from."""
    size: int
    """Bytes of its file."""
    load_text: Callable[[], ParsedText]

    @property
    def title(self) -> str:
        """Its title: from the front matter, else the first heading, else the file's name."""
        name = self.page.path.rpartition("/")[2]
        return self.page.front.title or self.head.heading or title_from_name(name)
