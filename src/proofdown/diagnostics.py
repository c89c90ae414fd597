"""Problems as values, and the exceptions that end a run.

    SiteError            the run cannot go on; carries the diagnostic that says why
    ├ SettingsError      no usable proofdown.yml
    ├ OutputError        the output folder may not be replaced or written
    └ ToolError          a program the site needs is missing

Everything else that is wrong with a site is a `Diagnostic` in a `Report`, and the run goes on so
that all problems are shown at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from proofdown.source import Location

MOST_OF_A_KIND = 1000
"""Problems of one rule in one file that are listed one by one; the rest are only counted."""


class Severity(StrEnum):
    """How severe a diagnostic is. An error fails the build; a warning does so with `--strict`."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Note(Struct, frozen=True):
    """A further sentence under a diagnostic, with its own location if it has one."""

    message: str
    location: Location | None = None


class Diagnostic(Struct, frozen=True):
    """One problem in the sources of a site."""

    code: str
    """Name of the rule that found it, in kebab-case."""
    message: str
    """What is wrong here: lower case, no full stop, names in backticks."""
    location: Location
    help: str = ""
    """What to do about it; may be empty."""
    notes: tuple[Note, ...] = ()
    severity: Severity = Severity.ERROR
    count: int = 1
    """How many problems this counts as: above 1 for the summary of those that are not listed."""

    def with_severity(self, severity: Severity) -> "Diagnostic":
        """Return the same diagnostic with another severity."""
        return replace(self, severity=severity)

    @property
    def sort_key(self) -> tuple[str | int, ...]:
        """Location, then code: the order in which reports are printed."""
        at = self.location
        end = (at.end_line, at.end_column)
        return (at.path, at.line, at.column, *end, self.code, self.message)


class Finding(Struct, frozen=True):
    """A problem in the prose of a page; offsets are those of the page's source."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
    fix: str | None = None
    """The unambiguous replacement, or None if the author has to decide."""


class Fix(Struct, frozen=True):
    """An unambiguous replacement of the text between two offsets of a page's source."""

    start: int
    end: int
    text: str


class Report(Struct):
    """The diagnostics collected so far; the only object that a stage of the build mutates."""

    diagnostics: list[Diagnostic] = []  # msgspec copies an empty default for each report

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic."""
        self.diagnostics.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add several diagnostics."""
        self.diagnostics.extend(diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)

    def count(self, severity: Severity) -> int:
        """Return how many problems have a severity; see `count_of`."""
        return count_of(self.diagnostics, severity)


def count_of(diagnostics: Iterable[Diagnostic], severity: Severity) -> int:
    """Return how many problems have a severity, including those that are not listed."""
    return sum(d.count for d in diagnostics if d.severity is severity)


def capped(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the first problems of each rule in each file, then one summary of the rest of each."""
    listed: Counter[tuple[str, str]] = Counter()
    unlisted: dict[tuple[str, str], tuple[Diagnostic, int]] = {}
    for diagnostic in found:
        kind = (diagnostic.code, diagnostic.location.path)
        # A diagnostic with a count is itself a summary: one that was capped before.
        if diagnostic.count == 1 and listed[kind] < MOST_OF_A_KIND:
            listed[kind] += 1
            yield diagnostic
        else:
            first, count = unlisted.get(kind, (diagnostic, 0))
            unlisted[kind] = first, count + diagnostic.count
    for first, count in unlisted.values():
        yield replace(first, message=f"and {count:,} more of these", help="", notes=(), count=count)


class SiteError(Exception):
    """The run cannot go on; `diagnostic` says why and what to do."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class SettingsError(SiteError):
    """There are no usable settings."""


class OutputError(SiteError):
    """The output folder may not be replaced, or cannot be written."""


class ToolError(SiteError):
    """A program that the site needs is missing or does not work."""


def reason_of(fault: OSError) -> str:
    """Return the system's reason for an error in lower case, as our messages are written."""
    return (fault.strerror or str(fault)).lower()


def unwritable(what: str, location: Location, fault: OSError, help_: str = "") -> OutputError:
    """Return the error that ends a run because something cannot be written.

    Args:
        what: the first words of the message, as in `the lock file`.
        location: the file or folder.
        fault: the system's error.
        help_: what to do about it.
    """
    message = f"{what} cannot be written: {reason_of(fault)}"
    return OutputError(Diagnostic("unwritable-output", message, location, help_))


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return `did you mean …?` with the closest of the known words, or "" if none is close."""
    guesses = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"did you mean `{guesses[0]}`?" if guesses else ""
