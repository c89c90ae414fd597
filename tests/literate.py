"""Test cases written as Markdown: a heading is a case, its fences are files, the last the report.

## A link to a page that is not there

Prose that says why.

```markdown title="content/index.md"
# Home
```

```text title="report"
```
"""

import re
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(
    r"^(?P<fence>`{3,})\w* title=\"(?P<title>[^\"]+)\"\n(?P<text>.*?)^(?P=fence)$"
    r"|^## (?P<case>[^\n]+)$",
    re.MULTILINE | re.DOTALL,
)
REPORT = "report"


@dataclass(frozen=True)
class Case:
    """One case of a file of cases."""

    file: Path
    name: str
    files: dict[str, str]
    """Text of each file of the site, by path."""
    expected: str
    """One line per diagnostic, as `--format concise` prints them."""
    start: int
    """Offsets of the expected text in the file, for `--update`."""
    end: int

    @property
    def id(self) -> str:
        """A name for the test's own report."""
        return f"{self.file.stem}: {self.name}"


def load_cases(file: Path) -> list[Case]:
    """Return the cases of a file.

    Raises:
        ValueError: a case has no report fence.
    """
    cases: list[Case] = []
    name = ""
    files: dict[str, str] = {}
    for part in _PART.finditer(file.read_text("utf-8")):
        if part["case"]:
            if files:
                raise ValueError(f"{file.name}: the case `{name}` has no report")
            name = part["case"]
        elif part["title"] == REPORT:
            cases.append(Case(file, name, files, part["text"], *part.span("text")))
            files = {}
        else:
            files[part["title"]] = part["text"]
    return cases


def update_case(case: Case, found: str) -> None:
    """Write what was found into a case's report."""
    text = case.file.read_text("utf-8")
    fresh = next(c for c in load_cases(case.file) if c.name == case.name)
    case.file.write_text(text[: fresh.start] + found + text[fresh.end :], "utf-8")
