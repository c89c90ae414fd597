"""Generated sites of any size, the same bytes for the same size.

A page has headings, paragraphs with links to other pages, a table, lists, and blocks of code in
five languages. Pages are in folders of fifty, folders in parts of twenty folders.
"""

import random
import shutil
from pathlib import Path

_IN_FOLDER, _IN_PART = 50, 20
_NOUNS = (
    "guest host disk volume network bridge daemon socket port certificate pool snapshot domain "
    "memory device image path driver channel bandwidth option value error event job page"
).split()
_VERBS = "starts stops copies moves reads writes opens closes checks sends waits for keeps".split()
_WHEN = "before after while unless because although until when".split()
_CODE = {
    "python": "def {a}(host: str, port: int = {n}) -> bool:\n"
    '    """Return whether the {b} is there."""\n    return open_{b}(host, port) is not None',
    "sh": "virsh --connect qemu:///system {a} {b} --timeout {n} | grep '{b}'",
    "json": '{{"{a}": {n}, "{b}": ["{a}", true, null], "ratio": 0.{n}}}',
    "xml": '<domain type="kvm">\n  <name>{a}</name>\n  <memory unit="KiB">{n}</memory>\n</domain>',
    "yaml": "{a}:\n  {b}: {n}\n  enabled: true\n  hosts: [{a}-1, {b}-2]",
}


def path_of(number: int) -> str:
    """Return the path of a page."""
    folder = number // _IN_FOLDER
    return f"part-{folder // _IN_PART:02}/chapter-{folder:03}/page-{number:05}.md"


def generate(pages: int, work: Path) -> Path:
    """Return a folder with a generated site of a number of pages."""
    folder = work / "documents" / f"generated-{pages}"
    if (folder / "index.md").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    for number in range(1, pages):
        file = folder / path_of(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_Page(number, pages).text(), "utf-8")
    first = "".join(f"- [Page {n}]({path_of(n)})\n" for n in range(1, pages, _IN_FOLDER * 5))
    (folder / "index.md").write_text(f"# Generated site\n\n{first}", "utf-8")
    return folder


class _Page:
    def __init__(self, number: int, pages: int) -> None:
        self.number, self.pages = number, pages
        self.random = random.Random(number)  # noqa: S311 (no secret)

    def text(self) -> str:
        sections = "\n\n".join(self.section(n) for n in range(self.random.randint(3, 7)))
        return f"# Page {self.number}: the {self.noun()} and its {self.noun()}\n\n{sections}\n"

    def section(self, number: int) -> str:
        parts = [f"## {number + 1}. How the {self.noun()} {self.verb()} a {self.noun()}"]
        parts += [self.paragraph() for _ in range(self.random.randint(1, 4))]
        parts.append(self.random.choice((self.table, self.code, self.code, self.items))())
        return "\n\n".join(parts)

    def paragraph(self) -> str:
        return "\n".join(self.sentence() for _ in range(self.random.randint(2, 6)))

    def sentence(self) -> str:
        a, b, c = self.noun(), self.noun(), self.noun()
        end = self.random.choice(
            ("", f", as `{b}_{c}` says", f" ([more]({self.link()}))", f" *{b}*")
        )
        rest = f"{self.random.choice(_WHEN)} the {c} {self.verb()} another {self.noun()}{end}"
        return f"The {a} {self.verb()} the {b} {rest}."

    def table(self) -> str:
        rows = (f"| `{self.noun()}` | {self.noun()} | {n * 7} |" for n in range(2, 8))
        return "\n".join(("| Option | Meaning | Default |", "| --- | --- | ---: |", *rows))

    def items(self) -> str:
        return "\n".join(f"- **{self.noun()}**: {self.sentence()}" for _ in range(5))

    def code(self) -> str:
        language = self.random.choice(list(_CODE))
        filled = (
            _CODE[language].format(a=self.noun(), b=self.noun(), n=self.random.randint(1, 9999))
            for _ in range(self.random.randint(1, 6))
        )
        return "\n".join((f"```{language}", *filled, "```"))

    def link(self) -> str:
        other = path_of(self.random.randrange(1, self.pages))
        return f"../../{other}"

    def noun(self) -> str:
        return self.random.choice(_NOUNS)

    def verb(self) -> str:
        return self.random.choice(_VERBS)
