"""Generate the files that machines read: sitemap, `robots.txt`, Atom feed, `llms.txt`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from msgspec import Struct

from proofdown.addresses import encode_path
from proofdown.config.model import Config
from proofdown.content.nav import Nav, NavItem

NEWEST = 20
"""Pages in the feed of changes."""
_NOT_OF_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class FeedEntry(Struct, frozen=True, kw_only=True):
    """A page as these files list it."""

    path: str
    address: str
    title: str
    description: str
    changed: str
    """Day of the last change, `2026-11-25`; empty if unknown."""


def make_sitemap(url: str, pages: Iterable[FeedEntry]) -> str:
    """Return a sitemap; see https://www.sitemaps.org/protocol.html."""
    locations = "".join(
        f"  <url><loc>{escape(_url(url, page))}</loc>"
        + (f"<lastmod>{page.changed}</lastmod>" if page.changed else "")
        + "</url>\n"
        for page in sorted(pages, key=lambda page: page.address)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{locations}</urlset>\n'
    )


def make_robots(url: str) -> str:
    """Return a `robots.txt` that allows everything and names the sitemap."""
    sitemap = f"\nSitemap: {url}sitemap.xml\n" if url else ""
    return f"User-agent: *\nAllow: /\n{sitemap}"


def make_feed(config: Config, pages: Sequence[FeedEntry]) -> str:
    """Return an Atom feed (RFC 4287) of the pages that changed last."""
    # Sorting is stable: pages of one day stay in the order of their addresses.
    newest = sorted(pages, key=lambda page: page.address)
    newest = sorted(newest, key=lambda page: page.changed, reverse=True)[:NEWEST]
    entries = "".join(
        "<entry>\n"
        f"<title>{_text(page.title)}</title>\n"
        f'<link href="{escape(_url(config.url, page))}"/>\n'
        f"<id>{escape(_url(config.url, page))}</id>\n"
        f"<updated>{page.changed}T00:00:00Z</updated>\n"
        f"<summary>{_text(page.description)}</summary>\n"
        "</entry>\n"
        for page in newest
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{escape(config.language)}">\n'
        f"<title>{_text(config.title)}</title>\n"
        f'<link href="{escape(config.url)}"/>\n'
        f'<link rel="self" href="{escape(config.url)}feed.xml"/>\n'
        f"<id>{escape(config.url)}</id>\n"
        f"<updated>{newest[0].changed}T00:00:00Z</updated>\n"
        f"<author><name>{_text(config.title)}</name></author>\n"
        f"{entries}</feed>\n"
    )


def make_llms(config: Config, nav: Nav, pages: Mapping[str, FeedEntry]) -> str:
    """Return `llms.txt` (see https://llmstxt.org): the nav, with links to each page's Markdown.

    Args:
        config: the site's settings.
        nav: its nav.
        pages: path of each page in the content folder → the page.
    """
    title, about = _line(config.title), _line(config.description)
    head = f"# {title}\n\n" + (f"> {about}\n\n" if about else "")
    loose = [item for item in nav.items if not item.children]
    lists = [f"## {title}\n\n{_links(config, loose, pages)}"] if loose else []
    lists += [
        f"## {_line(i.title)}\n\n{_links(config, [i], pages)}" for i in nav.items if i.children
    ]
    return head + "\n".join(lists)


def _links(config: Config, items: Iterable[NavItem], pages: Mapping[str, FeedEntry]) -> str:
    lines = []
    for item in Nav(tuple(items)).items_in_order():
        page = pages.get(item.page.path) if item.page else None
        if page:
            about = f": {_line(page.description)}" if page.description else ""
            lines.append(f"- [{_line(page.title)}]({config.url}{encode_path(page.path)}){about}\n")
    return "".join(lines)


def _line(text: str) -> str:
    """Return a text on one line, so that it cannot start a line of Markdown."""
    return " ".join(text.split())


def _text(text: str) -> str:
    """Return a text escaped for XML."""
    # XML 1.0 forbids most control characters, even as character references.
    return escape(_NOT_OF_XML.sub("\ufffd", text))


def _url(url: str, page: FeedEntry) -> str:
    return url + encode_path(page.address).removeprefix("./")
