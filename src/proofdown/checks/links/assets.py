"""Check that every asset is used."""

import re
from collections.abc import Iterator

from proofdown.addresses import join_path
from proofdown.content.discovery import Asset
from proofdown.diagnostics import Diagnostic
from proofdown.site.model import Site

_CSS_URL = re.compile(
    r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"')]+))\s*\)|@import\s+(?:\"([^\"]*)\"|'([^']*)')"
)
_WORDS = re.compile(r"\w+")
_FOR_HOSTS = ("CNAME", "favicon.ico", "robots.txt", "humans.txt", "_headers", "_redirects")


def unused_asset(site: Site) -> Iterator[Diagnostic]:
    """An asset that no page, stylesheet or setting refers to.

    ## What it does
    Finds files in the content folder that nothing in the site refers to, except those that hosts
    and browsers request on their own (`CNAME`, `favicon.ico`, `robots.txt`, `.well-known/`).

    ## Why it matters
    An unused picture is often one that a page was meant to show.

    ## Example
    `content/img/rack-old.png` was left behind when the page got a new picture.

    ## Instead
    Refer to it, or delete it.
    """
    used = {a.path for a in site.content.assets if _is_for_hosts(a.path)}
    for built in site.pages:
        used.update(built.summary.assets)
        # The links of a page that could not be converted (which is reported) are unknown, so
        # files whose names occur in its text count as used.
        if built.summary.is_empty:
            words = {*_WORDS.findall(built.page.body)}
            used |= {a.path for a in site.content.assets if words.issuperset(_words_of_name(a))}
    for written in (*site.config.styles, *site.config.scripts):
        used.add(site.targets.resolve(written.text, "", "").address)
    used |= _used_by_styles(site)
    for asset in site.content.assets:
        if asset.path not in used:
            help_ = "refer to it from a page, or delete it"
            yield Diagnostic("unused-asset", "nothing refers to this file", asset.location, help_)


def _words_of_name(asset: Asset) -> list[str]:
    return _WORDS.findall(asset.path.rpartition("/")[2])


def _is_for_hosts(path: str) -> bool:
    return path in _FOR_HOSTS or path.startswith((".well-known/", ".nojekyll"))


def _used_by_styles(site: Site) -> set[str]:
    used = set()
    for asset in site.content.assets:
        if not asset.path.endswith(".css"):
            continue
        try:
            text = asset.load(site.config.root).decode("utf-8", "replace")
        except OSError:  # it may refer to any of them
            return {other.path for other in site.content.assets}
        folder = asset.path.rpartition("/")[0]
        for found in _CSS_URL.finditer(text):
            written = next((g for g in found.groups() if g), "")
            path = join_path(folder, written.partition("#")[0].partition("?")[0])
            if path:
                used.add(path)
    return used
