"""Edits during a build: later builds are right, and this one mixes no two states."""

import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest

from tests.support.clean_build import assert_same, build_clean
from tests.support.concurrent_edits import (
    BROKEN_OFF,
    CHANGES,
    Target,
    build_apart,
    build_while_changed,
)
from tests.support.project import Project
from tests.support.sample_site import (
    CLAIMS,
    HELP,
    load_settings,
    make_site,
    recording,
    write_settings,
)

IS_SOAK = bool(os.environ.get("PROOFDOWN_SOAK"))
TICK = 0.06
"""Age in seconds at which a file's stamp is trusted."""
INCLUDING = "content/words/including.md"
PAGE = b"# Plain\n\nNothing but words, and a colour.\n"
INPUTS: dict[str, tuple[bytes, bytes]] = {
    "content/words/page.md": (PAGE, PAGE.replace(b"colour", b"nuance")),
    INCLUDING: (b'# In\n\n--8<-- "snip.txt"\n', b'# On\n\n--8<-- "snip.txt"\n'),
    "content/words/page.claims.yml": (CLAIMS.encode(), CLAIMS.encode().replace(b"->", b"--")),
    "content/img/own.css": (b"a{background:url(one.png)}", b"a{background:url(two.png)}"),
    "content/img/one.png": (b"\x89PNG one", b"\x89PNG two"),
    "content/img/notes.txt": (b"One.\n", b"Two.\n"),
    "content/recordings/help": (
        recording(HELP).encode(),
        recording(HELP.replace("--name", "--nmae")).encode(),
    ),
    "diagrams/flow.dot": (b"digraph { a -> b }\n", b"digraph { a -> c }\n"),
    "templates/page.html": (
        b"<!doctype html><title>{{ page.title }}</title><p>One</p>{{ page.content }}\n",
        b"<!doctype html><title>{{ page.title }}</title><p>Two</p>{{ page.content }}\n",
    ),
    "templates/words.yml": (b"search: Find\n", b"search: Seek\n"),
    "templates/static/extra.css": (b"/* One */", b"/* Two */"),
    "parts/snip.txt": (b"A part.\n", b"A trap.\n"),
    ".proofdown.lock": (b"/\n/gone/\n", b"/\n/lost/\n"),
    "proofdown.baseline.json": (b'{"known": []}\n', b'{"known":  []}'),
}
"""Files that a build reads, each with two texts."""
ALL = [*INPUTS, "proofdown.yml"]


def sources() -> dict[str, str | bytes]:
    """Return the files of the site."""
    page = "# Also\n\n[x](words/page.md) ![One](img/one.png) [n](img/notes.txt)\n"
    found: dict[str, str | bytes] = {path: text for path, (text, _) in INPUTS.items()}
    return found | {"content/also.md": page, "content/img/two.png": b"\x89PNG 2nd"}


def built(path: str) -> Path:
    """Return the folder of a site that has been built, for a test of one of its files.

    Pages include files only in tests of included files, because such pages are not cached by their
    own text alone.
    """
    return _built(is_including=path in (INCLUDING, "parts/snip.txt"))


@cache
def _built(*, is_including: bool) -> Path:
    root = Path(tempfile.mkdtemp(prefix="proofdown-meanwhile-")) / "built"
    project = make_site(root)
    project.write(sources())
    if is_including:
        settings = load_settings(root)
        settings["markdown_extensions"] = [{"pymdownx.snippets": {"base_path": ["parts"]}}]
        write_settings(root, settings)
    assert build_apart(project)[0] == 0
    return root


def target_of(folder: Path, path: str, *, is_warm: bool) -> Target:
    """Return a copy of the site with a file to change, with a cache or without one.

    If there is a cache, it contains the results of the file's other text.
    """
    root = folder / "site"
    left_out = shutil.ignore_patterns(*([] if is_warm else [".proofdown", "site"]))
    shutil.copytree(built(path), root, symlinks=True, ignore=left_out)
    text, other = INPUTS.get(path) or ((root / path).read_bytes(),) * 2
    if path == "proofdown.yml":
        other = text.replace(b"Test", b"Tost")
    target = Target(root, path, *((other, text) if is_warm else (text, other)))
    target.prepare()
    time.sleep(TICK)
    return target


@cache
def clean(path: str, text: bytes) -> tuple[int, str, dict[str, bytes]]:
    """Return the exit code, report and files of a clean build with a text in one file."""
    with tempfile.TemporaryDirectory(prefix="proofdown-meanwhile-") as name:
        project = build_clean(Project(built(path)), Path(name) / "clean")
        project.write({path: text})
        return *build_apart(project), project.tree()


def check(folder: Path, path: str, kind: str, nth: int, *, is_warm: bool) -> bool:
    """Change a file at a build's n-th read, then build again; return whether n was reached.

    The second build must print and write what a clean one does. The first may write nothing, but if
    it writes, a page and its Markdown must both be of the same text that the file had.
    """
    target = target_of(folder, path, is_warm=is_warm)
    change = CHANGES[kind]
    is_reached, code, out = build_while_changed(target, change, nth)
    assert code != BROKEN_OFF, out
    project, left = Project(target.root), target.file.read_bytes()
    if path == PAGE_PATH and code == 0:
        states = [clean(path, t)[2] for t in (target.text, target.other, left)]
        if "emptied" in kind or "cut" in kind:
            states.append(clean(path, b"" if "emptied" in kind else half(target.text))[2])
        shown = [{p: s.get(p) for p in ("words/page/index.html", "words/page.md")} for s in states]
        shown += [dict.fromkeys(shown[0])]  # the files were missing at the time
        tree = project.tree()
        assert {p: tree.get(p) for p in shown[0]} in shown, "mixed"
    time.sleep(TICK)
    code, out = build_apart(project)
    clean_code, clean_out, tree = clean(path, left)
    assert_same(out, clean_out, "what was found")
    assert code == clean_code
    assert_same(project.tree(), tree, "the site")
    return is_reached


def half(text: bytes) -> bytes:
    """Return the first half of a text."""
    return text[: len(text) // 2]


def changes_of(path: str) -> list[str]:
    """Return the changes that are possible for a file: one at the top has no folder to swap."""
    return [kind for kind in CHANGES if "/" in path or "folder" not in kind]


PAGE_PATH = "content/words/page.md"
SAMPLE = [
    (PAGE_PATH, "emptied and written again", False),
    (PAGE_PATH, "moved away and back at once", False),
    (PAGE_PATH, "folder swapped and swapped back", True),
    (PAGE_PATH, "written anew", True),
    ("content/img/notes.txt", "folder swapped", False),
    ("templates/page.html", "emptied and written again", False),
    ("proofdown.yml", "replaced by an older file", True),
]
"""The cases of a normal test run; all cases take half an hour."""
EVERYTHING = [
    (path, kind, is_warm) for path in ALL for kind in changes_of(path) for is_warm in (False, True)
]


@pytest.mark.parametrize(("path", "kind", "is_warm"), EVERYTHING if IS_SOAK else SAMPLE)
def test_a_change_between_any_two_reads_is_in_the_next_build(
    tmp_path: Path, path: str, kind: str, *, is_warm: bool
) -> None:
    run_all_looks(tmp_path, path, kind, is_warm=is_warm)


def run_all_looks(folder: Path, path: str, kind: str, *, is_warm: bool) -> None:
    """Check each moment at which a file can be changed, until there are no further reads."""
    for nth in range(1, 40):
        here = folder / str(nth)
        here.mkdir()
        try:
            if not check(here, path, kind, nth, is_warm=is_warm):
                assert nth > 1, "the build never looks at it"
                return
        except AssertionError as fault:
            raise AssertionError(f"changed at look {nth}: {fault}") from fault
        shutil.rmtree(here)
    raise AssertionError("the build never stops looking")
