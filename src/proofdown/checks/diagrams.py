"""Diagrams against their claims, and against each other."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from proofdown.checks.comparison import Comparison
from proofdown.claims import Judgement, PageClaims, Verdict
from proofdown.diagnostics import Diagnostic, Note, did_you_mean
from proofdown.drawings import Drawing
from proofdown.places import place_of_target
from proofdown.site import BuiltPage, Site
from proofdown.source import Place

_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")


def diagram_contradicts(site: Site) -> Iterator[Diagnostic]:
    """A drawing that does not show what is claimed of it.

    ## What it does
    Compares the connections of a drawing with those that `PAGE.claims.yml` beside the page lists
    under `diagrams:`. The drawing must show exactly these, no more and no fewer. Nodes are named
    by what the reader sees: `source.libvirtd` is the node labelled `libvirtd` in the group whose
    label begins with `Source`.

    ## Why it matters
    A picture is believed before the sentence beside it. In 2011 a patch for libvirt's migration
    page shipped a "peer to peer" picture that was a copy of the "direct" one.

    ## Example
    ```yaml
    diagrams:
      managed-p2p:
        connections:
          - client -> source.libvirtd
          - source.libvirtd -> destination.libvirtd
    ```
    while the drawing has an edge from the client to the destination.

    ## Instead
    Find out which of the two is wrong, and mend that one.
    """
    for claims in site.claims:
        for claim in claims.diagrams:
            drawing = site.drawings.get(claim.diagram)
            if drawing is not None:
                yield from Comparison(claim, drawing).contradictions()


def unresolved_claim(site: Site) -> Iterator[Diagnostic]:
    """A claim about something that is not there.

    ## What it does
    Finds claims files beside no page, and claims about a diagram that does not exist or that the
    page does not show.

    ## Why it matters
    A claim that is about nothing holds nothing up.

    ## Example
    `content/flows.claims.yml` claims something of `managed-ptp`, and the diagram is
    `managed-p2p`.

    ## Instead
    Name the diagram by its file in the diagrams folder, without `.dot`.
    """
    for claims in site.claims:
        built = site.by_path.get(claims.page)
        if built is None:
            drafts = {page.path for page in site.content.drafts}
            if claims.page not in drafts | site.content.lost:
                help_ = did_you_mean(claims.page, site.by_path)
                message = f"there is no page `{claims.page}` for these claims"
                yield Diagnostic("unresolved-claim", message, Place(claims.source.path), help_)
            continue
        for claim in claims.diagrams:
            if claim.diagram not in site.diagram_names:
                message = f"there is no diagram `{claim.diagram}`"
                help_ = did_you_mean(claim.diagram, site.diagram_names)
                yield Diagnostic("unresolved-claim", message, claim.place, help_)
            elif claim.diagram in site.drawings and claim.diagram not in built.drawings:
                message = f"`{claims.page}` does not show the diagram `{claim.diagram}`"
                yield Diagnostic("unresolved-claim", message, claim.place)


def duplicate_diagram(site: Site) -> Iterator[Diagnostic]:
    """Two diagrams that say the same, or two images with the same bytes.

    ## What it does
    Compares diagrams by what they say: labels, groups and connections. Order, layout, colours and
    the ids in the DOT text make no difference. Image files are compared byte for byte.

    ## Why it matters
    Two pictures with two captions and one content: one of them is wrong. In 2011 it was the
    picture of peer-to-peer migration.

    ## Example
    `diagrams/managed-p2p.dot` made by copying `diagrams/managed-direct.dot`, and not edited.

    ## Instead
    Draw what the second caption says, or show the first diagram twice.
    """
    first_by_shape: dict[Any, Drawing] = {}
    for drawing in site.drawings.values():
        first = first_by_shape.setdefault(drawing.graph.shape, drawing)
        if first is not drawing:
            message = f"this diagram says the same as `{first.source.path}`"
            note = Note("the other diagram", first.place)
            yield Diagnostic("duplicate-diagram", message, drawing.place, "", (note,))
    yield from _duplicate_images(site)


def unused_diagram(site: Site) -> Iterator[Diagnostic]:
    """A diagram that no page shows.

    ## What it does
    Lists the DOT sources that no page shows or links to.

    ## Why it matters
    It is out of every reader's sight, and of every reviewer's.

    ## Example
    `diagrams/old-flow.dot`, after the page got a new drawing.

    ## Instead
    Show it: `![What it shows](../diagrams/old-flow.dot)`. Or delete it.
    """
    used = {name for built in site.pages for name in built.drawings}
    used |= {
        link.resolution.address
        for built in site.pages
        for link in built.links
        if link.resolution.kind == "drawing"
    }
    for name, drawing in site.drawings.items():
        if name not in used:
            help_ = f"show it: `![…](../{drawing.source.path})`"
            yield Diagnostic("unused-diagram", "no page shows this diagram", drawing.place, help_)


def judge(site: Site) -> tuple[Judgement, ...]:
    """Return a verdict on every claim, and *not judged* for every drawing shown without one."""
    found: list[Judgement] = []
    claims_by_page = {claims.page: claims for claims in site.claims}
    for built in site.pages:
        claims = claims_by_page.get(built.page.path)
        if claims:
            found += _judge_page(site, claims)
        claimed = {claim.diagram for claim in claims.diagrams} if claims else set()
        for name in dict.fromkeys(built.drawings):
            if name not in claimed:
                place = _place_shown(built, name)
                found.append(Judgement("diagram", name, built.page.path, Verdict.NOT_JUDGED, place))
    return tuple(found)


def _judge_page(site: Site, claims: PageClaims) -> Iterator[Judgement]:
    for claim in claims.diagrams:
        drawing = site.drawings.get(claim.diagram)
        verdict = Verdict.NOT_JUDGED
        if drawing is not None:
            is_broken = any(Comparison(claim, drawing).contradictions())
            verdict = Verdict.BROKEN if is_broken else Verdict.HOLDS
        yield Judgement("diagram", claim.diagram, claims.page, verdict, claim.place)


def _place_shown(built: BuiltPage, name: str) -> Place:
    for image in built.images:
        if image.written.endswith(f"{name}.dot"):
            return place_of_target(built.page, image.written, image.nth)
    return Place(built.page.source.path)


def _duplicate_images(site: Site) -> Iterator[Diagnostic]:
    images = [a for a in site.content.assets if a.path.lower().endswith(_IMAGES)]
    sizes = Counter(asset.file.stat().st_size for asset in images)
    first_by_hash: dict[bytes, Any] = {}
    for asset in images:
        if sizes[asset.file.stat().st_size] == 1:
            continue
        first = first_by_hash.setdefault(sha256(asset.file.read_bytes()).digest(), asset)
        if first is not asset:
            message = f"this image has the same bytes as `{first.place.path}`"
            note = Note("the other image", first.place)
            help_ = "show the one image in both places, or replace the wrong one"
            yield Diagnostic("duplicate-diagram", message, asset.place, help_, (note,))
