"""Check a page's title, headings, alternative texts, references, and entry in the nav."""

import re
from collections.abc import Iterator

from markdown.extensions.toc import slugify_unicode

from proofdown.diagnostics import Diagnostic, Note
from proofdown.markup.html.text import text_without_code
from proofdown.markup.syntax.grammar import FOOTNOTE
from proofdown.site.links.resolve import NOT_FOUND_ADDRESS
from proofdown.site.model import ComposedPage, Site, SiteContext
from proofdown.source import Location

# `[text][name]` or `[name][]`; neither escaped nor in an array such as `a[0][1]`.
_REFERENCE = re.compile(r"(?<![\w\\\]!])!?\[(?P<text>[^\[\]\n]+)\]\[(?P<name>[^\[\]\n]*)\]")
_FOOTNOTE = re.compile(rf"(?:(?<![\\\w])|(?<=[^\W\d_]{{2}})){FOOTNOTE}(?!:)")
"""A footnote may follow a word, but not a single letter or a number: `x[^1]` may be a power."""


def missing_title(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """A page without a title.

    ## What it does
    Finds pages with neither a `title:` in their front matter nor a heading of level 1.

    ## Why it matters
    The nav, the browser's tab and search engines would show the file's name instead.

    ## Example
    A page that begins with `## Ports`.

    ## Instead
    Begin with `# Ports and firewalls`.
    """
    has_title = built.page.front.title or any(h.level == 1 for h in built.headings)
    # The headings of a page that could not be converted are unknown.
    if not has_title and not built.summary.is_empty:
        help_ = "begin the page with `# Its title`"
        location = Location(built.page.source.path)
        yield Diagnostic("missing-title", "the page has no title", location, help_)


def skipped_heading_level(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """A heading more than one level below the one before it.

    ## What it does
    Finds a heading of level 3 right after one of level 1, and the like.

    ## Why it matters
    Readers who use a screen reader navigate by headings, and a missing level sounds like a
    missing section.

    ## Example
    ```markdown
    # Migration
    ### Ports
    ```

    ## Instead
    Use `## Ports`.
    """
    before = 1
    for number, heading in enumerate(built.headings):
        if heading.level > before + 1:
            message = f"a heading of level {heading.level} after one of level {before}"
            help_ = f"use `{'#' * (before + 1)}`"
            location = _location(built, number)
            yield Diagnostic("skipped-heading-level", message, location, help_)
        before = heading.level


def duplicate_anchor(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """Two headings or elements of a page with the same anchor.

    ## What it does
    Finds headings that got a numbered anchor (`ports_1`) because theirs was taken, and ids that
    occur twice on a page.

    ## Why it matters
    A link to `#ports` leads to the first one. If a third such heading is inserted between the
    two, links to the second lead to the new one.

    ## Example
    ```markdown
    ## Ports
    ## Ports
    ```

    ## Instead
    Give one of them an anchor of its own: `## Ports {#ports-for-disks}`.
    """
    anchors = {heading.anchor: number for number, heading in enumerate(built.headings)}
    for number, heading in enumerate(built.headings):
        # Python-Markdown makes an anchor that is taken unique: `ports_1`, `ports_2`.
        base = re.sub(r"_\d+\Z", "", heading.anchor)
        first = anchors.get(base, number)
        if base != heading.anchor and first < number and not _is_own(built, number):
            note = Note("taken by this heading", _location(built, first))
            message = f"the anchor `{base}` is taken, so this heading has `{heading.anchor}`"
            help_ = f"give it one of its own: `{{#{base}-…}}`"
            location = _location(built, number)
            yield Diagnostic("duplicate-anchor", message, location, help_, (note,))
    for anchor, count in built.anchors.items():
        if count > 1:
            message = f"the id `{anchor}` is on this page {count} times"
            yield Diagnostic("duplicate-anchor", message, _location_of_id(built, anchor))


def _is_own(built: ComposedPage, number: int) -> bool:
    """Return whether a heading's number is part of its text or of an anchor that was pinned."""
    heading = built.headings[number]
    is_pinned = f"#{heading.anchor}" in _location(built, number).snippet
    return is_pinned or slugify_unicode(heading.text, "-") == heading.anchor


def missing_alt_text(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """An image without alternative text.

    ## What it does
    Finds images without alternative text, except images in raw HTML with `alt=""`, which marks
    them as decoration.

    ## Why it matters
    Readers who use a screen reader, and all readers if the picture does not load, have only this
    text.

    ## Example
    ```markdown
    ![](img/rack.png)
    ```

    ## Instead
    ```markdown
    ![Two hosts and the three cables between them](img/rack.png)
    ```
    """
    for image in built.images:
        target = built.text.find_target(image.written, image.nth)
        is_decoration = image.alt == "" and bool(target and target.is_raw_html)
        if not (image.alt or "").strip() and not is_decoration:
            location = built.text.location_of_target(image.written, image.nth)
            message = f"the image `{image.written}` has no alternative text"
            help_ = "describe in the brackets what it shows"
            yield Diagnostic("missing-alt-text", message, location, help_)


def unresolved_reference(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """A reference to a link or footnote that is not defined.

    ## What it does
    Finds `[text][name]`, `[name][]` and `[^note]` that are printed literally in the built page,
    because nothing defines them.

    ## Why it matters
    Readers see brackets instead of a link.

    ## Example
    ```markdown
    See [the manual][virsh-manual].
    ```
    on a page without a line `[virsh-manual]: https://…`.

    ## Instead
    Define the name on a line of its own, or write an inline link.
    """
    # A cheap test first: a reference that is defined leaves no brackets in the HTML.
    if "][" in built.html or "[^" in built.html:
        yield from _unresolved(built)


def _unresolved(built: ComposedPage) -> Iterator[Diagnostic]:
    masked = built.text.without_code
    # Markdown decides what is a reference: only those that are still in the built text count.
    defined = {definition.label.strip().lower() for definition in built.text.definitions}
    text = text_without_code(built.html)
    for pattern in (_REFERENCE, _FOOTNOTE):
        for found in pattern.finditer(masked):
            is_footnote = pattern is _FOOTNOTE
            name = found["name"].strip() or found["text"].strip()
            key = f"^{name}" if is_footnote else name
            if not name or key.lower() in defined or _shown(found[0]) not in text:
                continue
            kind = "footnote" if is_footnote else "link"
            start, end = found.span("name")
            location = built.text.location(start, max(end, start + 1))
            help_ = f"add a line `[{key}]: …`"
            message = f"no {kind} `{name}` is defined"
            yield Diagnostic("unresolved-reference", message, location, help_)


def _shown(reference: str) -> str:
    """Return the end of a reference. The text before it may contain inline markup."""
    return reference[reference.rindex("[") :]


def orphan_page(site: Site) -> Iterator[Diagnostic]:
    """A page that is not in the nav.

    ## What it does
    If the settings have a `nav:`, finds pages that are not in it, except `404.md`.

    ## Why it matters
    Readers find such a page only by searching, and authors forget it.

    ## Example
    `content/drivers.md` exists, but `nav:` does not name it.

    ## Instead
    Add it to `nav:`, mark it `draft: true`, or `allow: [orphan-page]` in its front matter.
    """
    in_nav = {page.path for page in site.nav.pages()}
    for built in site.pages:
        is_expected = built.page.address != NOT_FOUND_ADDRESS and not built.page.front.is_draft
        if built.page.path not in in_nav and is_expected:
            help_ = f"add `{built.page.path}` to `nav:` in proofdown.yml"
            location = Location(built.page.source.path)
            yield Diagnostic("orphan-page", "the page is not in the nav", location, help_)


def _location(built: ComposedPage, number: int) -> Location:
    heading = built.headings[number]
    return built.text.location_of_heading(number, len(built.headings), heading.text)


def _location_of_id(built: ComposedPage, anchor: str) -> Location:
    # The second of them, counted from 0, is the one to rename.
    target = built.text.find_target(anchor, 1)
    if target and target.text == anchor:
        return built.text.location_of_target(anchor, 1)
    for number, heading in enumerate(built.headings):
        if heading.anchor == anchor:
            return _location(built, number)
    return built.text.location_of_text(f"#{anchor}")
