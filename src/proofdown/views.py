"""What templates know: the site, the page and the links between pages, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from proofdown.markup import Heading


@dataclass(frozen=True, slots=True)
class TocEntry:
    """A heading in a page's table of contents."""

    title: str
    anchor: str
    level: int
    children: list["TocEntry"]


@dataclass(frozen=True, slots=True)
class NavLink:
    """A link to another page, as templates get it."""

    title: str
    href: str | None


@dataclass(frozen=True, slots=True)
class PageView:
    """What templates know of a page."""

    title: str
    description: str
    address: str
    canonical: str | None
    content: Markup
    toc: list[TocEntry]
    has_heading: bool
    extra: Mapping[str, Any]
    previous: NavLink | None
    next: NavLink | None
    breadcrumbs: list[NavLink]
    edit_url: str | None
    is_draft: bool
    is_home: bool
    markdown: str | None
    """Link to the page's Markdown."""
    changed: str
    """Day of the last change, `2026-11-25`; empty where there is no history."""
    claims: int
    """How many claims are made about the page's diagrams and tables."""


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """A link to a page in a language."""

    tag: str
    name: str
    href: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class SiteView:
    """What templates know of the site."""

    title: str
    description: str
    url: str
    language: str
    direction: str
    repository: str | None
    repository_name: str
    home: str
    proof: str | None
    """Link to the page that lists every claim; None for a site without claims."""
    announcement: NavLink | None
    languages: list[LanguageLink]
    has_versions: bool
    has_feed: bool
    card: str | None
    """URL of the picture that other sites show beside a link to this one."""
    styles: list[str]
    scripts: list[str]


def make_toc(headings: tuple[Heading, ...]) -> list[TocEntry]:
    """Return headings as a tree, each below the nearest one before it of a lower level."""
    top: list[TocEntry] = []
    above: list[TocEntry] = []
    for heading in headings:
        entry = TocEntry(heading.text, heading.anchor, heading.level, [])
        while above and above[-1].level >= heading.level:
            above.pop()
        (above[-1].children if above else top).append(entry)
        above.append(entry)
    return top
