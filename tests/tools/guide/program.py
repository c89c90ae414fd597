"""Recordings about Proofdown itself: its help, its theme's templates, blocks and words."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from proofdown.site.figures import FigureView
from proofdown.site.templating.context import LanguageLink, NavLink, PageView, SiteView, TocEntry
from proofdown.site.templating.nav import NavEntry
from tests.tools.lab.recording import Row, Verbatim

PROGRAM = Path(sys.executable).with_name("proofdown")
THEME = Path(__file__).resolve().parents[3] / "src/proofdown/theme"
COMMANDS = ("build", "check", "explain", "new", "publish", "record", "review", "serve")
VIEWS = {
    "site": SiteView,
    "page": PageView,
    "heading": TocEntry,
    "link": NavLink,
    "language": LanguageLink,
    "drawing": FigureView,
    "entry": NavEntry,
}
"""The objects that templates get, by their name in the manual."""

_OPTION = re.compile(r"^  (-\S.*?)(?:  +(.*))?$")
_BLOCK = re.compile(r"\{%-? block (\w+)")
_WORD = re.compile(r"^word (\w+)=(.*)$", re.MULTILINE)
_SITE = {
    "proofdown.yml": "title: Test\n",
    "content/index.md": "# Home\n",
    "templates/page.html": "<title>Test</title>\n{{ page.content }}\n"
    "{% for key, text in words.items() %}word {{ key }}={{ text }}\n{% endfor %}",
}
"""A site whose layout prints all words of the theme."""


def record_command(name: str) -> list[Row]:
    """Return a row for each option of a command, from the output of `--help`."""
    lines = _run(name, "--help").split("\nOptions:\n")[1].splitlines()
    rows: list[tuple[str, list[str]]] = []
    for line in lines:
        found = _OPTION.match(line)
        if found:
            rows.append((found[1], [found[2]] if found[2] else []))
        elif rows:
            rows[-1][1].append(line.strip())
    return [
        Row({"Option": option, "Effect": " ".join(" ".join(effect).split())})
        for option, effect in rows
        if "--help" not in option
    ]


def record_templates() -> list[Row]:
    """Return a row for each template that comes with the package."""
    return [Row({"Template": file.name}) for file in sorted(THEME.glob("*.html"))]


def record_blocks() -> list[Row]:
    """Return a row for each block of the template that all pages extend."""
    names = _BLOCK.findall((THEME / "base.html").read_text("utf-8"))
    return [Row({"Block": name}) for name in names]


def record_view(name: str) -> list[Row]:
    """Return a row for each attribute that a template can read, from the Python class."""
    return [Row({"Variable": known}) for known in dir(VIEWS[name]) if not known.startswith("_")]


def record_words() -> list[Row]:
    """Return a row for each word of the theme, from a page built with it."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in _SITE.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        _run("build", "--site", folder)
        page = Path(folder, "site/index.html").read_text("utf-8")
    return [Row({"Key": key, "English": f"“{text}”"}) for key, text in _WORD.findall(page)]


def record_first_build() -> dict[str, str]:
    """Return the output of the first build of a new site."""
    with tempfile.TemporaryDirectory() as folder:
        _run("new", "my-docs", cwd=folder)
        printed = _run("build", cwd=f"{folder}/my-docs")
    return {"command": "proofdown build", "printed": Verbatim(printed)}


def _run(*arguments: str, cwd: str = ".") -> str:
    command = [str(PROGRAM), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd).stdout
