"""What was published once, and readers may have links to, against what is there now."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from proofdown.addresses import output_path
from proofdown.diagnostics import Diagnostic
from proofdown.lock import Published
from proofdown.site import BuiltPage, Site


def lost_address(site: Site) -> Iterator[Diagnostic]:
    """An address that was published and leads nowhere now.

    ## What it does
    Compares the site with `.proofdown.lock`, which lists every address and anchor that was ever
    published. `proofdown check --write-lock` adds to it.

    ## Why it matters
    Other people's links, bookmarks and search results lead there.

    ## Example
    `content/setup.md` renamed to `content/install.md`.

    ## Instead
    Add the old address to the new page's front matter: `aliases: [setup/]`. Or end its line in
    the lock file with `gone`.
    """
    outputs = {output.path for output in site.outputs}
    for published in _of_note(site):
        if not published.anchor and output_path(published.address) not in outputs:
            message = f"`{published.address or '/'}` was published, and leads nowhere now"
            page = _likeliest(published, site)
            alias = published.address
            help_ = f"add `aliases: [{alias}]` to the front matter of `{page}`" if page else ""
            yield Diagnostic("lost-address", message, published.place, help_)


def lost_anchor(site: Site) -> Iterator[Diagnostic]:
    """An anchor that was published and is not there now.

    ## What it does
    Compares the headings and other ids of every page with `.proofdown.lock`. Anchors of a page
    that is gone altogether are left to `lost-address`.

    ## Why it matters
    A link to it opens the page at the top, and the reader looks for what is not there.

    ## Example
    `## Ports` reworded to `## Which ports to open`.

    ## Instead
    Pin the old anchor, `## Which ports to open {#ports}`; or lead on from it with an alias:
    `aliases: ["flows/#ports": "#which-ports-to-open"]`.
    """
    for published in _of_note(site):
        built = site.by_address.get(published.address)
        if published.anchor and built and published.anchor not in built.anchors:
            message = f"`{published.text}` was published, and is not there now"
            page, anchor = _likeliest_anchor(published.anchor, built, site)
            alias = f'{{"{published.text}": "#{anchor}"}}'
            help_ = f"add `aliases: [{alias}]` to the front matter of `{page}`" if anchor else ""
            yield Diagnostic("lost-anchor", message, published.place, help_)


def _of_note(site: Site) -> Iterator[Published]:
    return (published for published in site.published if not published.is_gone)


def _likeliest(published: Published, site: Site) -> str:
    """Return the path of the page that an address most likely became."""
    known = {p.address for p in site.published}
    fresh = [b for b in site.pages if b.page.address not in known] or list(site.pages)
    anchors = {p.anchor for p in site.published if p.address == published.address and p.anchor}

    def likeness(built: BuiltPage) -> tuple[int, float]:
        ratio = SequenceMatcher(None, published.address, built.page.address).ratio()
        return len(anchors & set(built.anchors)), ratio

    return max(fresh, key=likeness).page.source.path if fresh else ""


def _likeliest_anchor(anchor: str, built: BuiltPage, site: Site) -> tuple[str, str]:
    """Return the page and heading that an anchor most likely became.

    That is a heading of the same name on another page, else the most alike that is new here.
    """
    for other in site.pages:
        if other is not built and any(h.anchor == anchor for h in other.headings):
            return other.page.source.path, anchor
    known = {p.anchor for p in site.published if p.address == built.page.address}
    fresh = [h.anchor for h in built.headings if h.anchor not in known]
    ranked = sorted(fresh, key=lambda a: SequenceMatcher(None, anchor, a).ratio())
    return built.page.source.path, ranked[-1] if ranked else ""


def published_now(site: Site) -> Iterator[tuple[str, str]]:
    """Yield every address of a page or alias, and every anchor that a heading makes."""
    for built in site.pages:
        yield built.page.address, ""
        yield from ((built.page.address, heading.anchor) for heading in built.headings)
        for alias in built.page.front.aliases:
            if alias.old_address and not alias.old_anchor:
                yield alias.old_address, ""
