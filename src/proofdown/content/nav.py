"""Build the nav, the order and nesting of pages, from the settings or from the folders."""

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from proofdown.addresses import INDEX_NAMES, join_path, split_url
from proofdown.config.model import Config
from proofdown.config.nav import NavSetting
from proofdown.content.discovery import Content, Page, title_from_name
from proofdown.content.near_paths import Guesser
from proofdown.diagnostics import Diagnostic, Report


class NavItem(Struct, frozen=True, eq=False):
    """An entry of the nav: a page, an outside link, or a section of further entries."""

    title: str
    page: Page | None = None
    """The page it leads to; for a section its index page, if it has one."""
    url: str = ""
    """Where an outside link leads; empty for everything else."""
    children: tuple["NavItem", ...] = ()

    @property
    def first_page(self) -> Page | None:
        """The page it leads to when it is collapsed: its own, or the first below it."""
        return next((item.page for item in _in_order((self,)) if item.page), None)


class Nav(Struct, frozen=True, dict=True):
    """The tree of a site's nav entries."""

    items: tuple[NavItem, ...]

    def pages(self) -> tuple[Page, ...]:
        """Return the pages in reading order, each once."""
        pages = (item.page for item in self.items_in_order() if item.page)
        return tuple({page.path: page for page in pages}.values())

    def items_in_order(self) -> Iterator[NavItem]:
        """Yield every entry, each before the entries below it."""
        yield from _in_order(self.items)

    def trail(self, page: Page) -> tuple[NavItem, ...]:
        """Return the sections around a page, the outermost first, without a section of its own."""
        return self._by_path[page.path][0] if page.path in self._by_path else ()

    def item(self, page: Page) -> NavItem | None:
        """Return the first entry that leads to a page, or None if there is none."""
        return self._by_path[page.path][1] if page.path in self._by_path else None

    def neighbours(self, page: Page) -> tuple[Page | None, Page | None]:
        """Return the pages before and after a page in reading order, with None at either end."""
        return self._neighbours.get(page.path, (None, None))

    @cached_property
    def titles(self) -> dict[str, str]:
        """The title of each page in the nav, by the page's path; the last one of several."""
        return {item.page.path: item.title for item in self.items_in_order() if item.page}

    @cached_property
    def _neighbours(self) -> dict[str, tuple[Page | None, Page | None]]:
        pages = self.pages()
        around = zip((None, *pages), pages, (*pages[1:], None), strict=False)
        return {page.path: (before, after) for before, page, after in around}

    @cached_property
    def _by_path(self) -> dict[str, tuple[tuple[NavItem, ...], NavItem]]:
        """The sections around each page and its first entry, by the page's path."""
        found: dict[str, tuple[tuple[NavItem, ...], NavItem]] = {}
        for trail, item in _with_trails(self.items, ()):
            if item.page:
                found.setdefault(item.page.path, (trail, item))
        return found


def _in_order(items: tuple[NavItem, ...]) -> Iterator[NavItem]:
    for item in items:
        yield item
        yield from _in_order(item.children)


def _with_trails(
    items: tuple[NavItem, ...], trail: tuple[NavItem, ...]
) -> Iterator[tuple[tuple[NavItem, ...], NavItem]]:
    for item in items:
        yield trail, item
        yield from _with_trails(item.children, (*trail, item))


def make_nav(config: Config, content: Content, titles: dict[str, str], report: Report) -> Nav:
    """Return the site's nav.

    Args:
        config: the settings, perhaps with a nav.
        content: the pages; an entry for a missing page is reported as `missing-nav-target`.
        titles: the title of each page, by its path.
        report: where problems go.
    """
    if config.nav is None:
        return Nav(_from_folders(content.pages, "", titles))
    return Nav(_NavReader(content, titles, report).items(config.nav))


class _NavReader:
    """Reads the nav from the settings."""

    def __init__(self, content: Content, titles: dict[str, str], report: Report) -> None:
        self.pages = {page.path: page for page in content.pages}
        self.guesser = Guesser(self.pages)
        self.silent = {page.path for page in content.drafts} | content.lost
        self.titles, self.report = titles, report

    def items(self, settings: tuple[NavSetting, ...]) -> tuple[NavItem, ...]:
        return tuple(item for setting in settings if (item := self.item(setting)))

    def item(self, setting: NavSetting) -> NavItem | None:
        if setting.children:
            return self.section(setting)
        parts = split_url(setting.target)
        if parts is None:
            message = f"`{setting.target}` is not a web address"
            help_ = "its host is neither a name nor an IP address"
            self.report.add(Diagnostic("invalid-value", message, setting.location, help_))
            return None
        if parts.scheme in ("http", "https", "mailto"):
            return NavItem(setting.title or setting.target, url=setting.target)
        page = self.pages.get(join_path("", setting.target.removeprefix("/")) or "")
        if page is None:
            # Drafts are left out on purpose; an unreadable page is reported already.
            if setting.target not in self.silent:
                self.report.add(self.missing(setting))
            return None
        return NavItem(setting.title or self.titles[page.path], page)

    def section(self, setting: NavSetting) -> NavItem:
        """Return a section, whose first page may be its index page.

        It is if it has the name of an index page and no title of its own in the nav, or if its
        title equals that of the section, which would otherwise be shown twice.
        """
        children = self.items(setting.children)
        first = setting.children[0]
        has_index = (
            len(children) > 1  # otherwise the section would be empty without it
            and children[0].page is not None
            and (
                (not first.title and first.target.rpartition("/")[2] in INDEX_NAMES)
                or children[0].title.casefold() == setting.title.casefold()
            )
        )
        if has_index:
            return NavItem(setting.title, children[0].page, children=children[1:])
        return NavItem(setting.title, children=children)

    def missing(self, setting: NavSetting) -> Diagnostic:
        if not setting.target:
            message = f"the section `{setting.title}` of the nav is empty"
            return Diagnostic("missing-nav-target", message, setting.location, "list its pages")
        help_ = self.guesser.did_you_mean(setting.target)
        message = f"no page at `{setting.target}`"
        return Diagnostic("missing-nav-target", message, setting.location, help_)


def _from_folders(
    pages: tuple[Page, ...], prefix: str, titles: dict[str, str]
) -> tuple[NavItem, ...]:
    """Return entries for the pages below a folder: its index page first, the others by path."""
    index = [p for p in pages if p.path.removeprefix(prefix) in INDEX_NAMES]
    items = [NavItem(titles[p.path], p) for p in index]
    folders: dict[str, list[Page]] = {}
    entries: list[tuple[str, NavItem | str]] = []
    for page in pages:
        rest = page.path.removeprefix(prefix)
        name, slash, _ = rest.partition("/")
        if slash:
            if name not in folders:
                entries.append((name, name))
            folders.setdefault(name, []).append(page)
        elif page not in index and page.path != "404.md":  # hosts show the error page by themselves
            entries.append((name.removesuffix(".md"), NavItem(titles[page.path], page)))
    for _, entry in sorted(entries, key=lambda e: e[0]):
        if isinstance(entry, NavItem):
            items.append(entry)
        else:
            items.append(_folder(entry, tuple(folders[entry]), f"{prefix}{entry}/", titles))
    return tuple(items)


def _folder(name: str, pages: tuple[Page, ...], prefix: str, titles: dict[str, str]) -> NavItem:
    children = _from_folders(pages, prefix, titles)
    first = children[0]
    if first.page and first.page.path.removeprefix(prefix) in INDEX_NAMES:
        if len(children) == 1:  # only an index page: an entry rather than a section
            return first
        return NavItem(first.title, first.page, children=children[1:])
    return NavItem(title_from_name(name), children=children)
