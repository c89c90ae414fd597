"""Pages that would take forever or exhaust memory are reported, and the rest is built."""

import os
import sys
from pathlib import Path

import pytest

from tests.support.project import Project, run_command

SETTINGS = "title: Test\nbudget: {seconds: 1, megabytes: 200}\n"
INPUTS = {
    "open brackets": "[" * 4000,
    "open links": "[a" * 4000,
    "nested brackets": "[" * 2000 + "]" * 2000,
    "brackets and brackets": "[ (](" * 1500,
    "open footnotes": "[^" * 4000,
    "brackets and emphasis": "[ a_" * 4000,
    "images in images": "![[]()" * 1000,
    "targets without an end": "[a](<b" * 3000,
    "links without an end": "[a](b" * 3000,
    "declarations": "<![\n" * 2000,
    "sections of XML": "<![CDATA[" * 1000,
    "tags without an end": "<a " * 5000,
    "tags with an address": "<a@b " * 6000,
    "escaped stars": "\\*" * 32_000,
    "escaped backticks": "\\`" * 32_000,
    "a fence and spaces": "```" + " " * 16_000,
    "fences of tildes": "~~~a`\n" * 6000,
    "fences": "```\n" * 2500,
    "cells of backticks": "| a | b |\n|---|---|\n" + "| `\\| ` | x |\n" * 2500,
    "footnotes": "a[^1] " * 3000 + "\n\n[^1]: x",
    "a list in a list": "- " * 496 + "a",
    "a list in an emphasis": "".join("  " * n + "* a\n" for n in range(249)),
    "stars": "*" * 2000 + "a" + "*" * 2000,
    "quotes": "> " * 5000 + "a",
    "comments": "<!--" * 30_000,
    "different backticks": "".join("e" + "`" * n for n in range(350)),
    "emphasis": "a**b" * 8000 + "c* " * 8000,
    "headings": "# a\n" * 8000,
    "headings that are the same": "\n\n".join(["## Same"] * 2000),
    "a table": "| a | b |\n|---|---|\n" + "| x | y |\n" * 5000,
    "a zero byte": "a\0b" * 1000,
}


@pytest.mark.parametrize("name", INPUTS)
def test_a_page_over_its_budget_is_reported_and_the_rest_is_built(
    tmp_path: Path, name: str
) -> None:
    files: dict[str, str | bytes] = {
        "proofdown.yml": SETTINGS + "checks: {over-budget: warning, markdown-error: warning}\n",
        "content/index.md": "# Home\n\nHello.\n",
        "content/bad.md": f"# Bad\n\nFirst.\n\n{INPUTS[name]}\n",
    }
    project = Project.make(tmp_path / "project", files)
    done = run_command("build", "--format", "concise", cwd=project.root)
    assert done.code in (0, 1), done.out
    assert "Traceback" not in done.out
    stopped = [d for d in done.diagnostics if "[over-budget]" in d or "[markdown-error]" in d]
    if done.code == 0:
        assert "Hello." in project.html()
        assert stopped or "First." in project.html("bad/index.html")
    assert all(d.startswith("content/bad.md:") for d in stopped)


MODULE = """
from markdown import Extension
from markdown.preprocessors import Preprocessor
import os, signal

class Bad(Preprocessor):
    def run(self, lines):
        text = "".join(lines)
        if "DIE" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "MEMORY" in text:
            self.kept = [bytearray(1 << 20) for _ in range(1 << 20)]
        return lines

class BadExtension(Extension):
    def extendMarkdown(self, md):
        md.preprocessors.register(Bad(md), "bad", 100)
"""


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("DIE", "content/bad.md: error[over-budget]: this page ends the process that converts it"),
        (
            "MEMORY",
            "content/bad.md:3: error[over-budget]: "
            "this takes more than 200 MB of memory to convert",
        ),
    ],
)
def test_a_page_that_kills_its_worker_or_exhausts_memory_is_reported(
    tmp_path: Path, word: str, found: str
) -> None:
    project = Project.make(
        tmp_path / "project",
        {
            "proofdown.yml": SETTINGS + "markdown_extensions: ['bad_extension:BadExtension']\n",
            "code/bad_extension.py": MODULE,
            "content/index.md": "# Home\n",
            "content/bad.md": f"# Bad\n\n{word}\n",
        },
    )
    path = {"PYTHONPATH": os.pathsep.join([str(project.root / "code"), *sys.path])}
    done = run_command("build", "--format", "concise", cwd=project.root, env=path)
    assert (done.code, done.diagnostics) == (1, [found])


def test_the_next_build_retries_a_page_that_was_abandoned(tmp_path: Path) -> None:
    project = Project.make(
        tmp_path / "project",
        {"proofdown.yml": SETTINGS, "content/index.md": f"# Home\n\n{'[' * 4000}\n"},
    )
    first = project.build()
    assert "[over-budget]" in first.out
    kept = project.root / ".proofdown" / "cache" / "shards"
    assert not list(kept.glob("parsed-*"))
    assert project.build() == first
