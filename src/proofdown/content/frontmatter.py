"""Read front matter: the YAML between two `---` lines at the start of a page."""

import re
from typing import Annotated, Any

from msgspec import Struct

from proofdown.addresses import fault_of_address, join_path
from proofdown.diagnostics import Diagnostic, Report
from proofdown.fields import Fields, describe
from proofdown.keys import (
    Entry,
    Key,
    keys_of,
    read_flag,
    read_scalar,
    read_struct,
    read_text,
    read_texts,
)
from proofdown.source import Location, Source
from proofdown.yamltree import Mapping, Scalar, load_tree

LARGEST_HEAD = 64 * 1024

_NOT_FROM_HOME = "it is not relative to the site's home, as `old/page.html` is"
_OPENING = re.compile(r"\A---[ \t]*\n")
_SECOND = re.compile(r"---[ \t]*\n(?:[\w-]+:.*\n)+---[ \t]*$", re.MULTILINE)
_KEYS_OF_OTHERS = ("template", "tags", "hide")
"""Keys of front matter that other programs use, such as Material for MkDocs."""
# `...` ends a document in YAML, and Pandoc accepts it here, too.
_CLOSING = re.compile(r"^---[ \t]*$|^\.\.\.[ \t]*$", re.MULTILINE)


class Alias(Struct, frozen=True, kw_only=True):
    """An old address, perhaps with an anchor, that redirects to this page."""

    old: str
    """The old address, relative to the site's home: `migration.html#flow`."""
    anchor: str = ""
    """The anchor on this page that it redirects to; empty for the top."""
    location: Location
    anchor_location: Location | None = None

    @property
    def old_anchor(self) -> str:
        """The anchor in the old address; empty if it is a whole page."""
        return self.old.partition("#")[2]

    @property
    def old_address(self) -> str | None:
        """The old address without its anchor, or None if it is not valid.

        A name without an extension is that of a folder: `setup` is the address `setup/`.
        """
        return None if self.fault else self._address()

    @property
    def fault(self) -> str:
        """Why the old address is not valid, or "" if it is."""
        path = self.old.partition("#")[0].removeprefix("/")
        if "?" in path or "://" in path or not self.old.strip("/"):
            return _NOT_FROM_HOME
        if ".." in path.split("/") or path.startswith("/"):
            return "it leads out of the site"
        return fault_of_address(path.removeprefix("./"))

    def _address(self) -> str:
        path = self.old.partition("#")[0]
        address = join_path("", path.removeprefix("/")) or ""
        is_folder = not address or address.endswith("/") or "." in address.rpartition("/")[2]
        return address if is_folder else f"{address}/"


def _read_aliases(entry: Entry) -> tuple[Alias, ...]:
    found = []
    sequence = entry.fields.sequence(entry.key)
    for item in sequence.items if sequence else ():
        if isinstance(item, Scalar):
            found.append(Alias(old=item.text, location=item.location))
            continue
        pair = item.entries[0] if isinstance(item, Mapping) and len(item.entries) == 1 else None
        if pair and isinstance(pair[1], Scalar) and pair[1].text.startswith("#"):
            old, new = pair[0], pair[1]
            found.append(
                Alias(
                    old=old.text,
                    anchor=new.text[1:],
                    location=old.location,
                    anchor_location=new.location,
                )
            )
        else:
            message = f"an alias is {describe(item)}, not an old address"
            help_ = 'write `old.html`, or `old.html#anchor: "#new-anchor"`'
            entry.fault(message, item.location, help_)
    return tuple(found)


def _read_extra(entry: Entry) -> dict[str, Any] | None:
    return entry.fields.plain(entry.key) or None


class FrontKey(Key, frozen=True):
    """A key of front matter."""

    is_shown: bool = False
    """Whether layouts show the value as it is; if so, search and review read it as well."""


class FrontMatter(Struct, frozen=True):
    """The front matter of a page.

    The manual's table of front matter is generated from these declarations; see `config/model.py`.
    """

    title: Annotated[str, FrontKey(read_text, without="First heading, else file name")] = ""
    """The page's title."""
    description: Annotated[str, FrontKey(read_text, without="The site's", is_shown=True)] = ""
    """One sentence for search engines."""
    layout: Annotated[Scalar | None, FrontKey(read_scalar, without="`page`")] = None
    """A template by its name without `.html`."""
    aliases: Annotated[tuple[Alias, ...], FrontKey(_read_aliases)] = ()
    """Old addresses that lead here, also with anchors: `old.html#ports`. Hidden ones such as
    `.git/x` are refused.
    """
    is_draft: Annotated[bool, FrontKey(read_flag, name="draft")] = False
    """`true` keeps the page out of the built site."""
    allow: Annotated[tuple[Scalar, ...], FrontKey(read_texts)] = ()
    """Codes of rules that do not apply to this page."""
    extra: Annotated[dict[str, Any] | None, FrontKey(_read_extra, is_shown=True)] = None
    """Keys of your own, for your templates."""

    def shown(self) -> dict[str, Any]:
        """Return the values that layouts show as they are, by the key's name."""
        return {name: getattr(self, name) for name in _SHOWN}


_KEYS = keys_of(FrontMatter)
_SHOWN = tuple(field for field, key in _KEYS.items() if isinstance(key, FrontKey) and key.is_shown)
_TEXTS = [key.name or field for field, key in _KEYS.items() if key.read in (read_text, read_scalar)]
_UNMARKED = re.compile(rf"\A(?:{'|'.join([*_TEXTS, *_KEYS_OF_OTHERS])}):[ \t]+\S.*\n(?:\s|[\w-]+:)")
"""Front matter without `---` lines around it, which MultiMarkdown and MkDocs accept."""


def split_head(source: Source, report: Report) -> tuple[int, int, int]:
    """Return the offsets of the start and end of the front matter and of the start of the body.

    All three are 0 for a page without front matter. If it has no end, that is reported and all of
    it is the body.
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
    # The closing line may be the last of the file, without a line feed.
    body_start = min(closing.end() + 1, len(source.text))
    if _SECOND.match(source.text, body_start):
        location = source.location_of_line(source.line_of(body_start))
        message = "front matter is given a second time"
        report.add(Diagnostic("invalid-front-matter", message, location, "merge the two"))
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
    own_keys = "keys of your own go under `extra:`"
    return read_struct(
        FrontMatter, Fields(tree, report), "a key of front matter", own_keys=own_keys
    )
