"""Parse one page: everything that depends on its own text alone."""

import datetime
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from proofdown.checks.prose.codes import PROSE_CODES
from proofdown.checks.prose.read_page import Reading, read_page
from proofdown.config.model import Config
from proofdown.content.discovery import Page, load_page
from proofdown.content.frontmatter import FrontMatter
from proofdown.diagnostics import Diagnostic, Report
from proofdown.diagrams.languages import may_show_diagrams
from proofdown.markup.converter import Body, MarkdownConverter
from proofdown.markup.parsed_page import ParsedHead, ParsedText
from proofdown.runtime.workers.budget import Budget
from proofdown.runtime.workers.worker import OverBudgetError, allow_seconds
from proofdown.source import Location, Source

# An empty line, or the end of the text, which ends the last block.
_BETWEEN_BLOCKS = re.compile(r"\n\s*\n|\Z")
_ENVIRONMENT_CODES = ("over-budget", "markdown-error")
"""Codes of faults that can depend on the environment: on its load, and on what it can import."""
_SHARE = 0.2
"""Share of a page's budget that one block may use in the search for the block to blame."""


DATE = "\x00date"
"""Key of an encoded date in front matter. The NUL distinguishes it from the author's keys."""
EMPTY_TEXT = ParsedText(Body("", ()), "")


def front_of(head: ParsedHead) -> FrontMatter:
    """Return a page's front matter, including the author's own keys."""
    if not head.extra:
        return head.front
    return replace(head.front, extra=_from_plain(head.extra))


def is_provisional(head: ParsedHead) -> bool:
    """Return whether parsing failed in a way that may succeed in another run."""
    return any(fault.code in _ENVIRONMENT_CODES for fault in head.faults)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return {DATE: value.isoformat()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _from_plain(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {DATE}:
            return datetime.date.fromisoformat(value[DATE])
        return {key: _from_plain(item) for key, item in value.items()}
    return [_from_plain(item) for item in value] if isinstance(value, list) else value


def lost_head(faults: Report) -> ParsedHead:
    """Return the head of a page that cannot be read."""
    return _head_without_text(0, FrontMatter(), {}, faults, is_lost=True)


def _head_without_text(
    body_start: int, front: FrontMatter, extra: dict[str, Any], faults: Report, *, is_lost: bool
) -> ParsedHead:
    return ParsedHead(
        body_start=body_start,
        front=front,
        extra=extra,
        heading="",
        reading=b"",
        compounds={},
        faults=tuple(faults),
        shows_diagrams=False,
        is_lost=is_lost,
    )


def parse_page(
    source: Source, path: str, converter: MarkdownConverter, config: Config
) -> tuple[ParsedHead, ParsedText]:
    """Parse a page; whatever exceeds its budget is reported and left out.

    Args:
        source: the page's source.
        path: its path in the content folder.
        converter: converts its Markdown to HTML.
        config: the settings, which give its budget and language.
    """
    report = Report()
    page = load_page(source, path, report)
    # Encoded by hand, because MessagePack would turn a date into plain text.
    front, extra = replace(page.front, extra=None), _plain(page.front.extra or {})
    if front.is_draft and not config.with_drafts:
        return _head_without_text(page.body_start, front, extra, report, is_lost=False), EMPTY_TEXT
    body = convert_page(page, converter, config.budget, report)
    page.release()
    reading = _read(page, config.budget, report) if is_proofread(config) else None
    allow_seconds(float("inf"))  # the rest is quick, and would be charged to the prose
    head = ParsedHead(
        body_start=page.body_start,
        front=front,
        extra=extra,
        heading=body.title,
        reading=_encoded(reading) if reading else b"",
        compounds=reading.compounds if reading else {},
        faults=tuple(report),
        shows_diagrams=may_show_diagrams(body.html),
        is_lost=False,
    )
    return head, ParsedText(body, reading.text if reading else "")


def _encoded(reading: Reading) -> bytes:
    return msgspec.msgpack.encode(replace(reading, text="", compounds={}))


def is_proofread(config: Config) -> bool:
    """Return whether a site's prose is read: it is English, and some rule of prose is on."""
    return config.is_english and not all(map(config.is_off, PROSE_CODES))


def convert_page(page: Page, converter: MarkdownConverter, budget: Budget, report: Report) -> Body:
    """Return a page's body; if it exceeds its budget, report that and return an empty one."""
    allow_seconds(budget.seconds)
    try:
        return converter.convert(page, report)
    except OverBudgetError:
        what = f"this takes more than {budget.seconds:g} s to convert"
    except MemoryError:
        what = f"this takes more than {budget.megabytes} MB of memory to convert"
    report.add(_over_budget(page, what, converter.convert_text, budget))
    return Body("", ())


def _read(page: Page, budget: Budget, report: Report) -> Reading | None:
    allow_seconds(budget.seconds)
    try:
        return read_page(page.source.text, page.body_start)
    except OverBudgetError:
        what = f"the prose of this takes more than {budget.seconds:g} s to read"
    except MemoryError:
        what = f"the prose of this takes more than {budget.megabytes} MB of memory to read"
    report.add(_over_budget(page, what, lambda text: read_page(text, 0), budget))
    return None


def _over_budget(
    page: Page, message: str, work: Callable[[str], object], budget: Budget
) -> Diagnostic:
    try:
        location = _location_to_blame(page, work, budget)
    except MemoryError:  # the page may be too large even to be split into blocks
        location = Location(page.source.path)
    help_ = "break it up, or raise `budget:` in the settings"
    return Diagnostic("over-budget", message, location, help_)


def _location_to_blame(page: Page, work: Callable[[str], object], budget: Budget) -> Location:
    start = _block_to_blame(page.body, work, budget)
    if start is None:
        return Location(page.source.path)
    return page.source.location_of_line(page.source.line_of(page.body_start + start))


def _block_to_blame(text: str, work: Callable[[str], object], budget: Budget) -> int | None:
    """Return the offset of the first block that exceeds its budget alone, or None if none does."""
    until = time.process_time() + budget.seconds
    for start, end in _blocks(text):
        left = until - time.process_time()
        if left <= 0:
            return None
        allow_seconds(min(budget.seconds * _SHARE, left))
        try:
            work(text[start:end])
        except (OverBudgetError, MemoryError):
            return start
        except Exception:  # noqa: S112 (another kind of fault, which is not what is searched for)
            continue
        finally:
            allow_seconds(float("inf"))
    return None


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each block: a run of lines without an empty one."""
    start = len(text) - len(text.lstrip())
    for between in _BETWEEN_BLOCKS.finditer(text, start):
        if start < between.start():
            yield start, between.start()
        start = between.end()
