"""Problems as values, and the exceptions that end a run.

    SiteError            nothing can be done; carries the diagnostic that says why
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
"""Problems of one rule in one file that are listed one by one; what is beyond is counted."""


class Severity(StrEnum):
    """How much a diagnostic weighs; an error refuses the build, a warning under `--strict`."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Note(Struct, frozen=True):
    """A second sentence under a diagnostic, with a place of its own where it has one."""

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
    """What to do about it; empty where there is nothing to add."""
    notes: tuple[Note, ...] = ()
    severity: Severity = Severity.ERROR
    count: int = 1
    """How many problems it stands for: the last of a kind may stand for all that are not listed."""

    def with_severity(self, severity: Severity) -> "Diagnostic":
        """Return the same diagnostic with another weight."""
        return replace(self, severity=severity)

    @property
    def sort_key(self) -> tuple[str | int, ...]:
        """By place, then code: the order in which reports are printed."""
        at = self.location
        end = (at.end_line, at.end_column)
        return (at.path, at.line, at.column, *end, self.code, self.message)


class Finding(Struct, frozen=True):
    """Something wrong with the prose of a page; offsets are those of the page's source."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
    fix: str | None = None
    """What certainly belongs in its place; None where a person has to decide."""


class Fix(Struct, frozen=True):
    """A text that certainly belongs between two offsets of a page's source."""

    start: int
    end: int
    text: str


class Report(Struct):
    """The diagnostics gathered so far; the only thing a stage of the build changes."""

    diagnostics: list[Diagnostic] = []

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep one more diagnostic."""
        self.diagnostics.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Keep several more diagnostics."""
        self.diagnostics.extend(diagnostics)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)

    def __len__(self) -> int:
        return len(self.diagnostics)

    def count(self, severity: Severity) -> int:
        """Return how many diagnostics have a severity."""
        return count_of(self.diagnostics, severity)


def count_of(diagnostics: Iterable[Diagnostic], severity: Severity) -> int:
    """Return how many problems of a severity there are, those that are not listed included."""
    return sum(d.count for d in diagnostics if d.severity is severity)


def capped(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the first problems of each rule in each file, then how many more there are of each."""
    listed: Counter[tuple[str, str]] = Counter()
    beyond: dict[tuple[str, str], tuple[Diagnostic, int]] = {}
    for diagnostic in found:
        kind = (diagnostic.code, diagnostic.location.path)
        if diagnostic.count == 1 and listed[kind] < MOST_OF_A_KIND:
            listed[kind] += 1
            yield diagnostic
        else:
            first, count = beyond.get(kind, (diagnostic, 0))
            beyond[kind] = first, count + diagnostic.count
    for first, count in beyond.values():
        yield replace(first, message=f"and {count:,} more of these", help="", notes=(), count=count)


class SiteError(Exception):
    """The run cannot go on; `diagnostic` says why and what to do."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class SettingsError(SiteError):
    """There are no settings to build from."""


class OutputError(SiteError):
    """The output folder may not be replaced, or cannot be written."""


class ToolError(SiteError):
    """A program that the site needs is missing or does not work."""


def reason_of(fault: OSError) -> str:
    """Return why the system refuses something, in the words and lower case of our messages."""
    return (fault.strerror or str(fault)).lower()


def unwritable(what: str, location: Location, fault: OSError, help_: str = "") -> OutputError:
    """Return the error that ends a run because the system refuses to write something.

    Args:
        what: the first words of the message, as in `the lock file`.
        location: the file or folder.
        fault: what the system says.
        help_: what to do about it.
    """
    message = f"{what} cannot be written: {reason_of(fault)}"
    return OutputError(Diagnostic("unwritable-output", message, location, help_))


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Return `did you mean …?` with the best guess among the known words, or an empty text."""
    guesses = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"did you mean `{guesses[0]}`?" if guesses else ""
