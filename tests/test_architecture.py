"""The house: imports go one way, public names are pinned, every code has its manual page."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import proofdown
from proofdown.checks import RULES
from support import REPOSITORY

SOURCES = REPOSITORY / "src" / "proofdown"
STORY = re.findall(r"^    (\w+) {2,}\S", proofdown.__doc__ or "", re.MULTILINE)
MODULES = sorted(p for p in SOURCES.rglob("*.py") if p.name not in ("__init__.py", "__main__.py"))
LONGEST_MODULE = 360
LONGEST_FUNCTION = 45
HEADINGS = ("## What it does", "## Why it matters", "## Example", "## Instead")


def part_of_story(module: str) -> str:
    """Return the part of the story that a module belongs to: its own name or its package's."""
    return module.removeprefix("proofdown.").split(".")[0]


def imports_of(file: Path) -> Iterator[str]:
    """Yield every module of ours that a file imports: at its top, late, or for types only."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "proofdown":
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def name_of(file: Path) -> str:
    """Return a source file's module name without the package's."""
    return ".".join(file.relative_to(SOURCES).with_suffix("").parts)


def test_the_story_in_the_docstring_names_every_module() -> None:
    found = {part_of_story(name_of(file)) for file in MODULES}
    assert sorted(STORY) == sorted(found)


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_module_imports_only_from_those_above_it_in_the_story(file: Path) -> None:
    here = part_of_story(name_of(file))
    above = STORY[: STORY.index(here)]
    ours = {part_of_story(m) for m in imports_of(file) if m.startswith("proofdown.")}
    assert sorted(ours - {*above, here}) == []


def test_no_check_imports_the_table_of_rules() -> None:
    files = [f for f in MODULES if f.parent.name == "checks"]
    assert [f.name for f in files if "proofdown.checks" in set(imports_of(f))] == []


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_modules_and_functions_stay_small(file: Path) -> None:
    text = file.read_text("utf-8")
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno
        >= LONGEST_FUNCTION + len((ast.get_docstring(node) or "").splitlines())
    }
    assert long == {}
    is_text_only = file.name == "faults.py"
    assert is_text_only or len(text.splitlines()) <= LONGEST_MODULE


def test_git_is_started_by_one_module_alone() -> None:
    firsts = {
        name_of(file)
        for file in MODULES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.List) and getattr(next(iter(node.elts), 0), "value", "") == "git"
    }
    assert firsts == {"gitcommand"}


def test_programs_are_started_by_these_modules_alone() -> None:
    # Whoever adds one asks first: from where does the program come, and what does it believe?
    starters = re.compile(
        r"\bsubprocess\b|\bos\.(?:exec|spawn|posix_spawn|system|popen)|\bpty\.spawn"
        r"|\bcreate_subprocess_|\bgraphviz\.backend"
    )
    found = {name_of(file) for file in MODULES if starters.search(file.read_text("utf-8"))}
    assert found == {"dot", "gitcommand", "publish.programs", "publish.rsync", "record"}


WRITERS = {
    "folders": "holds folders open, and follows no link in them",
    "scratch": "makes folders of its own below the temporary one",
    "gitcommand": "fills such a scratch folder",
    "review.patches": "fills such a scratch folder",
    "review.sides": "fills such a scratch folder",
    "publish.rsync": "fills such a scratch folder",
    "publish.directory": "makes the folders on the way to a target outside the site",
    "publish.gitblobs": "fills such a scratch folder",
    "publish.s3": "fills such a scratch folder",
    "start": "opens the null device",
    "publish.gitlocks": "removes a lock that Git named, in the repository that it is in",
    "starter": "writes into a folder that is new or empty",
    "prose.wordlists": "packs the package's own lists for its developers",
    "write": "makes the folders on the way to an output folder outside the site",
    "baseline": "removes its file, which is in the site's root, and a link in its place itself",
}
"""Modules that write or remove files by path, each with why no link of a tree misleads it."""


def test_files_are_written_and_removed_by_these_modules_alone() -> None:
    by_path = re.compile(
        r"\.(?:write_bytes|write_text|unlink|rmdir|symlink_to|touch|mkdir)\("
        r"|\bos\.(?:unlink|rename|replace|remove|mkdir|makedirs|rmdir|symlink|truncate)\("
        r"|\bshutil\.(?:rmtree|copy|copy2|copyfile|copytree|move)\b|\btempfile\b"
        r"|\bopen\([^)\n]*[\"'][wax]b?\+?[\"']"
    )
    found = {name_of(file) for file in MODULES if by_path.search(file.read_text("utf-8"))}
    assert sorted(found - WRITERS.keys()) == []
    assert sorted(WRITERS.keys() - found) == []


def test_no_module_is_a_drawer() -> None:
    drawers = {"utils", "util", "helpers", "common", "core", "base", "manager", "handler", "misc"}
    assert {f.stem for f in MODULES} & drawers == set()


def test_the_public_names_of_the_package_are_these() -> None:
    assert proofdown.__all__ == ["__version__"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", proofdown.__version__)


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_a_manual_page_under_the_four_headings(code: str) -> None:
    manual = RULES[code].manual
    assert [h for h in HEADINGS if h not in manual] == []
    first = manual.split("\n", 1)[0]
    assert first.endswith(".")
    assert not first.startswith("#")


def test_every_code_that_the_sources_use_is_in_the_table() -> None:
    found: set[str] = set()
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            is_made_here = (
                isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Diagnostic"
            )
            if (
                isinstance(node, ast.Call)
                and is_made_here
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    assert sorted(found - set(RULES)) == []


PRINTING = re.compile(
    r"\bclick\.s?echo\(|(?<![\w.])print\(|\bstd(?:out|err)\.(?:buffer\.)?write(?:lines)?\("
)


def test_only_the_printers_write_to_the_terminal() -> None:
    # Each of these escapes what could steer a terminal, or prints texts of its own alone.
    printers = {"cli.printing", "console", "crash", "progress", "start"}
    texts = {f: f.read_text("utf-8").replace('click.echo("stopped"', "") for f in MODULES}
    found = {name_of(f) for f, text in texts.items() if PRINTING.search(text)}
    assert sorted(found - printers) == []
