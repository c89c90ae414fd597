"""Compare a page's quotations of a tool's output with recordings of that output."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from proofdown.content.evidence.claims import QuoteClaim
from proofdown.content.evidence.recordings import Recording
from proofdown.diagnostics import Diagnostic, Note
from proofdown.markup.headings import Heading
from proofdown.markup.page_text import PageText
from proofdown.markup.syntax.code_blocks import Block
from proofdown.source import Location

_LINE = re.compile(r"[^\n]+")
_SPACES = re.compile(r"\s+")


def quotes_of(
    claim: QuoteClaim, page: PageText, headings: tuple[Heading, ...]
) -> list[tuple[str, Location]]:
    """Return the texts of a page that match a claim's pattern, each with its location."""
    first, last = _section(claim.anchor, page, headings)
    found = []
    for text, offset in _texts(claim, page):
        if not first <= offset < last:
            continue
        for match in claim.pattern.finditer(text):
            group = 1 if claim.pattern.groups else 0
            # In code, a pattern without a group selects the whole line or span.
            quote = match[group] if claim.is_in_text or group else text
            if not quote or not quote.strip():
                continue
            start = offset + (match.start(group) if claim.is_in_text or group else 0)
            found.append((quote.strip(), page.location(start, start + len(quote))))
            if not claim.is_in_text and not group:
                break
    return found


def quote_problems(
    quotes: list[tuple[str, Location]], recordings: list[Recording]
) -> Iterator[Diagnostic]:
    """Yield each quote that is in none of the recordings."""
    lines = [line for recording in recordings for line in recording.lines()]
    # Outputs align columns with spaces, which quotations need not repeat.
    texts = [_SPACES.sub(" ", line) for line, _ in lines]
    for quote, location in quotes:
        # Whole words: `9.0` is not quoted by an output that has `19.0`.
        pattern = re.compile(rf"(?<!\w){re.escape(_SPACES.sub(' ', quote))}(?!\w)")
        if any(pattern.search(text) for text in texts):
            continue
        names = " or ".join(f"`{recording.name}`" for recording in recordings)
        message = f"`{quote}` is not in the recording {names}"
        nearest = get_close_matches(quote, texts, n=1, cutoff=0.4)
        notes: tuple[Note, ...] = tuple(Note("the recording", r.location) for r in recordings)
        help_ = ""
        if nearest:
            notes = (Note("recorded here", lines[texts.index(nearest[0])][1]),)
            help_ = f"the recording has `{nearest[0]}`"
        yield Diagnostic("unrecorded-quote", message, location, help_, notes)


def _section(anchor: str, page: PageText, headings: tuple[Heading, ...]) -> tuple[int, int]:
    """Return the start and end of a section in the body; of the whole body for no anchor."""
    if not anchor:
        return 0, len(page.body) + 1  # the end is exclusive, and an empty body has an offset 0
    starts = dict(page.heading_starts(headings))
    levels = {heading.anchor: heading.level for heading in headings}
    if anchor not in starts:
        return 0, 0
    after = [
        start
        for other, start in starts.items()
        if start > starts[anchor] and levels[other] <= levels[anchor]
    ]
    return starts[anchor], min(after, default=len(page.body) + 1)


def _texts(claim: QuoteClaim, page: PageText) -> Iterator[tuple[str, int]]:
    """Yield the texts to match, with their offsets: lines of text, or code spans and lines."""
    if claim.is_in_text:
        for line in _LINE.finditer(page.without_code):
            yield line[0], line.start()
        return
    for start, end in page.code_spans:
        yield page.body[start:end], start
    for block in page.code_blocks:
        yield from _commands(block)


def _commands(block: Block) -> Iterator[tuple[str, int]]:
    """Yield the lines of a block, each joined with the next if it ends in a backslash."""
    pieces: list[str] = []
    start = 0
    for line in block.lines:
        start = start if pieces else line.start
        is_open = line.text.endswith("\\") and line is not block.lines[-1]
        text = line.text.removesuffix("\\").rstrip() if is_open else line.text
        pieces.append(text.lstrip() if pieces else text)
        if not is_open:
            yield " ".join(pieces), start
            pieces = []
