"""Requests to other hosts that a page makes of its readers' browsers."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from proofdown.diagnostics import Diagnostic
from proofdown.places import place_of_target
from proofdown.site import BuiltPage, Ground, Site


def outside_request(built: BuiltPage, ground: Ground) -> Iterator[Diagnostic]:
    """A picture, script, style or frame that comes from another host.

    ## What it does
    Lists what pages and templates load from elsewhere: images, scripts, stylesheets, fonts,
    frames, videos. Links that a reader may follow are left alone.

    ## Why it matters
    Every reader's visit is told to that host, and the page is broken while it is down.

    ## Example
    ```html
    <script src="https://cdn.example.org/chart.js"></script>
    ```

    ## Instead
    Keep a copy beside the page. Or name the host: `hosts: [cdn.example.org]` in the settings.
    """
    for link in built.links:
        host = _host(link.written)
        if link.is_loaded and host and host not in ground.config.hosts:
            place = place_of_target(built.page, link.written, link.nth)
            yield Diagnostic("outside-request", _message(host), place, _help(host))


def outside_frame_request(site: Site) -> Iterator[Diagnostic]:
    """Yield each outside request of a template once, however many pages it is on."""
    seen = set()
    for built in site.pages:
        for written in built.ties.requests:
            host = _host(written)
            key = (built.layout, written)
            if host and host not in site.config.hosts and key not in seen:
                seen.add(key)
                place = site.place_in_templates(built.layout, written)
                yield Diagnostic("outside-request", _message(host), place, _help(host))


def _host(written: str) -> str:
    try:
        return (urlsplit(written).hostname or "").lower()
    except ValueError:
        return ""


def _message(host: str) -> str:
    return f"readers' browsers are made to ask `{host}` for this"


def _help(host: str) -> str:
    return f"keep a copy, or allow it: `hosts: [{host}]` in the settings"
