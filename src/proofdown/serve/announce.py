"""What the terminal is told: where the preview is, and what each build found that is new."""

from collections.abc import Callable
from pathlib import Path

from proofdown.build.report.text import Style, full_text
from proofdown.diagnostics import Diagnostic
from proofdown.serve.preview import BuildEvent
from proofdown.serve.problems import Problems
from proofdown.source import printable, relative_path

Print = Callable[[str], None]


class Announcer:
    """Prints one line a build, and each problem once for as long as it stands."""

    def __init__(self, root: Path, say: Print, style: Style) -> None:
        self._root, self._say, self._style = root, say, style
        self._printed: frozenset[Diagnostic] = frozenset()

    def __call__(self, event: BuildEvent) -> None:
        """Print what came of a build."""
        preview = event.preview
        for diagnostic in preview.diagnostics:
            if diagnostic not in self._printed:
                self._say(full_text(diagnostic, self._style))
        before = self._printed if preview.is_stopped else frozenset[Diagnostic]()
        self._printed = before | frozenset(preview.diagnostics)
        for problem in () if preview.diagnostics else preview.problems.shown:
            self._say(f"{problem.message}\n   = help: {problem.help}")
        changed = self._changed_files(event.changed)
        found = count_problems(preview.problems) or "no problems"
        self._say(f"{changed}built in {event.seconds:.2f} s: {found}")

    def _changed_files(self, paths: frozenset[str]) -> str:
        names = sorted(relative_path(Path(path), self._root) for path in paths)
        if not names:
            return ""
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"{printable(names[0])}{others}: "


def count_problems(problems: Problems) -> str:
    """Return how many problems there are, by kind; empty for none.

    >>> count_problems(Problems((), 2, 1, 0))
    '2 errors, 1 warning'
    """
    kinds = {"error": problems.errors, "warning": problems.warnings, "note": problems.notes}
    return ", ".join(f"{n} {kind}{'s' * (n != 1)}" for kind, n in kinds.items() if n)
