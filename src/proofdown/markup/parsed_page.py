"""A parsed page: everything that depends on its own text alone."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from proofdown.content.discovery import Page, title_from_name
from proofdown.content.frontmatter import FrontMatter
from proofdown.diagnostics import Diagnostic
from proofdown.markup.converter import Body


class ParsedHead(Struct, frozen=True, kw_only=True):
    """What the site needs of a page before any page is composed. Loaded for every page."""

    body_start: int
    """Offset in the source at which the Markdown starts."""
    front: FrontMatter
    """The front matter without the author's own keys."""
    extra: dict[str, Any]
    """The author's own keys, as plain data."""
    heading: str
    """Text of the first heading of level 1; empty if there is none."""
    reading: bytes
    """The words of its prose, encoded, because for all pages they are large and decoded only once;
    empty if no check reads them, or the page is a draft."""
    compounds: dict[str, int]
    """How often each compound word occurs in its prose."""
    faults: tuple[Diagnostic, ...]
    """Diagnostics that depend on this page alone."""
    shows_diagrams: bool
    """Whether it may show or link to a diagram, so that it depends on the drawings."""
    is_lost: bool
    """Whether it could not be read as text."""


class ParsedText(Struct, frozen=True):
    """The bulk of a parsed page, which only composing it needs."""

    body: Body
    prose: str
    """The prose in lower case, to search it for other spellings of a term."""


class ParsedPage(Struct, frozen=True, eq=False, kw_only=True):
    """A page with everything that depends on its own text alone."""

    page: Page
    head: ParsedHead
    key: str
    """Digest of everything that it was parsed from; its key in the build cache."""
    size: int
    """Bytes of its file."""
    load_text: Callable[[], ParsedText]

    @property
    def title(self) -> str:
        """Its title: from the front matter, else the first heading, else the file's name."""
        name = self.page.path.rpartition("/")[2]
        return self.page.front.title or self.head.heading or title_from_name(name)
