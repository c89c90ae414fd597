"""What there is to say of a block of code that takes too long to be highlighted."""

from proofdown.content.discovery import Page
from proofdown.diagnostics import Diagnostic
from proofdown.markup.fast.highlight_limit import SECONDS
from proofdown.source import Location


def slow_block(page: Page, code: str) -> Diagnostic:
    """Return what there is to say of a block that took too long."""
    message = f"highlighting this code takes more than {SECONDS:g} s, so it is shown plain"
    help_ = "name no language, or break it up"
    return Diagnostic("slow-highlighting", message, _location_of(page, code), help_)


def _location_of(page: Page, code: str) -> Location:
    """Return the first line of a block of code; the page where it does not stand in it so."""
    wanted = [line.strip(" \t>") for line in code.strip("\n").split("\n")]
    lines = [line.strip(" \t>") for line in page.source.text.split("\n")]
    for number in range(page.source.line_of(page.body_start) - 1, len(lines)):
        if lines[number] == wanted[0] and lines[number : number + len(wanted)] == wanted:
            return page.source.location_of_line(number + 1)
    return Location(page.source.path)
