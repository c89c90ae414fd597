"""Diagrams against their claims, and against each other."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from proofdown.claims import Connection, DiagramClaim, Judgement, PageClaims, Verdict
from proofdown.diagnostics import Diagnostic, Note, did_you_mean
from proofdown.dotscan import EdgeText, find_edges
from proofdown.drawings import Drawing
from proofdown.graphs import Edge, Graph, Node
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
                yield from _Comparison(claim, drawing).contradictions()


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
            is_broken = any(_Comparison(claim, drawing).contradictions())
            verdict = Verdict.BROKEN if is_broken else Verdict.HOLDS
        yield Judgement("diagram", claim.diagram, claims.page, verdict, claim.place)


def _place_shown(built: BuiltPage, name: str) -> Place:
    for image in built.images:
        if image.written.endswith(f"{name}.dot"):
            return place_of_target(built.page, image.written, image.nth)
    return Place(built.page.source.path)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A claimed connection with the nodes it names."""

    connection: Connection
    tail: Node
    head: Node


class _Comparison:
    """A claim held against a drawing."""

    def __init__(self, claim: DiagramClaim, drawing: Drawing) -> None:
        self.claim, self.drawing = claim, drawing

    @property
    def graph(self) -> Graph:
        return self.drawing.graph

    def contradictions(self) -> Iterator[Diagnostic]:
        """Yield each connection that is missing, unlike, or one too many."""
        left = list(self.graph.edges)
        for connection in self.claim.connections:
            nodes = self._nodes(connection)
            if isinstance(nodes, Diagnostic):
                yield nodes
                continue
            edge = self._take(nodes, left)
            if edge is None:
                yield self._missing(nodes)
            elif connection.kind and connection.kind not in edge.classes:
                yield self._of_other_kind(connection, edge)
        for edge in left:
            yield self._extra(edge)

    def _nodes(self, connection: Connection) -> _Claimed | Diagnostic:
        ends = []
        for name in (connection.tail, connection.head):
            fitting = self.graph.find_nodes(name)
            if len(fitting) == 1:
                ends.append(fitting[0])
                continue
            known = [str(node) for node in self.graph.nodes]
            if fitting:
                message = f"`{name}` fits several nodes of `{self.claim.diagram}`"
                help_ = "name one: " + ", ".join(f"`{node}`" for node in fitting)
            else:
                message = f"the drawing `{self.claim.diagram}` has no node `{name}`"
                help_ = did_you_mean(name, known) or "it has " + ", ".join(f"`{k}`" for k in known)
            note = Note("the diagram", self.drawing.place)
            return Diagnostic("diagram-contradicts", message, connection.place, help_, (note,))
        return _Claimed(connection, ends[0], ends[1])

    def _take(self, claimed: _Claimed, left: list[Edge]) -> Edge | None:
        """Take an edge that fits out of those left; one of the claimed kind before others."""
        fitting = [
            edge
            for edge in left
            if (edge.tail, edge.head) == (claimed.tail, claimed.head)
            or (
                not self.graph.is_directed
                and (edge.head, edge.tail) == (claimed.tail, claimed.head)
            )
        ]
        fitting.sort(key=lambda edge: claimed.connection.kind not in edge.classes)
        if fitting:
            left.remove(fitting[0])
        return fitting[0] if fitting else None

    def _missing(self, claimed: _Claimed) -> Diagnostic:
        shown = f"{claimed.tail} {self.graph.arrow} {claimed.head}"
        message = f"the drawing `{self.claim.diagram}` lacks `{shown}`, which is claimed here"
        note = Note("the diagram", self.drawing.place)
        return Diagnostic("diagram-contradicts", message, claimed.connection.place, notes=(note,))

    def _extra(self, edge: Edge) -> Diagnostic:
        shown = self.graph.connection(edge)
        message = f"the drawing `{self.claim.diagram}` has `{shown}`, which nobody claims"
        note = Note("the claim", self.claim.place)
        return Diagnostic("diagram-contradicts", message, self._place(edge), notes=(note,))

    def _of_other_kind(self, connection: Connection, edge: Edge) -> Diagnostic:
        kinds = " ".join(edge.classes) or "no class"
        shown = self.graph.connection(edge)
        message = f"`{shown}` is drawn as `{kinds}`, and claimed as `{connection.kind}`"
        note = Note("the claim", connection.place)
        return Diagnostic("diagram-contradicts", message, self._place(edge), notes=(note,))

    def _place(self, edge: Edge) -> Place:
        """Return where an edge stands in the DOT text; the n-th of several between two nodes."""
        same = [e for e in self.graph.edges if (e.tail, e.head) == (edge.tail, edge.head)]
        nth = next(i for i, e in enumerate(same) if e is edge)
        ends = (edge.tail.id, edge.head.id)
        texts = [t for t in _edge_texts(self.drawing.source.text) if (t.tail, t.head) == ends]
        if not texts:
            return self.drawing.place
        text = texts[min(nth, len(texts) - 1)]
        return self.drawing.source.place(text.start, text.end)


@lru_cache(maxsize=64)
def _edge_texts(text: str) -> tuple[EdgeText, ...]:
    return find_edges(text)


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
