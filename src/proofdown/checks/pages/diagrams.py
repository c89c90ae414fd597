"""Check diagrams against each other and against the pages that show them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from proofdown.content.near_paths import Guesser
from proofdown.diagnostics import Diagnostic, Note
from proofdown.diagrams.drawing import Drawing
from proofdown.site.model import Site
from proofdown.source import Location

_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")


def unresolved_claim(site: Site) -> Iterator[Diagnostic]:
    """A claim about something that does not exist.

    ## What it does
    Finds claims files without a page beside them, and claims about a diagram that does not exist
    or that the page does not show.

    ## Why it matters
    Such a claim checks nothing.

    ## Example
    `content/flows.claims.yml` makes a claim about `managed-ptp`, but the diagram is called
    `managed-p2p`.

    ## Instead
    Name the diagram by its file in the diagrams folder, without `.dot`.
    """
    # Drafts are not built and lost pages are reported elsewhere; neither makes a claim wrong.
    silent = {page.path for page in site.content.drafts} | site.content.lost
    pages, diagrams = Guesser(site.by_path), Guesser(site.diagram_names)
    for claims in site.claims:
        built = site.by_path.get(claims.page)
        if built is None:
            if claims.page not in silent:
                help_ = pages.did_you_mean(claims.page)
                message = f"there is no page `{claims.page}` for these claims"
                yield Diagnostic("unresolved-claim", message, Location(claims.source.path), help_)
            continue
        for claim in claims.diagrams:
            if claim.diagram not in site.diagram_names:
                message = f"there is no diagram `{claim.diagram}`"
                help_ = diagrams.did_you_mean(claim.diagram)
                yield Diagnostic("unresolved-claim", message, claim.location, help_)
            elif claim.diagram in site.drawings and claim.diagram not in built.drawings:
                message = f"`{claims.page}` does not show the diagram `{claim.diagram}`"
                yield Diagnostic("unresolved-claim", message, claim.location)


def duplicate_diagram(site: Site) -> Iterator[Diagnostic]:
    """Two diagrams that say the same, or two images with the same bytes.

    ## What it does
    Compares the labels, groups and connections of diagrams. Order, layout, colours and the ids in
    the DOT text make no difference. Image files are compared byte for byte.

    ## Why it matters
    If two pictures with different captions have the same content, one of them is wrong. In 2011
    it was the picture of peer-to-peer migration.

    ## Example
    `diagrams/managed-p2p.dot` was copied from `diagrams/managed-direct.dot` and never edited.

    ## Instead
    Draw what the second caption says, or show the first diagram twice.
    """
    first_by_shape: dict[Any, Drawing] = {}
    for drawing in site.drawings.values():
        first = first_by_shape.setdefault(drawing.graph.shape, drawing)
        if first is not drawing:
            message = f"this diagram says the same as `{first.source.path}`"
            note = Note("the other diagram", first.location)
            yield Diagnostic("duplicate-diagram", message, drawing.location, "", (note,))
    yield from _duplicate_images(site)


def unused_diagram(site: Site) -> Iterator[Diagnostic]:
    """A diagram that no page shows.

    ## What it does
    Finds DOT sources that no page shows or links to.

    ## Why it matters
    Readers and reviewers never see it.

    ## Example
    `diagrams/old-flow.dot`, after the page got a new drawing.

    ## Instead
    Show it: `![What it shows](../diagrams/old-flow.dot)`. Or delete it.
    """
    used = {name for built in site.pages for name in built.summary.diagrams}
    for name, drawing in site.drawings.items():
        if name not in used:
            help_ = f"show it: `![…](../{drawing.source.path})`"
            yield Diagnostic(
                "unused-diagram", "no page shows this diagram", drawing.location, help_
            )


def _duplicate_images(site: Site) -> Iterator[Diagnostic]:
    images = [a for a in site.content.assets if a.path.lower().endswith(_IMAGES)]
    # Only files of the same size can be equal, so that most images need not be read.
    sizes = Counter(asset.stamp.size for asset in images if asset.stamp)
    first_by_hash: dict[str, Any] = {}
    for asset in images:
        if not asset.stamp or sizes[asset.stamp.size] == 1:
            continue
        first = first_by_hash.setdefault(asset.hash(), asset)
        if first is not asset:
            message = f"this image has the same bytes as `{first.location.path}`"
            note = Note("the other image", first.location)
            help_ = "show the same file in both places, or replace the wrong one"
            yield Diagnostic("duplicate-diagram", message, asset.location, help_, (note,))
