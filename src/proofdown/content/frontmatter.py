"""A page's head and body: the YAML between two `---` lines, and the Markdown after it."""

import re
from typing import Any

from msgspec import Struct

from proofdown.addresses import fault_of_address, join_path
from proofdown.diagnostics import Diagnostic, Report
from proofdown.fields import Fields, describe
from proofdown.source import Location, Source
from proofdown.yamltree import Mapping, Scalar, load_tree

LARGEST_HEAD = 64 * 1024

_FROM_HOME = "it is not written from the site's home, as in `old/page.html`"
_OPENING = re.compile(r"\A---[ \t]*\n")
_SECOND = re.compile(r"---[ \t]*\n(?:[\w-]+:.*\n)+---[ \t]*$", re.MULTILINE)
_UNMARKED = re.compile(
    r"\A(?:title|description|template|layout|tags|hide):[ \t]+\S.*\n(?:\s|[\w-]+:)"
)
"""The head of a page as MultiMarkdown and MkDocs take it too: keys without lines around them."""
_CLOSING = re.compile(r"^---[ \t]*$|^\.\.\.[ \t]*$", re.MULTILINE)


class Alias(Struct, frozen=True):
    """An old address, perhaps with an anchor, that leads to this page."""

    old: str
    """The old address, relative to the site's home: `migration.html#flow`."""
    anchor: str
    """The anchor on this page that it leads to; empty for the top."""
    location: Location
    anchor_location: Location | None = None

    @property
    def old_anchor(self) -> str:
        """The anchor of the old address that is meant; empty for all of the page."""
        return self.old.partition("#")[2]

    @property
    def old_address(self) -> str | None:
        """The old address itself; None for a text that cannot be one.

        A name without an extension is a folder's: `setup` is the address `setup/`.
        """
        return None if self.fault else self._address()

    @property
    def fault(self) -> str:
        """Why the old address cannot be one; empty where it can."""
        path = self.old.partition("#")[0].removeprefix("/")
        if "?" in path or "://" in path or not self.old.strip("/"):
            return _FROM_HOME
        if ".." in path.split("/") or path.startswith("/"):
            return "it leads out of the site"
        return fault_of_address(path.removeprefix("./"))

    def _address(self) -> str:
        path = self.old.partition("#")[0]
        address = join_path("", path.removeprefix("/")) or ""
        is_folder = not address or address.endswith("/") or "." in address.rpartition("/")[2]
        return address if is_folder else f"{address}/"


class FrontMatter(Struct, frozen=True):
    """What the head of a page says."""

    title: str = ""
    description: str = ""
    layout: Scalar | None = None
    aliases: tuple[Alias, ...] = ()
    is_draft: bool = False
    allow: tuple[Scalar, ...] = ()
    """Codes of diagnostics that this page is let off."""
    extra: dict[str, Any] | None = None
    """The author's own keys, for templates."""


def split_head(source: Source, report: Report) -> tuple[int, int, int]:
    """Return where the head starts and ends and where the body starts, as offsets.

    All three are 0 for a page without a head; an unclosed head is reported and read as the body.
    """
    opening = _OPENING.match(source.text)
    if not opening:
        if _UNMARKED.match(source.text):
            message = "this looks like front matter, and would be shown as text"
            help_ = "put a line of `---` before and after it"
            location = source.location_of_line(1)
            report.add(Diagnostic("invalid-front-matter", message, location, help_))
        return (0, 0, 0)
    closing = _CLOSING.search(source.text, opening.end())
    if not closing:
        message = "the front matter that starts here has no closing `---`"
        help_ = "end it with a line of `---`"
        report.add(Diagnostic("invalid-front-matter", message, source.location_of_line(1), help_))
        return (opening.end(),) * 3
    body_start = min(closing.end() + 1, len(source.text))
    if _SECOND.match(source.text, body_start):
        location = source.location_of_line(source.line_of(body_start))
        message = "front matter is given a second time"
        report.add(Diagnostic("invalid-front-matter", message, location, "make one of the two"))
    return (opening.end(), closing.start(), body_start)


def read_front_matter(source: Source, start: int, end: int, report: Report) -> FrontMatter:
    """Return the front matter between two offsets of a page's source."""
    if start == end:
        return FrontMatter()
    if end - start > LARGEST_HEAD:
        message = f"front matter of more than {LARGEST_HEAD // 1024} KiB"
        report.add(Diagnostic("invalid-front-matter", message, source.location_of_line(1)))
        return FrontMatter()
    tree = load_tree(source, report, start=start, end=end)
    if tree is None:
        return FrontMatter()
    if not isinstance(tree, Mapping):
        message = f"the front matter is {describe(tree)}, not a mapping"
        help_ = "write `key: value` lines between the two `---`"
        report.add(Diagnostic("invalid-front-matter", message, tree.location, help_))
        return FrontMatter()
    fields = Fields(tree, report)
    found = FrontMatter(
        title=fields.text("title"),
        description=fields.text("description"),
        layout=fields.scalar("layout"),
        aliases=_read_aliases(fields, report),
        is_draft=fields.flag("draft", default=False),
        allow=fields.texts("allow"),
        extra=fields.plain("extra") or None,
    )
    fields.reject_unknown("a key of front matter", "keys of your own go under `extra:`")
    return found


def _read_aliases(fields: Fields, report: Report) -> tuple[Alias, ...]:
    found = []
    sequence = fields.sequence("aliases")
    for item in sequence.items if sequence else ():
        if isinstance(item, Scalar):
            found.append(Alias(item.text, "", item.location))
            continue
        pair = item.entries[0] if isinstance(item, Mapping) and len(item.entries) == 1 else None
        if pair and isinstance(pair[1], Scalar) and pair[1].text.startswith("#"):
            found.append(Alias(pair[0].text, pair[1].text[1:], pair[0].location, pair[1].location))
        else:
            message = f"an alias is {describe(item)}, not an old address"
            help_ = 'write `old.html`, or `old.html#anchor: "#new-anchor"`'
            report.add(Diagnostic("invalid-value", message, item.location, help_))
    return tuple(found)
