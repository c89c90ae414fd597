"""A build's diagnostics for programs: JSON, SARIF 2.1.0, and GitHub's workflow commands.

A report is yielded in pieces, to be joined by newlines, because a long one is large.
"""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from proofdown import __version__
from proofdown.build.pipeline import Build
from proofdown.build.report.text import Style, concise_report, plain, text_report
from proofdown.checks.registry import RULES
from proofdown.content.evidence.claims import Verdict
from proofdown.diagnostics import Diagnostic, Note, Severity
from proofdown.source import Location, json_text, printable

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_GITHUB_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class Stopped(Struct, frozen=True):
    """A substitute for a build that could not run, reported in the same formats."""

    diagnostics: tuple[Diagnostic, ...]

    def count_claims(self, _verdict: Verdict) -> int:
        """Return 0, because no claim was judged."""
        return 0


def json_report(build: Build | Stopped, _style: Style = plain) -> Iterator[str]:
    """Yield a build as JSON. Every key is always present; an unknown location is null."""
    held, broken, not_judged = (build.count_claims(v) for v in Verdict)
    data = {
        "version": 1,
        "diagnostics": [_json_diagnostic(d) for d in build.diagnostics],
        "claims": {"held": held, "broken": broken, "not_judged": not_judged},
    }
    yield json_text(data)


def _json_diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **json_location(diagnostic.location),
        "help": diagnostic.help or None,
        "notes": [_json_note(note) for note in diagnostic.notes],
    }


def _json_note(note: Note) -> dict[str, Any]:
    return {"message": note.message, **json_location(note.location or Location(""))}


def json_location(location: Location) -> dict[str, Any]:
    """Return a location's JSON keys; unknown values are null."""
    return {
        "path": location.path or None,
        "line": location.line or None,
        "column": location.column or None,
        "end_line": location.end_line or None,
        "end_column": location.end_column or None,
    }


def sarif_report(build: Build | Stopped, _style: Style = plain) -> Iterator[str]:
    """Yield a build as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""
    codes = list(RULES)
    driver = {
        "name": "Proofdown",
        "version": __version__,
        "informationUri": "https://pypi.org/project/proofdown/",
        "rules": [_sarif_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        # Python counts code points; SARIF also knows UTF-16 code units.
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(d, codes.index(d.code)) for d in build.diagnostics],
    }
    data = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    yield json_text(data)


def _sarif_rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    manual = rule.load_manual()
    return {
        "id": code,
        "shortDescription": {"text": manual.split("\n", 1)[0]},
        "help": {"text": manual, "markdown": manual},
        "defaultConfiguration": {"level": str(rule.level)},
    }


def _sarif_result(diagnostic: Diagnostic, index: int) -> dict[str, Any]:
    text = diagnostic.message + (f" ({diagnostic.help})" if diagnostic.help else "")
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": str(diagnostic.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": _sarif_location(diagnostic.location)}],
    }
    related = [
        {"message": {"text": note.message}, "physicalLocation": _sarif_location(note.location)}
        for note in diagnostic.notes
        if note.location
    ]
    return result | ({"relatedLocations": related} if related else {})


def _sarif_location(location: Location) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": location.path}}
    region = {
        "startLine": location.line,
        "startColumn": location.column,
        "endLine": location.end_line,
        "endColumn": location.end_column,
    }
    known = {key: value for key, value in region.items() if value}
    return physical | ({"region": known} if known else {})


def github_report(build: Build | Stopped, _style: Style = plain) -> Iterator[str]:
    """Yield a build as commands that GitHub shows as annotations of a pull request.

    The format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
    """
    yield from map(_github_line, build.diagnostics)


def _github_line(diagnostic: Diagnostic) -> str:
    location = diagnostic.location
    fields = {"file": location.path, "line": location.line, "title": diagnostic.code}
    # GitHub accepts columns only within one line, and its end column is inclusive.
    if location.column and location.line == location.end_line:
        fields |= {"col": location.column, "endColumn": location.end_column - 1}
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in fields.items() if value)
    help_ = f"\n{printable(diagnostic.help)}" if diagnostic.help else ""
    text = printable(diagnostic.message) + help_
    return f"::{_GITHUB_WORDS[diagnostic.severity]} {shown}::{_data(text)}"


def _data(text: str) -> str:
    # The percent sign first, so that the others are not escaped twice.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    # A property ends at a comma, and all of them at two colons.
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")


_FOR_PROGRAMS: dict[str, Callable[[Build | Stopped, Style], Iterator[str]]] = {
    "json": json_report,
    "sarif": sarif_report,
    "github": github_report,
}
FORMATS: dict[str, Callable[[Build, Style], Iterator[str]]] = {
    "text": text_report,
    "concise": concise_report,
    **_FOR_PROGRAMS,
}


def stopped_report(reason: Diagnostic, format_: str) -> str:
    """Return the report of a run that stopped; empty for formats that people read."""
    printer = _FOR_PROGRAMS.get(format_)
    return "\n".join(printer(Stopped((reason,)), plain)) + "\n" if printer else ""
