"""The diagnostic for a code block whose highlighting exceeds its time budget."""

from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic
from proofdown.markup.fast.highlight_limit import SECONDS
from proofdown.source import Location


def slow_block(page: Page, code: str) -> Diagnostic:
    """Return the diagnostic for a code block that took too long to highlight."""
    message = f"highlighting this code takes more than {SECONDS:g} s, so it is shown plain"
    help_ = "name no language, or break it up"
    return Diagnostic("slow-highlighting", message, _location_of(page, code), help_)


def _location_of(page: Page, code: str) -> Location:
    """Return the first line of a code block, or the page if it is not found."""
    # The code has lost the indent and the quote marks of its fence; both sides are compared bare.
    sought = [line.strip(" \t>") for line in code.strip("\n").split("\n")]
    lines = [line.strip(" \t>") for line in page.source.text.split("\n")]
    for number in range(page.source.line_of(page.body_start) - 1, len(lines)):
        if lines[number] == sought[0] and lines[number : number + len(sought)] == sought:
            return page.source.location_of_line(number + 1)
    return Location(page.source.path)
