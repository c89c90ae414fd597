"""Check links, anchors and images against the site as it was built."""

from collections.abc import Iterator

from proofdown.addresses import join_path
from proofdown.content.discovery import RECORDINGS_FOLDER
from proofdown.diagnostics import MOST_OF_A_KIND, Diagnostic
from proofdown.site.links.resolve import Kind, Resolved
from proofdown.site.links.rewrite import Link
from proofdown.site.model import ComposedPage, Site, SiteContext
from proofdown.source import Location


def broken_link(built: ComposedPage, context: SiteContext) -> Iterator[Diagnostic]:
    """A link that leads nowhere.

    ## What it does
    Looks up every link of every page in the built site, including links in raw HTML and in
    templates. Links in code are text and are not checked; links to other hosts are not followed.

    ## Why it matters
    A reader who follows the link gets an error page.

    ## Example
    ```markdown
    Next, read [how to set up](setup.md).
    ```
    where the page is called `set-up.md`.

    ## Instead
    Write the path of the Markdown file, relative to the page. That works on a code host too.
    """
    for link in built.links:
        is_lost = link.resolved.kind in (Kind.MISSING, Kind.DRAFT)
        if (is_lost or _leads_to_draft(context, built, link)) and not link.is_shown:
            yield _missing(context, built, link, "broken-link")


def missing_asset(built: ComposedPage, context: SiteContext) -> Iterator[Diagnostic]:
    """An image, script or other file that a page loads, but that does not exist.

    ## What it does
    Looks up the files that pages load with `img`, `source`, `script`, `video`, `audio`, `embed`,
    `object` and `srcset`, and those under `styles:` and `scripts:` in the settings.

    ## Why it matters
    Readers see a broken image, or a page without its style.

    ## Example
    ```markdown
    ![The rack](img/rcak.png)
    ```

    ## Instead
    Put the file in the content folder, and write its path relative to the page.
    """
    for link in built.links:
        if link.resolved.kind in (Kind.MISSING, Kind.DRAFT) and link.is_shown:
            yield _missing(context, built, link, "missing-asset")


def missing_settings_asset(site: Site) -> Iterator[Diagnostic]:
    """Yield the stylesheets and scripts of the settings that do not exist or are not files."""
    for written in (*site.config.styles, *site.config.scripts):
        found = site.targets.resolve(written.text, "", "")
        if found.kind in (Kind.ASSET, Kind.OTHER, Kind.LOST):
            continue
        message = f"no file at `{written.text}` in the content folder"
        help_ = site.targets.suggest(written.text, "")
        if found.kind is Kind.OUTSIDE:
            message = f"`{written.text}` is not a file in the content folder"
            help_ = "copy it into the content folder, and write its path there"
        elif found.kind is not Kind.MISSING:
            message = f"`{written.text}` is not a file that pages can load"
            help_ = "name a stylesheet or a script in the content folder"
        yield Diagnostic("missing-asset", message, written.location, help_)


def broken_anchor(built: ComposedPage, site: Site) -> Iterator[Diagnostic]:
    """A link to a heading or other anchor that the page does not have.

    ## What it does
    Looks up the part of a link after `#` among the ids of the built page that it leads to.

    ## Why it matters
    The link opens the page at the top instead of at the section. Rewording a heading breaks such
    links without an error.

    ## Example
    ```markdown
    See [the ports](uris.md#ports-and-firewals).
    ```

    ## Instead
    Use the heading's current anchor, or pin one: `## Ports and firewalls {#ports}`.
    """
    count = 0
    for link in built.links:
        if link.written.startswith("#fnref"):
            continue  # the link back from a footnote that nothing refers to
        found = link.resolved
        target = _target(site, built, found) if found.kind is Kind.PAGE else None
        if target and not _has_anchor(target, found.anchor):
            location = _location(site, built, link, from_end=found.anchor)
            where = "this page" if target is built else f"`{target.page.source.path}`"
            message = f"no anchor `{found.anchor}` on {where}"
            # Guessing is slow, and no more than these are listed.
            help_ = _anchor_help(found.anchor, target, site) if count < MOST_OF_A_KIND else ""
            count += 1
            yield Diagnostic("broken-anchor", message, location, help_)


def _leads_to_draft(context: SiteContext, built: ComposedPage, link: Link) -> bool:
    """Return whether a link leads to a draft, which only previews build."""
    if link.resolved.kind is not Kind.PAGE or built.page.front.is_draft:
        return False
    return link.resolved.address in context.draft_addresses


def _anchor_help(anchor: str, target: ComposedPage, site: Site) -> str:
    ours = next(
        (own for own, theirs in target.details.host_anchors.items() if theirs == anchor), ""
    )
    if ours:
        return f"it works on a code host; on the site this heading has `#{ours}`"
    return site.anchor_guesser(target).did_you_mean(anchor)


def _target(site: Site, built: ComposedPage, found: Resolved) -> ComposedPage | None:
    """Return the page that a link leads to, or None if several sources claim its address."""
    target = site.by_address.get(found.address) if found.path else built
    is_contested = found.address in site.contested_addresses
    return target if target is built or (target and not is_contested) else None


def _has_anchor(target: ComposedPage, anchor: str) -> bool:
    """Return whether a page has an anchor, or could not be converted, so that it may have it."""
    anchor = anchor.partition(":~:")[0]  # what follows is a text fragment, which browsers find
    # Browsers scroll to the top for `#top`, whether or not an element has that id.
    return (
        target.summary.is_empty or not anchor or anchor.lower() == "top" or anchor in target.anchors
    )


def _missing(context: SiteContext, built: ComposedPage, link: Link, code: str) -> Diagnostic:
    folder = built.page.folder
    if (join_path(folder, link.resolved.path) or "").startswith(f"{RECORDINGS_FOLDER}/"):
        code = "missing-recording"
    path = link.written if link.drawing else link.resolved.path or link.written
    location = _location(context, built, link)
    if link.resolved.kind in (Kind.DRAFT, Kind.PAGE):
        message, help_ = f"`{path}` is a draft, which is not built", "publish it or drop the link"
    else:
        kind = "file" if link.is_shown else "page or file"
        message = f"no {kind} at `{path}`"
        help_ = context.targets.suggest(path, folder)
    return Diagnostic(code, message, location, help_)


def _location(
    context: SiteContext, built: ComposedPage, link: Link, from_end: str = ""
) -> Location:
    """Return the location of a link's target; of its end only, if the end is `from_end`."""
    if link.drawing:
        source = context.drawings[link.drawing].source
        start = source.text.find(link.written)
        return (
            source.location(start, start + len(link.written))
            if start >= 0
            else Location(source.path)
        )
    location = built.text.location_of_target(link.written, link.nth)
    width = location.end_column - location.column
    if from_end and location.line == location.end_line and width > len(from_end):
        start = location.end_column - len(from_end)
        return Location(
            location.path,
            location.line,
            start,
            location.end_line,
            location.end_column,
            location.snippet,
        )
    return location


def _broken_announcement(site: Site) -> Iterator[Diagnostic]:
    """Yield the link of the announcement, if it leads nowhere."""
    announcement = site.config.announcement
    if announcement is None or not announcement.link:
        return
    found = site.targets.resolve(announcement.link, "", "")
    if found.kind is Kind.DRAFT:
        message = f"`{announcement.link}` is a draft, which is not built"
        yield Diagnostic(
            "broken-link", message, announcement.location, "publish it or drop the link"
        )
    elif found.kind in (Kind.MISSING, Kind.DRAWING, Kind.RECORDING):
        message = f"no page or file at `{announcement.link}` in the content folder"
        help_ = site.targets.suggest(found.path, "")
        yield Diagnostic("broken-link", message, announcement.location, help_)


def broken_layout_links(site: Site) -> Iterator[Diagnostic]:
    """Yield each broken link of a template once, however many pages it is on.

    The announcement's link is checked here too: templates print it, but the settings have it.
    """
    yield from _broken_announcement(site)
    seen = set()
    if site.pages and "" not in site.by_address and not site.content.lost:
        help_ = f"write `{site.config.content.as_posix()}/index.md`"
        message = "the site has no home page, which the layouts link to"
        yield Diagnostic("broken-link", message, Location(site.config.content.as_posix()), help_)
    for built in (built for built in site.pages if built.summary.layout_links):
        home = site.targets.href(built.page.address, "")
        for link in built.summary.layout_links:
            target = site.by_address.get(link.address) if link.address is not None else None
            is_lost = link.address is None and link.written != home
            has_no_anchor = bool(target and not _has_anchor(target, link.anchor))
            if not (is_lost or has_no_anchor) or (link.layout, link.written) in seen:
                continue
            seen.add((link.layout, link.written))
            location = site.location_in_templates(link.layout, link.written)
            message = f"the layout `{link.layout}` links to `{link.written}`, which is not there"
            help_ = 'links in templates are addresses: `{{ url("guide/") }}`'
            yield Diagnostic("broken-link", message, location, help_)
