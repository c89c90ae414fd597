"""The architecture: imports go one way, public names are pinned, every code has its manual page."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import proofdown
from proofdown.checks.registry import RULES, Rule
from tests.tools.guide.imports import PACKAGE as SOURCES
from tests.tools.guide.imports import find_imports, find_modules, load_imports, name_of, room_of
from tests.tools.guide.rooms import GROUND_MODULES, ROOMS

PACKAGES = sorted(SOURCES.rglob("__init__.py"))
MODULES = list(find_modules().values())
MOST_FILES = 14
LONGEST_MODULE = 370
LONGEST_FUNCTION = 50
HEADINGS = ("## What it does", "## Why it matters", "## Example", "## Instead")
STRANGERS = {"publish", "review", "serve"}
"""Rooms on the same level: none of them imports another."""
LIBRARIES = {
    "click": {"cli"},
    "graphviz": {"diagrams"},
    "livereload": {"serve"},
    "tornado": {"serve"},
}
"""Libraries that only these rooms import."""


NAMES = find_modules().keys()
IMPORTS = load_imports()


def subroom_of(module: str) -> str:
    """Return the folder that a module is in, with dots; empty for one on the ground."""
    return module.rpartition(".")[0]


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """Return a cycle of a graph, ending with its first node; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        return list(fault.args[1])
    return []


def test_the_map_in_the_docstring_names_every_room_and_every_file_of_the_ground() -> None:
    assert sorted(GROUND_MODULES) == sorted(name for name in NAMES if "." not in name)
    assert sorted(ROOMS) == sorted({room_of(name) for name in NAMES if "." in name})


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_a_module_imports_only_from_the_rooms_above_its_own_on_the_map(file: Path) -> None:
    here = room_of(name_of(file))
    order = [*GROUND_MODULES, *ROOMS]
    above = set(order[: order.index(here)]) if here in ROOMS else set(GROUND_MODULES)
    if here in STRANGERS:
        above -= STRANGERS
    assert sorted({room_of(m) for m in IMPORTS[name_of(file)]} - {*above, here}) == []


def test_no_modules_import_each_other_in_a_cycle() -> None:
    assert cycle_in(IMPORTS) == []


def test_no_folders_import_each_other_in_a_cycle() -> None:
    graph: dict[str, set[str]] = {}
    for module, imported in IMPORTS.items():
        here = subroom_of(module)
        graph.setdefault(here, set()).update({subroom_of(m) for m in imported} - {here})
    assert cycle_in(graph) == []


@pytest.mark.parametrize("file", PACKAGES, ids=name_of)
def test_an_init_file_contains_only_a_docstring(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    assert ast.get_docstring(tree)
    rest = [ast.unparse(node) for node in tree.body[1:]]
    is_top = file.parent == SOURCES
    assert [line for line in rest if not (is_top and line.startswith("__"))] == []


@pytest.mark.parametrize("file", PACKAGES, ids=name_of)
def test_a_folder_contains_only_about_a_dozen_files(file: Path) -> None:
    assert len(list(file.parent.glob("*.py"))) - 1 <= MOST_FILES


@pytest.mark.parametrize(("library", "rooms"), LIBRARIES.items(), ids=LIBRARIES)
def test_a_library_is_imported_only_by_its_rooms(library: str, rooms: set[str]) -> None:
    found = {
        room_of(name_of(file))
        for file in MODULES
        if any(m.split(".")[0] == library for m in find_imports(file, NAMES))
    }
    assert found == rooms


def test_no_check_imports_the_table_of_rules() -> None:
    files = [name for name, imported in IMPORTS.items() if "checks.registry" in imported]
    assert [name for name in files if room_of(name) == "checks"] == []


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
    assert len(text.splitlines()) <= LONGEST_MODULE


def test_only_the_diagrams_room_knows_dot() -> None:
    # Code that looks for `.dot` misses the next language: ask `diagrams.languages`.
    outside = [file for file in MODULES if room_of(name_of(file)) != "diagrams"]
    spelt: set[str] = set()
    for file in outside:
        nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        texts = (n for n in nodes if isinstance(n, ast.Constant) and id(n) not in docstrings)
        spelt |= {name_of(file) for node in texts if ".dot" in str(node.value)}
    assert spelt == set()
    inner = "diagrams.dot."
    assert [f for f in map(name_of, outside) if any(m.startswith(inner) for m in IMPORTS[f])] == []


def test_only_one_module_starts_git() -> None:
    firsts = {
        name_of(file)
        for file in MODULES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.List) and getattr(next(iter(node.elts), 0), "value", "") == "git"
    }
    assert firsts == {"runtime.git"}


STARTING_LIBRARIES = {"subprocess", "multiprocessing", "pty", "webbrowser"}
STARTING_CALLS = re.compile(
    r"os\.(fork|forkpty|exec\w+|spawn\w+|posix_spawnp?|system|popen|startfile)"
    r"|\w+\.create_subprocess_\w+|\w+\.subprocess_(exec|shell)"
)


def starts_processes(file: Path) -> bool:
    """Return whether a file imports or calls what starts or forks a process."""
    if {module.split(".")[0] for module in find_imports(file, NAMES)} & STARTING_LIBRARIES:
        return True
    text = file.read_text("utf-8")
    tree = ast.parse(text)
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return "ProcessPool" in text or any(STARTING_CALLS.fullmatch(name) for name in used)


def test_only_these_modules_of_the_runtime_start_processes() -> None:
    # Before you add one, ask where the program comes from, and what it trusts.
    assert {name_of(file) for file in MODULES if starts_processes(file)} == {
        "runtime.system.programs",
        "runtime.workers.forks",
        "runtime.workers.pool",
        "runtime.workers.worker",
    }


WRITERS = {
    "folders": "holds folders open, and follows no link in them",
    "runtime.system.scratch": "makes folders of its own below the temporary one",
    "runtime.git": "fills such a scratch folder",
    "review.patches": "fills such a scratch folder",
    "review.sides": "fills such a scratch folder",
    "publish.hosts.rsync": "fills such a scratch folder",
    "publish.hosts.directory": "makes the folders on the way to a target outside the site",
    "publish.hosts.git_blobs": "fills such a scratch folder",
    "publish.hosts.s3": "fills such a scratch folder",
    "cli.start": "opens the null device",
    "publish.hosts.git_locks": "removes a lock that Git named, in the repository that it is in",
    "cli.new.starter": "writes into a folder that is new or empty",
    "checks.prose.lexicon.pack": "packs the package's own lists for its developers",
    "build.output.write": "makes the folders on the way to an output folder outside the site",
    "build.baseline": "removes its file in the site's root, or the link in its place",
}
"""Modules that write or remove files by path, each with why no symbolic link misleads it."""


def test_only_these_modules_write_and_remove_files() -> None:
    by_path = re.compile(
        r"\.(?:write_bytes|write_text|unlink|rmdir|symlink_to|touch|mkdir)\("
        r"|\bos\.(?:unlink|rename|replace|remove|mkdir|makedirs|rmdir|symlink|truncate)\("
        r"|\bshutil\.(?:rmtree|copy|copy2|copyfile|copytree|move)\b|\btempfile\b"
        r"|\bopen\([^)\n]*[\"'][wax]b?\+?[\"']"
    )
    found = {name_of(file) for file in MODULES if by_path.search(file.read_text("utf-8"))}
    assert sorted(found - WRITERS.keys()) == []
    assert sorted(WRITERS.keys() - found) == []


DOCUMENTED_HOOKS = {"sys.unraisablehook", "sys.stderr", "threading.excepthook"}
"""Attributes of the standard library that programs are meant to set."""


def foreign_names_in(tree: ast.AST) -> set[str]:
    """Return the names in a file that refer to modules, classes and functions of others."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("proofdown"):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names = {alias.asname or alias.name.split(".")[0] for alias in node.names}
            found |= names - {"proofdown"}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if isinstance(node.value, ast.Call) and "import_module" in ast.unparse(node.value.func):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def changed_attributes_in(tree: ast.AST) -> Iterator[ast.Attribute | ast.Call]:
    """Yield every attribute that is assigned or deleted, and every call of `setattr` and such."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "delattr"):
            yield node


def owner_of(changed: ast.Attribute | ast.Call) -> str:
    """Return the first name in an attribute that is changed: `a` of `a.b().c = 1`."""
    node: ast.AST = changed.args[0] if isinstance(changed, ast.Call) else changed.value
    while not isinstance(node, ast.Name | ast.Constant):
        node = next(ast.iter_child_nodes(node))
    return str(getattr(node, "id", ""))


def patches_in(file: Path) -> set[str]:
    """Return the attributes of other packages' modules and classes that a file changes."""
    tree = ast.parse(file.read_text("utf-8"))
    names = foreign_names_in(tree)
    return {ast.unparse(c) for c in changed_attributes_in(tree) if owner_of(c) in names}


def test_only_one_folder_patches_other_libraries() -> None:
    found = {name_of(file): patches_in(file) - DOCUMENTED_HOOKS for file in MODULES}
    places = {subroom_of(name) for name, patches in found.items() if patches}
    assert places == {"markup.fast"}


def test_no_module_is_a_catch_all() -> None:
    drawers = {"utils", "util", "helpers", "common", "core", "base", "manager", "handler", "misc"}
    assert {f.stem for f in MODULES} & drawers == set()


def test_the_package_exports_only_its_version() -> None:
    assert proofdown.__all__ == ["__version__"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", proofdown.__version__)


def test_every_code_has_one_row() -> None:
    table = ast.parse((SOURCES / "checks" / "registry.py").read_text("utf-8"))
    codes = [
        ast.literal_eval(keyword.value)
        for node in ast.walk(table)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rule"
        for keyword in node.keywords
        if keyword.arg == "code"
    ]
    assert sorted(codes) == list(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_has_the_name_of_the_check_that_documents_it(rule: Rule) -> None:
    assert getattr(rule.first_check, "__name__", rule.code).replace("_", "-") == rule.code


def test_the_manual_pages_are_those_of_the_rules_without_a_check() -> None:
    pages = sorted(file.name for file in (SOURCES / "checks" / "manual").iterdir())
    assert pages == [f"{code}.md" for code, rule in RULES.items() if not rule.first_check]


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_a_manual_page_under_the_four_headings(code: str) -> None:
    manual = RULES[code].load_manual()
    assert manual == manual.strip()
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


def test_only_one_module_defines_how_a_markdown_fence_begins() -> None:
    found = {name_of(file) for file in MODULES if "`{3," in file.read_text("utf-8")}
    assert found == {"markup.syntax.grammar"}


PRINTING = re.compile(
    r"\bclick\.s?echo\(|(?<![\w.])print\(|\bstd(?:out|err)\.(?:buffer\.)?write(?:lines)?\("
)


def test_only_the_printers_write_to_the_terminal() -> None:
    # Each of these escapes terminal control characters, or prints only its own texts.
    printers = {
        "cli.printing",
        "runtime.console",
        "runtime.system.crash",
        "runtime.progress",
        "cli.start",
    }
    texts = {f: f.read_text("utf-8").replace('click.echo("stopped"', "") for f in MODULES}
    found = {name_of(f) for f, text in texts.items() if PRINTING.search(text)}
    assert sorted(found - printers) == []
