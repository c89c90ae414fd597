"""Variables of templates: the site, the page and the links between pages, as plain values.

The manual's page about templates is generated from the docstrings of the fields.
"""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from proofdown.content.discovery import Page
from proofdown.markup.headings import Heading


class TocEntry(Struct, frozen=True, kw_only=True):
    """A heading in a page's table of contents."""

    title: str
    """Text of the heading."""
    anchor: str
    """Its id, without the `#`."""
    level: int
    """1 to 6."""
    children: list["TocEntry"]
    """The headings nested below it."""


class NavLink(Struct, frozen=True):
    """A link to another page, as templates get it."""

    title: str
    """Text of the link."""
    href: str | None
    """Target of the link; None if there is none."""


class PageView(Struct, frozen=True, kw_only=True):
    """The page that a template renders."""

    title: str
    """From the front matter, or else the first heading, or else the file’s name."""
    description: str = ""
    """The page’s own, or else the site’s."""
    address: str
    """Address relative to the home of the site: `guide/ports/`; empty for the home."""
    canonical: str | None = None
    """URL of the page; None if the settings have no `url`."""
    content: Markup = Markup()
    """The text as HTML, including links, drawings and evidence."""
    toc: list[TocEntry] = []
    """The headings as a tree; empty if the title is the only heading."""
    has_heading: bool = False
    """Whether the text has a heading of level 1; if not, the layout shows the title."""
    extra: Mapping[str, Any] = {}
    """Keys of your own, from `extra:` of the front matter."""
    previous: NavLink | None = None
    """The page before it in the nav."""
    next: NavLink | None = None
    """The page after it in the nav."""
    breadcrumbs: list[NavLink] = []
    """The sections around it, the outermost first."""
    edit_url: str | None = None
    """URL at which to edit its source; None without `edit:` in the settings."""
    is_draft: bool = False
    """Whether it is a draft, which only the preview shows."""
    is_home: bool = False
    """Whether it is the first page of the site."""
    markdown: str | None = None
    """Link to the page’s Markdown."""
    changed: str = ""
    """Day of the last change, `2026-11-25`; empty without a history."""
    claims: int = 0
    """How many claims are made about the page’s diagrams and tables."""

    @classmethod
    def of(cls, page: Page, title: str) -> "PageView":
        """Return the view of a page, filled in from its front matter."""
        front = page.front
        return cls(
            title=title,
            description=front.description,
            address=page.address,
            extra=front.extra or {},
            is_draft=front.is_draft,
            is_home=page.address == "",
        )


class LanguageLink(Struct, frozen=True, kw_only=True):
    """A link to the page in one of the languages of the site."""

    tag: str
    """Tag of the language, such as `de`."""
    name: str
    """The language’s own name for itself."""
    href: str
    """The same page in that language."""
    is_own: bool
    """Whether it is the language of this site."""


class SiteView(Struct, frozen=True, kw_only=True):
    """The site that a template renders a page of."""

    title: str
    """From the settings, as are the next three."""
    description: str
    """One sentence for search engines; may be empty."""
    url: str
    """URL of the site with a `/` at its end; empty if not set."""
    language: str
    """Tag of the language, such as `en`."""
    direction: str
    """`rtl` for languages written from right to left, otherwise `ltr`."""
    repository: str | None
    """URL of the repository; None if not set."""
    repository_name: str
    """Name of its host, such as `GitHub`; empty for unknown hosts."""
    home: str
    """Link to the home page."""
    proof: str | None
    """Link to the page that lists every claim; None for a site without claims."""
    announcement: NavLink | None
    """Text at the top of every page, with or without a link; None if not set."""
    languages: list[LanguageLink]
    """The same site in other languages."""
    has_versions: bool
    """Whether pages show a menu of versions."""
    has_feed: bool
    """Whether the site has a feed of changed pages."""
    card: str | None
    """URL of the social card, which other sites show beside a link; None without `url`."""
    styles: list[str]
    """Links to the stylesheets that the settings name."""
    scripts: list[str]
    """Links to the scripts that the settings name."""


class Everywhere(Struct, frozen=True, kw_only=True):
    """The variables of every layout besides `page`."""

    site: SiteView
    """The site."""
    nav: Markup
    """The nav as HTML, with the page’s own entry marked."""
    url: Callable[..., str]
    """`url("guide/ports/")` returns this page’s link to an address; `url("")` links to the home."""
    asset: Callable[[str], str]
    """`asset("theme.css")` returns the link to a file of the theme or of `templates/static/`."""
    generator: str
    """Name and version of Proofdown."""
    words: Mapping[str, str]
    """The theme’s own texts, by key; `templates/words.yml` overrides them."""
    policy: str
    """The content security policy; empty if the settings turn it off."""

    def variables(self) -> dict[str, Any]:
        """Return the variables by name, as Jinja expects them."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


def make_toc(headings: tuple[Heading, ...]) -> list[TocEntry]:
    """Return headings as a tree, each below the last heading before it of a lower level.

    Return nothing for a page whose only heading is its title.
    """
    listed = [heading for heading in headings if heading.is_listed]
    if len(listed) == 1 and listed[0].level == 1:
        return []
    top: list[TocEntry] = []
    above: list[TocEntry] = []
    for heading in listed:
        entry = TocEntry(
            title=heading.text, anchor=heading.anchor, level=heading.level, children=[]
        )
        # A stack, because levels may be skipped: an `h4` directly below an `h2` is its child.
        while above and above[-1].level >= heading.level:
            above.pop()
        (above[-1].children if above else top).append(entry)
        above.append(entry)
    return top
