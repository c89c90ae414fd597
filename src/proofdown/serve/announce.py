"""Print the results of builds on the terminal."""

from collections.abc import Callable
from pathlib import Path

from proofdown.build.report.text import Style, full_text
from proofdown.diagnostics import Diagnostic
from proofdown.serve.preview import BuildEvent
from proofdown.serve.problems import Problems
from proofdown.source import printable, relative_path

Echo = Callable[[str], None]
"""Prints a text to the terminal."""


class Announcer:
    """Prints a line per build, and each problem once until it is fixed."""

    def __init__(self, root: Path, echo: Echo, style: Style) -> None:
        self._root, self._echo, self._style = root, echo, style
        self._printed: frozenset[Diagnostic] = frozenset()

    def __call__(self, event: BuildEvent) -> None:
        """Print the result of a build."""
        preview = event.preview
        for diagnostic in preview.diagnostics:
            if diagnostic not in self._printed:
                self._echo(full_text(diagnostic, self._style))
        # A build that was stopped has not found the other problems again; they are still there.
        before = self._printed if preview.is_stopped else frozenset[Diagnostic]()
        self._printed = before | frozenset(preview.diagnostics)
        for problem in () if preview.diagnostics else preview.problems.shown:
            self._echo(f"{problem.message}\n   = help: {problem.help}")
        changed = self._changed_files(event.changed)
        found = count_problems(preview.problems) or "no problems"
        self._echo(f"{changed}built in {event.seconds:.2f} s: {found}")

    def _changed_files(self, paths: frozenset[str]) -> str:
        names = sorted(relative_path(Path(path), self._root) for path in paths)
        if not names:
            return ""
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"{printable(names[0])}{others}: "


def count_problems(problems: Problems) -> str:
    """Return the number of problems of each severity; empty if there are none.

    >>> count_problems(Problems(errors=2, warnings=1))
    '2 errors, 1 warning'
    """
    kinds = {"error": problems.errors, "warning": problems.warnings, "note": problems.notes}
    return ", ".join(f"{n} {kind}{'s' * (n != 1)}" for kind, n in kinds.items() if n)
