"""Give a verdict on every claim about a page: holds, broken, or not judged."""

from collections.abc import Iterator

from proofdown.checks.claims.diagram import Comparison
from proofdown.checks.claims.quotes import quote_problems, quotes_of
from proofdown.checks.claims.table import table_problems
from proofdown.checks.commands.judge import CommandJudge
from proofdown.content.evidence.claims import (
    Connection,
    DiagramClaim,
    Judgement,
    PageClaims,
    QuoteClaim,
    Verdict,
)
from proofdown.content.evidence.recordings import Recording
from proofdown.content.evidence.table_claims import TableClaim
from proofdown.diagnostics import Diagnostic, did_you_mean
from proofdown.diagrams.drawing import Drawing
from proofdown.site.links.resolve import Kind
from proofdown.site.model import ComposedPage, SiteContext
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar


def judge_page(
    context: SiteContext, built: ComposedPage, commands: CommandJudge
) -> tuple[Judgement, ...]:
    """Return a verdict on every claim about a page.

    What has no claim gets the verdict *not judged*: drawings, tables, and tools whose commands
    are not checked against a help text.
    """
    found: list[Judgement] = []
    claims = context.claims_by_page.get(built.page.path)
    if claims:
        found += _PageJudge(context, built, claims).judgements()
    found += _unclaimed(built, claims)
    found += commands.judgements(built)
    return tuple(found)


def _unclaimed(built: ComposedPage, claims: PageClaims | None) -> Iterator[Judgement]:
    """Yield *not judged* for each drawing and table of a page without a claim."""
    drawings = {claim.diagram for claim in claims.diagrams} if claims else set()
    tables = {claim.name for claim in claims.tables} if claims else set()
    path = built.page.path
    # A drawing that is shown twice is judged once.
    for name in dict.fromkeys(built.drawings):
        if name not in drawings:
            location = location_shown(built, name)
            yield Judgement(
                kind="diagram",
                name=name,
                page=path,
                verdict=Verdict.NOT_JUDGED,
                location=location,
            )
    for table in built.tables:
        if table.name not in tables:
            yield Judgement(
                kind="table",
                name=table.name,
                page=path,
                verdict=Verdict.NOT_JUDGED,
                location=table.location,
            )


def location_shown(built: ComposedPage, name: str) -> Location:
    """Return where a page shows a diagram; only the file if the page does not."""
    for link in built.links:
        is_drawing = link.tag == "img" and link.resolved.kind is Kind.DRAWING
        if is_drawing and link.resolved.address == name:
            return built.text.location_of_target(link.written, link.nth)
    return Location(built.page.source.path)


class _PageJudge:
    """Judges the claims of one page."""

    def __init__(self, context: SiteContext, built: ComposedPage, claims: PageClaims) -> None:
        self.context, self.built, self.claims = context, built, claims

    def judgements(self) -> Iterator[Judgement]:
        for diagram in self.claims.diagrams:
            yield self._diagram(diagram)
        for table in self.claims.tables:
            yield self._table(table)
        for quote in self.claims.quotes:
            yield self._quote(quote)

    def _judgement(
        self,
        kind: str,
        name: str,
        location: Location,
        problems: list[Diagnostic] | None,
        rests_on: tuple[Scalar, ...],
    ) -> Judgement:
        """Return a judgement; None for `problems` means that there was nothing to judge by."""
        verdict = Verdict.NOT_JUDGED
        if problems is not None:
            verdict = Verdict.BROKEN if problems else Verdict.HOLDS
        return Judgement(
            kind=kind,
            name=name,
            page=self.built.page.path,
            verdict=verdict,
            location=location,
            rests_on=tuple(scalar.text for scalar in rests_on),
            problems=tuple(problems or ()),
        )

    def _recordings(self, names: tuple[Scalar, ...]) -> list[Recording] | Diagnostic:
        """Return the recordings of these names, or a diagnostic for the first that is missing."""
        found = []
        for name in names:
            recording = self.context.recordings.get(name.text)
            if recording is None:
                declared = {setting.name for setting in self.context.config.recordings}
                message = f"there is no recording `{name.text}`"
                help_ = did_you_mean(name.text, {*self.context.recordings, *declared} - {name.text})
                # Declared in the settings, but not recorded yet.
                if name.text in declared:
                    help_ = f"record it: `proofdown record {name.text}`"
                return Diagnostic("missing-recording", message, name.location, help_)
            found.append(recording)
        return found

    def _diagram(self, claim: DiagramClaim) -> Judgement:
        drawing = self.context.drawings.get(claim.diagram)
        cited = (claim.recording,) if claim.recording else ()
        recordings = self._recordings(cited)
        problems: list[Diagnostic] | None = None
        if isinstance(recordings, Diagnostic):
            problems = [recordings]
        elif drawing is not None:
            problems = list(self._diagram_problems(claim, drawing, recordings))
        if not claim.is_whole:
            problems = problems or None  # a part of the claim was invalid, so it cannot hold
        return self._judgement("diagram", claim.diagram, claim.location, problems, cited)

    def _diagram_problems(
        self, claim: DiagramClaim, drawing: Drawing, recordings: list[Recording]
    ) -> Iterator[Diagnostic]:
        shown = location_shown(self.built, claim.diagram)
        if claim.connections is not None:
            comparison = Comparison(
                drawing=drawing,
                connections=claim.connections,
                location=claim.location,
                by="claimed",
                shown=shown,
            )
            yield from comparison.contradictions()
        for recording in recordings:
            connections = _recorded_connections(recording)
            if connections is None:
                message = f"the recording `{recording.name}` is not a list of connections"
                help_ = "it must be a YAML list of `{from: …, to: …}`"
                yield Diagnostic("unresolved-claim", message, claim.location, help_)
                continue
            if claim.between:
                connections = tuple(
                    c for c in connections if {c.tail, c.head} <= set(claim.between)
                )
            comparison = Comparison(
                drawing=drawing,
                connections=connections,
                location=recording.location,
                by="recorded",
                shown=shown,
            )
            yield from comparison.contradictions()

    def _table(self, claim: TableClaim) -> Judgement:
        cited = (claim.recording,) if claim.recording else ()
        recordings = self._recordings(cited)
        tables = self.built.tables
        named = [table for table in tables if table.name == claim.name]
        problems: list[Diagnostic] | None = None
        if isinstance(recordings, Diagnostic):
            problems = [recordings]
        elif not named:
            message = f"`{self.built.page.path}` has no such table under `#{claim.anchor}`"
            anchors = [table.anchor for table in tables]
            help_ = did_you_mean(claim.anchor, anchors)
            problems = [Diagnostic("unresolved-claim", message, claim.location, help_)]
        elif recordings or claim.values:
            problems = table_problems(claim, named[0], recordings)
        if not claim.is_whole:
            problems = problems or None
        return self._judgement("table", claim.name, claim.location, problems, cited)

    def _quote(self, claim: QuoteClaim) -> Judgement:
        recordings = self._recordings(claim.recordings)
        quotes = quotes_of(claim, self.built.text, self.built.headings)
        if isinstance(recordings, Diagnostic):
            problems = [recordings]
        elif not quotes:
            where = f"under `#{claim.anchor}`" if claim.anchor else "on this page"
            message = f"nothing {where} matches `{claim.pattern.pattern}`"
            problems = [Diagnostic("unresolved-claim", message, claim.location)]
        else:
            problems = list(quote_problems(quotes, recordings))
        name = claim.pattern.pattern
        if quotes:
            name = quotes[0][0] + (f" (and {len(quotes) - 1} more)" if len(quotes) > 1 else "")
        return self._judgement("quote", name, claim.location, problems, claim.recordings)


def _recorded_connections(recording: Recording) -> tuple[Connection, ...] | None:
    """Return the connections in a recording, or None if it is not a list of connections.

    The list can be the whole recording, or the value of its key `connections`.
    """
    items = recording.items("connections")
    if items is None:
        return None
    found = []
    for item in items:
        values = dict(_texts(item))
        if "from" not in values or "to" not in values:
            return None
        label = values.get("port", values.get("label", ""))
        kind = values.get("kind", "")
        found.append(
            Connection(
                tail=values["from"],
                head=values["to"],
                kind=kind,
                is_directed=True,
                location=item.location,
                label=label,
            )
        )
    # Of equal connections, the first in the recording counts.
    return tuple({(c.tail, c.head, c.label): c for c in reversed(found)}.values())[::-1]


def _texts(mapping: Mapping) -> Iterator[tuple[str, str]]:
    return ((key.text, value.text) for key, value in mapping if isinstance(value, Scalar))
