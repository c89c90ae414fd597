"""What templates know: the site, the page and the links between pages, as plain values.

The manual's page of templates is made from the texts below the fields.
"""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from proofdown.content.discovery import Page
from proofdown.markup.headings import Heading


class TocEntry(Struct, frozen=True):
    """A heading in a page's table of contents."""

    title: str
    """Text of the heading."""
    anchor: str
    """Its id, without the `#`."""
    level: int
    """1 to 6."""
    children: list["TocEntry"]
    """The headings below it."""


class NavLink(Struct, frozen=True):
    """A link to another page, as templates get it."""

    title: str
    """What the link says."""
    href: str | None
    """Where it leads; None where nothing is linked."""


class PageView(Struct, frozen=True, kw_only=True):
    """What templates know of a page."""

    title: str
    """From the front matter, else the first heading, else the file’s name."""
    description: str = ""
    """The page’s own, else the site’s."""
    address: str
    """Address below the home of the site: `guide/ports/`; empty for the home."""
    canonical: str | None = None
    """URL of the page; None where the site has no `url`."""
    content: Markup = Markup()
    """The text, as HTML with links, drawings and evidence in it."""
    toc: list[TocEntry] = []
    """The headings as a tree; empty for a page whose only heading is its title."""
    has_heading: bool = False
    """Whether the text has a heading of level 1; else a layout shows the title."""
    extra: Mapping[str, Any] = {}
    """Keys of your own, from `extra:` of the front matter."""
    previous: NavLink | None = None
    """The page before it in the nav."""
    next: NavLink | None = None
    """The page after it in the nav."""
    breadcrumbs: list[NavLink] = []
    """The sections around it, the outermost first."""
    edit_url: str | None = None
    """Where its source is edited; None without `edit:` in the settings."""
    is_draft: bool = False
    """Whether it is a draft, which the preview alone shows."""
    is_home: bool = False
    """Whether it is the first page of the site."""
    markdown: str | None = None
    """Link to the page’s Markdown."""
    changed: str = ""
    """Day of the last change, `2026-11-25`; empty where there is no history."""
    claims: int = 0
    """How many claims are made about the page’s diagrams and tables."""

    @classmethod
    def of(cls, page: Page, title: str) -> "PageView":
        """Return what a page's front matter says to templates."""
        front = page.front
        return cls(
            title=title,
            description=front.description,
            address=page.address,
            extra=front.extra or {},
            is_draft=front.is_draft,
            is_home=page.address == "",
        )


class LanguageLink(Struct, frozen=True):
    """A link to a page in a language."""

    tag: str
    """The language, as in `de`."""
    name: str
    """What the language calls itself."""
    href: str
    """The same page in that language."""
    is_own: bool
    """Whether it is the language of this site."""


class SiteView(Struct, frozen=True):
    """What templates know of the site."""

    title: str
    """From the settings, as are the next three."""
    description: str
    """One sentence for search engines; may be empty."""
    url: str
    """Address of the site with a `/` at its end; empty where none is given."""
    language: str
    """Tag of the language."""
    direction: str
    """`rtl` for languages that are written from right to left, else `ltr`."""
    repository: str | None
    """Address of the repository."""
    repository_name: str
    """Name of its host, as in `GitHub`; empty for hosts without one that is known."""
    home: str
    """Link to the home."""
    proof: str | None
    """Link to the page that lists every claim; None for a site without claims."""
    announcement: NavLink | None
    """What every page says at its top, with or without a link."""
    languages: list[LanguageLink]
    """The same site in other languages."""
    has_versions: bool
    """Whether pages offer other versions."""
    has_feed: bool
    """Whether there is a feed of changed pages."""
    card: str | None
    """URL of the picture that other sites show beside a link to this one."""
    styles: list[str]
    """Links to the stylesheets that the settings name."""
    scripts: list[str]
    """Links to the scripts that the settings name."""


class Everywhere(Struct, frozen=True):
    """What every layout knows beside its page."""

    site: SiteView
    """The site."""
    nav: Markup
    """The nav, as HTML with the page’s own entry marked."""
    url: Callable[..., str]
    """`url("guide/ports/")` is how this page links to an address; `url("")` leads home."""
    asset: Callable[[str], str]
    """`asset("theme.css")` is how it links to a file of the theme, or of `templates/static/`."""
    generator: str
    """Name and version of Proofdown."""
    words: Mapping[str, str]
    """The words that the theme writes itself, by key; `templates/words.yml` changes them."""
    policy: str
    """The content security policy; empty where it is `off`."""

    def variables(self) -> dict[str, Any]:
        """Return these by name, as Jinja takes them."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


def make_toc(headings: tuple[Heading, ...]) -> list[TocEntry]:
    """Return headings as a tree, each below the nearest one before it of a lower level.

    A page whose only heading is its title has nothing to list.
    """
    listed = [heading for heading in headings if heading.is_listed]
    if len(listed) == 1 and listed[0].level == 1:
        return []
    top: list[TocEntry] = []
    above: list[TocEntry] = []
    for heading in listed:
        entry = TocEntry(heading.text, heading.anchor, heading.level, [])
        while above and above[-1].level >= heading.level:
            above.pop()
        (above[-1].children if above else top).append(entry)
        above.append(entry)
    return top
