"""Find what makes readers' browsers send requests to other hosts."""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter, defaultdict
from collections.abc import Iterator

from proofdown.config.model import Config
from proofdown.config.origins import Origin
from proofdown.content.discovery import Asset
from proofdown.diagnostics import Diagnostic, Report
from proofdown.markup.html.css_urls import find_css_urls
from proofdown.markup.html.requests import Request, find_requests
from proofdown.markup.html.url_attributes import Use
from proofdown.site.model import ComposedPage, Site, SiteContext
from proofdown.site.render import layout_requests
from proofdown.site.templating.csp import outside_origin
from proofdown.source import Location, Source

_MESSAGES = {
    Use.LOAD: "readers' browsers load this from `{}`",
    Use.SEND: "what readers enter is sent to `{}`",
    Use.REPORT: "readers' browsers report to `{}` what readers do",
    Use.GO: "readers are taken to `{}` without following a link",
    Use.BASE: "this makes the page's relative links lead to `{}`",
}
# The outputs that are rendered from a template alone; all others of that kind are redirects.
_LAYOUTS = {"404.html": "404.html", "proof/index.html": "proof.html"}
_JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def outside_request(built: ComposedPage, context: SiteContext) -> Iterator[Diagnostic]:
    """A page, a template or a style sheet that makes browsers contact another host.

    ## What it does
    Finds what pages, templates and the site's style sheets load from other hosts (images,
    scripts, style sheets, fonts, frames, videos), what they send there (forms, `ping=`), and what
    leads there without a click (`<base>`, `<meta http-equiv="refresh">`). Ordinary links are
    allowed. Requests that a script sends when it runs are not detected.

    ## Why it matters
    The host learns of every reader's visit, and the page is broken while the host is down.

    ## Example
    ```html
    <script src="https://cdn.example.org/chart.js"></script>
    ```

    ## Instead
    Keep a copy beside the page. Or allow the host, over HTTPS and at the default port, with
    `hosts: [cdn.example.org]` in the settings.
    """
    found = [r for r in built.requests if outside_origin(r.url, context.config)]
    for request, location in zip(found, _locations(built, context, found), strict=True):
        yield from _diagnostics(request, context.config, location)


def outside_site_requests(site: Site) -> Iterator[Diagnostic]:
    """Yield each outside request of a template or style sheet once, however many pages have it."""
    seen = set()
    of_pages = (
        (built.layout, request) for built in site.pages for request in built.summary.requests
    )
    for layout, request in (*of_pages, *_requests_of_other_pages(site)):
        if (layout, request) not in seen:
            seen.add((layout, request))
            location = _location_in_templates(site, request, layout)
            location = location or site.location_in_templates(layout, request.text)
            yield from _diagnostics(request, site.config, location)
    for source in _sheets(site):
        for found in find_css_urls(source.text):
            request = Request(Use.LOAD, found.url, "", 0)
            yield from _diagnostics(request, site.config, source.location(found.start, found.end))


def _diagnostics(request: Request, config: Config, location: Location) -> Iterator[Diagnostic]:
    origin = outside_origin(request.url, config)
    if origin:
        message = _MESSAGES[request.use].format(origin)
        yield Diagnostic("outside-request", message, location, _help(request.use, origin))


def _help(use: Use, origin: Origin) -> str:
    instead = "keep a copy" if use is Use.LOAD else "remove it"
    if origin.scheme != "https" or str(origin) != origin.host:
        return f"{instead}; `hosts:` can allow `https://{origin.host}`, and no other port"
    return f"{instead}, or allow it: `hosts: [{origin}]` in the settings"


def _locations(
    built: ComposedPage, context: SiteContext, found: list[Request]
) -> Iterator[Location]:
    """Yield the location of each request of a page's text."""
    text, written, links = built.text, defaultdict(list), defaultdict(list)
    if found:
        for request in find_requests(text.without_markdown_code):
            written[request.use, request.url].append(request)
        for link in built.links:
            if link.tag not in ("a", "area"):
                links[link.written].append(link.nth)
    totals = Counter((request.use, request.url) for request in found)
    seen: Counter[tuple[Use, str]] = Counter()
    for request in found:
        key = request.use, request.url
        number, in_html, in_markdown = seen[key], written[key], links[request.url]
        seen[key] += 1
        # If the source has as many requests of a kind as the built page, they are the same ones.
        if len(in_html) == totals[key]:
            start = in_html[number].start
            yield text.location(start, start + max(1, len(in_html[number].text)))
        elif in_markdown:
            nth = in_markdown[min(number, len(in_markdown) - 1)]
            yield text.location_of_target(request.url, nth)
        else:
            location = text.location_of_text(request.text)
            yield (
                location if location.line else _location_in_templates(context, request) or location
            )


def _location_in_templates(
    context: SiteContext, request: Request, layout: str = ""
) -> Location | None:
    """Return where a request is in the templates, or None if none contains it literally."""

    def find(text: str) -> tuple[int, int] | None:
        # Blanked, not removed, so that offsets stay right.
        text = _JINJA_COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
        for known in find_requests(text):
            if (known.use, known.url) == (request.use, request.url):
                return known.start, known.start + len(known.text)
        start = text.find(request.text)
        return (start, start + len(request.text)) if start >= 0 else None

    return context.templates.location_of(layout, find)


def _requests_of_other_pages(site: Site) -> Iterator[tuple[str, Request]]:
    """Yield the requests of outputs rendered from a template alone, each with its template."""
    for output in site.outputs:
        if isinstance(output.data, bytes) and output.path.endswith(".html"):
            layout = _LAYOUTS.get(output.path, "redirect.html")
            for request in layout_requests(output.data.decode("utf-8", "replace")):
                yield layout, request


def _sheets(site: Site) -> Iterator[Source]:
    """Yield the site's own style sheets that its pages load, and the ones that those import."""
    config = site.config
    own, folder = site.templates.own, config.templates.as_posix()
    for path in own:
        if path.startswith("static/") and path.endswith(".css"):
            yield _sheet(f"{folder}/{path}", own.load(path, Report()) or b"")
    files = {asset.path: asset for asset in site.content.assets}
    named = [site.targets.resolve(written.text, "", "").address for written in config.styles]
    waiting = dict.fromkeys(
        [*named, *(path for built in site.pages for path in built.summary.sheets)]
    )
    seen = set()
    while waiting:
        path = waiting.popitem()[0]
        # Style sheets may import each other.
        if path in seen or path not in files:
            continue
        seen.add(path)
        source = _sheet_of(files[path], config)
        yield source
        loaded = (site.targets.asset_at(found.url, path) for found in find_css_urls(source.text))
        waiting |= {address: None for address in loaded if address and address.endswith(".css")}


def _sheet_of(asset: Asset, config: Config) -> Source:
    """Return a style sheet of the content folder, or an empty one if it cannot be read."""
    try:
        data = asset.load(config.root)
    except OSError:
        data = b""
    return _sheet(asset.location.path, data)


def _sheet(path: str, data: bytes) -> Source:
    """Decode a style sheet as browsers do: UTF-16 with a byte order mark, or else UTF-8."""
    encoding = "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    text = data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    return Source(path, text)
