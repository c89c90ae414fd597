"""The files made for a site as a whole: the theme's, `404.html`, the sitemap, `robots.txt`."""

from html import escape

from proofdown.addresses import encode_path
from proofdown.render import Renderer
from proofdown.search import search_files
from proofdown.site import BuiltPage, Output
from proofdown.source import Place
from proofdown.targets import NOT_FOUND_ADDRESS
from proofdown.templates import THEME_FOLDER


def site_outputs(renderer: Renderer, pages: tuple[BuiltPage, ...]) -> list[Output]:
    """Return the files made for the site as a whole: the theme's, `404.html`, sitemap, robots."""
    config = renderer.config
    found = [
        Output(THEME_FOLDER + name, data, Place(f"theme/static/{name}"))
        for name, data in renderer.templates.static_files.items()
    ]
    addresses = [built.page.address for built in pages]
    if NOT_FOUND_ADDRESS not in addresses:
        html = renderer.not_found()
        if html is not None:
            found.append(Output(NOT_FOUND_ADDRESS, html.encode(), Place("theme/404.html")))
    entries = [built.entries for built in pages if built.page.address != NOT_FOUND_ADDRESS]
    for path, text in search_files(entries, is_english=config.is_english).items():
        found.append(Output(path, text.encode(), config.place))
    if config.url:
        published = [b.page.address for b in pages if not b.page.front.is_draft]
        sitemap = make_sitemap(config.url, published)
        found.append(Output("sitemap.xml", sitemap.encode(), config.place))
    if "robots.txt" not in renderer.targets.assets:
        found.append(Output("robots.txt", make_robots(config.url).encode(), config.place))
    return found


def make_sitemap(url: str, addresses: list[str]) -> str:
    """Return a sitemap by https://www.sitemaps.org/protocol.html."""
    places = "".join(
        f"  <url><loc>{escape(url + encode_path(a).removeprefix('./'))}</loc></url>\n"
        for a in sorted(addresses)
        if a != NOT_FOUND_ADDRESS
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
    )


def make_robots(url: str) -> str:
    """Return a `robots.txt` that lets everybody in and names the sitemap."""
    sitemap = f"\nSitemap: {url}sitemap.xml\n" if url else ""
    return f"User-agent: *\nAllow: /\n{sitemap}"
