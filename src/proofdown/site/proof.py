"""Render the evidence: a line below measured figures and tables, and the Proof page."""

from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape

from msgspec import Struct

from proofdown.content.evidence.claims import Judgement, PageClaims, Verdict
from proofdown.content.evidence.recordings import Recording
from proofdown.markup.html.tags import EndTag, find_tags_and_ends
from proofdown.site.links.rewrite import ShownRecording, recording_address
from proofdown.site.model import Output, Site
from proofdown.site.render import Renderer
from proofdown.site.templating.environment import Templates
from proofdown.source import Edit, apply_edits

PROOF_ADDRESS = "proof/"
"""Address of the page that lists every claim of the site with its verdict."""

_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))


def evidence_line(templates: Templates, recording: Recording, href: str) -> str:
    """Return the line that says when something was measured and links to the Proof page."""
    html = templates.render("evidence.html", measured_on=recording.measured_on, href=href)
    return (html or "").strip()


def add_table_evidence(
    html: str, claims: PageClaims, recordings: Mapping[str, Recording], templates: Templates
) -> str:
    """Return a page's HTML with a line of evidence below each table that cites a recording."""
    cited = {
        (claim.anchor, claim.nth): recordings[claim.recording.text]
        for claim in claims.tables
        if claim.recording and claim.recording.text in recordings
    }
    edits, counts = list[Edit](), Counter[str]()
    for anchor, end in _tables(html) if cited else ():
        counts[anchor] += 1
        if recording := cited.get((anchor, counts[anchor])):
            # An address from the root of the site, which `link_body` rewrites for the page.
            edits.append((end, end, evidence_line(templates, recording, f"/{PROOF_ADDRESS}")))
    return apply_edits(html, edits)


def _tables(html: str) -> Iterator[tuple[str, int]]:
    """Yield the anchor of the heading above each table, and where the table's `<div>` ends."""
    # House style wraps each table in a `<div>`, so that `</div>` follows `</table>` at once.
    anchor, end_of_table, ends = "", -1, ("", "\n")
    for tag in find_tags_and_ends(html):
        if not isinstance(tag, EndTag):
            if tag.name in _HEADINGS:
                anchor = anchor if (own := tag.get("id")) is None else own
        elif tag.name == "table":
            end_of_table = tag.end
        elif (tag.name, tag.start) == ("div", end_of_table) and html[tag.end : tag.end + 1] in ends:
            yield anchor, tag.end


def render_recording(
    templates: Templates, recording: Recording, shown: ShownRecording, href: str
) -> str:
    """Return a recording, or the part of it that a page shows, as a code block."""
    html = templates.render(
        "recording.html",
        command=recording.command,
        caption=shown.caption,
        text=part_of(recording, shown),
        evidence=recording.measured_on,
        href=href,
    )
    return (html or "").strip()


def part_of(recording: Recording, shown: ShownRecording) -> str:
    """Return the lines of a recording from the first mark to the last, inclusive."""
    lines = recording.body.rstrip("\n").split("\n")
    # An empty `first` is in every line, so the first line is found.
    first = next((i for i, line in enumerate(lines) if shown.first in line), 0)
    last = next(
        (i for i, line in enumerate(lines) if i >= first and shown.last and shown.last in line),
        len(lines) - 1,
    )
    return "\n".join(lines[first : last + 1])


class ProofRow(Struct, frozen=True, kw_only=True):
    """A claim on the Proof page."""

    kind: str
    name: str
    verdict: Verdict
    page_title: str
    page_href: str
    anchor: str
    """The anchor of the page's claims on the Proof page."""
    claimed_at: str
    """Location of the claim, as `path:line`."""
    rests_on: list[tuple[str, str]]
    """Names of the recordings it cites, each with a link to the recording's text."""


class ProofRecording(Struct, frozen=True, kw_only=True):
    """A recording on the Proof page."""

    name: str
    command: str
    measured_on: str
    href: str


def proof_outputs(renderer: Renderer, site: Site) -> list[Output]:
    """Return the Proof page, if the site has claims or drawings, and the recordings' texts."""
    found = [
        Output(recording_address(name), recording.source.text.encode(), recording.location)
        for name, recording in site.recordings.items()
    ]
    if site.claims or site.drawings:
        judgements = [j for built in site.pages for j in built.judgements]
        rows = [_row(renderer, site, judgement) for judgement in judgements]
        recordings = [
            ProofRecording(
                name=r.name,
                command=r.command,
                measured_on=r.measured_on,
                href=_href(renderer, r.name),
            )
            for r in site.recordings.values()
        ]
        counts = {str(v): sum(j.verdict is v for j in judgements) for v in Verdict}
        html = renderer.plain_page(
            "proof.html", "Proof", PROOF_ADDRESS, rows=rows, recordings=recordings, counts=counts
        )
        if html is not None:
            location = site.config.location
            found.append(Output(f"{PROOF_ADDRESS}index.html", html.encode(), location))
    return found


def _row(renderer: Renderer, site: Site, judgement: Judgement) -> ProofRow:
    built = site.by_path[judgement.page]
    known = [name for name in judgement.rests_on if name in site.recordings]
    return ProofRow(
        kind=judgement.kind,
        name=judgement.name,
        verdict=judgement.verdict,
        page_title=built.title,
        page_href=renderer.targets.href(PROOF_ADDRESS, built.page.address),
        anchor="of-" + (built.page.address.strip("/").replace("/", "-") or "home"),
        claimed_at=f"{judgement.location.path}:{judgement.location.line}",
        rests_on=[(name, _href(renderer, name)) for name in known],
    )


def _href(renderer: Renderer, name: str) -> str:
    return escape(renderer.targets.href(PROOF_ADDRESS, recording_address(name)), quote=False)
