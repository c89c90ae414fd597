"""Fill in a page's body: resolved links, drawings, recordings, and lines of evidence."""

from proofdown.content.discovery import Page
from proofdown.content.evidence.claims import PageClaims
from proofdown.content.evidence.recordings import Recording
from proofdown.markup.converter import Body
from proofdown.site.figures import render_figure
from proofdown.site.links.anchor_aliases import anchor_aliases, put_anchor_aliases
from proofdown.site.links.rewrite import (
    LinkedBody,
    Shown,
    ShownRecording,
    drawing_address,
    link_body,
)
from proofdown.site.model import SiteContext
from proofdown.site.proof import PROOF_ADDRESS, add_table_evidence, evidence_line, render_recording


class BodyLinker:
    """Resolves the links of pages, and replaces images by drawings and recordings."""

    def __init__(self, context: SiteContext) -> None:
        self.context = context
        self.targets, self.templates = context.targets, context.templates
        self.drawings, self.recordings = context.drawings, context.recordings
        self.moved = anchor_aliases(context.content.pages)

    def link(self, page: Page, body: Body) -> LinkedBody:
        """Return a page's body with links resolved and drawings and recordings inlined."""
        claims = self.context.claims_by_page.get(page.path)
        # Both steps add links, so they come before links are rewritten.
        html = put_anchor_aliases(body.html, page, self.moved.get(page.address, []))
        if claims:
            html = add_table_evidence(html, claims, self.recordings, self.templates)

        def figure(shown: Shown | ShownRecording) -> str:
            proof = self.targets.href(page.address, PROOF_ADDRESS)
            if isinstance(shown, ShownRecording):
                recording = self.recordings[shown.name]
                return render_recording(self.templates, recording, shown, proof)
            hrefs = (
                self.targets.href(page.address, drawing_address(shown.name, "svg")),
                self.targets.href(page.address, drawing_address(shown.name, "png")),
            )
            cited = self._recording_of(claims, shown.name)
            evidence = evidence_line(self.templates, cited, proof) if cited else ""
            drawing = self.drawings[shown.name]
            return render_figure(self.templates, drawing, shown, hrefs, evidence)

        return link_body(page, html, self.targets, figure)

    def _recording_of(self, claims: PageClaims | None, diagram: str) -> Recording | None:
        """Return the recording that a page's claim about a diagram cites."""
        for claim in claims.diagrams if claims else ():
            if claim.diagram == diagram and claim.recording:
                return self.recordings.get(claim.recording.text)
        return None
