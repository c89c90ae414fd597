"""Generate the files of a site as a whole: the theme's, `404.html`, feeds, and Markdown copies."""

from collections import Counter
from collections.abc import Iterator

from proofdown.addresses import folded
from proofdown.diagrams.cache import DrawingCache
from proofdown.diagrams.social_card import CARD_ADDRESS, make_card
from proofdown.site.links.markdown_copy import published_markdown
from proofdown.site.links.resolve import NOT_FOUND_ADDRESS
from proofdown.site.model import ComposedPage, Output, Site
from proofdown.site.outputs.feeds import FeedEntry, make_feed, make_llms, make_robots, make_sitemap
from proofdown.site.render import Renderer
from proofdown.site.templating.environment import THEME_FOLDER
from proofdown.source import Location


def site_outputs(renderer: Renderer, site: Site, drawn: DrawingCache) -> list[Output]:
    """Return the files that are generated for the site as a whole.

    Args:
        renderer: renders `404.html`.
        site: the site.
        drawn: caches the site's social card.
    """
    config = site.config
    found = [
        Output(THEME_FOLDER + name, data, Location(f"theme/static/{name}"))
        for name, data in site.templates.static_files.items()
    ]
    if NOT_FOUND_ADDRESS not in (built.page.address for built in site.pages):
        html = renderer.not_found()
        if html is not None:
            found.append(Output(NOT_FOUND_ADDRESS, html.encode(), Location("theme/404.html")))
    found += (Output(path, text.encode(), config.location) for path, text in _texts(site))
    paths = Counter(folded(built.page.path) for built in site.pages)
    # Each page's Markdown keeps its path, so that links between Markdown files work. Paths that a
    # case-insensitive file system cannot tell apart are skipped: their pages' addresses collide,
    # which is reported.
    found += (_markdown(built) for built in site.pages if paths[folded(built.page.path)] == 1)
    is_own = CARD_ADDRESS.removeprefix(THEME_FOLDER) in site.templates.static_files
    card = None if is_own else make_card(config, drawn)
    if card:
        found.append(Output(CARD_ADDRESS, card, config.location))
    return found


def _markdown(built: ComposedPage) -> Output:
    """Return a page's Markdown, as it was read unless some of its links need edits."""
    page, edits = built.page, built.summary.edits
    location = Location(page.source.path)
    if edits:
        return Output(page.path, published_markdown(page, edits).encode(), location)
    return Output(page.path, built.markdown, location, page.source.checksum)


def _texts(site: Site) -> Iterator[tuple[str, str]]:
    """Yield path and text of the files for machines, unless the site has its own."""
    config = site.config
    listed = [
        FeedEntry(
            path=built.page.path,
            address=built.page.address,
            title=built.title,
            description=built.page.front.description,
            changed=site.dates.get(built.page.path, ""),
        )
        for built in site.searchable
        if not built.page.front.is_draft
    ]
    if "robots.txt" not in site.targets.assets:
        yield "robots.txt", make_robots(config.url)
    if "llms.txt" not in site.targets.assets:
        yield "llms.txt", make_llms(config, site.nav, {page.path: page for page in listed})
    if config.url:
        yield "sitemap.xml", make_sitemap(config.url, listed)
        dated = [page for page in listed if page.changed]
        if dated:
            yield "feed.xml", make_feed(config, dated)
