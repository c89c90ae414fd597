"""Test cases written as Markdown: a heading is a case, its fences are files, the last the report.

## A link to a page that is not there

Prose that says why.

```markdown title="content/index.md"
# Home
```

```text title="report"
```

After its path, a file's title may say in brackets what plain text cannot express: `[latin-1]` is a
file in that encoding, `[link]` a symbolic link to the path in the fence.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.project import Project

_PART = re.compile(
    r"^(?P<fence>`{3,})\w* title=\"(?P<title>[^\"]+?)(?: \[(?P<kind>latin-1|link)\])?\"\n"
    r"(?P<text>.*?)^(?P=fence)$"
    r"|^## (?P<case>[^\n]+)$",
    re.MULTILINE | re.DOTALL,
)
REPORT = "report"


@dataclass(frozen=True)
class Case:
    """One case in a file of cases."""

    file: Path
    name: str
    files: dict[str, str | bytes]
    """The content of each file of the site, by path."""
    links: dict[str, str]
    """The target of each symbolic link of the site, by path."""
    expected: str
    """One line per diagnostic, as `--format concise` prints them."""
    start: int
    """Offsets of the expected text in the file, for `--update`."""
    end: int

    @property
    def id(self) -> str:
        """A name for the test's own report."""
        return f"{self.file.stem}: {self.name}"

    def make(self, root: Path) -> Project:
        """Write the case's site."""
        project = Project.make(root, self.files)
        for path, target in self.links.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).symlink_to(target)
        return project


def load_cases(file: Path) -> list[Case]:
    """Return the cases of a file.

    Raises:
        ValueError: a case has no report fence.
    """
    cases: list[Case] = []
    name = ""
    files: dict[str, str | bytes] = {}
    links: dict[str, str] = {}
    for part in _PART.finditer(file.read_text("utf-8")):
        title, text = part["title"], part["text"]
        if part["case"]:
            if files or links:
                raise ValueError(f"{file.name}: the case `{name}` has no report")
            name = part["case"]
        elif title == REPORT:
            cases.append(Case(file, name, files, links, text, *part.span("text")))
            files, links = {}, {}
        elif part["kind"] == "link":
            links[title] = text.strip()
        else:
            files[title] = text.encode(part["kind"]) if part["kind"] else text
    if files or links:
        raise ValueError(f"{file.name}: the case `{name}` has no report")
    return cases


def update_case(case: Case, found: str) -> None:
    """Write the actual report into a case."""
    text = case.file.read_text("utf-8")
    fresh = next(c for c in load_cases(case.file) if c.name == case.name)
    case.file.write_text(text[: fresh.start] + found + text[fresh.end :], "utf-8")
