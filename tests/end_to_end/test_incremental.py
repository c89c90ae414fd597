"""The cache makes no difference: an incremental build equals a clean one, byte for byte."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from proofdown.build.pipeline import build_site
from proofdown.diagnostics import OutputError
from proofdown.runtime.cache.lock import BLOBS, CACHE_FOLDER
from tests.support.clean_build import assert_same, build, build_clean, compare_with_clean
from tests.support.project import Project
from tests.support.sample_site import SETTINGS, make_site, write_settings
from tests.support.site_edits import EDITS
from tests.support.site_edits.output import cache_files

IS_SOAK = bool(os.environ.get("PROOFDOWN_SOAK"))
SEQUENCES = 10_000 if IS_SOAK else 200
EDITS_EACH = 12 if IS_SOAK else 5


@pytest.fixture(autouse=True)
def _as_in_large_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the few pages of these sites go to workers, in several batches."""
    monkeypatch.setattr("proofdown.site.outputs.search_index.BATCH_SIZE", 2)
    monkeypatch.setattr("proofdown.site.outputs.search_index.FEW_PAGES", 1)
    monkeypatch.setattr("proofdown.checks.prose.proofread.SMALL_BATCH", 0)


@cache
def built_site() -> Path:
    """Return the folder of the site before any edit, built once."""
    root = Path(tempfile.mkdtemp(prefix="proofdown-incremental-")) / "site of edits"
    make_site(root).build()
    return root


class SiteOfEdits(RuleBasedStateMachine):
    """A site that is edited and built, and the same site built without a cache."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="proofdown-edits-"))
        self.project = Project(self.folder / "project")
        shutil.copytree(built_site(), self.project.root, symlinks=True)
        self.is_built = True

    @rule(kind=st.sampled_from(sorted(EDITS)), number=st.integers(0, 400))
    def edit(self, kind: str, number: int) -> None:
        """Edit the site in one of the ways."""
        EDITS[kind](self.project.root, number)
        self.is_built = False

    @precondition(lambda self: not self.is_built)
    @rule()
    def build(self) -> None:
        """Build the site as it lies there, and its sources elsewhere, and compare."""
        self.is_built = True
        compare_with_clean(self.project, self.folder / "another" / "clean")

    def teardown(self) -> None:
        """Build once more what was edited last, and remove the site."""
        try:
            if not self.is_built:
                self.build()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def test_incremental_equals_clean_after_any_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    if not IS_SOAK:  # workers make no difference (see below), and cost more than these pages
        monkeypatch.setenv("PROOFDOWN_WORKERS", "0")
    run_state_machine_as_test(
        SiteOfEdits,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=EDITS_EACH,
            derandomize=not IS_SOAK,
            print_blob=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def site(tmp_path: Path) -> Project:
    """Return the site of edits, built."""
    root = tmp_path / "project"
    shutil.copytree(built_site(), root, symlinks=True)
    return Project(root)


def _bodies(project: Project) -> list[Path]:
    return _texts(project, "bodies")


def _texts(project: Project, kind: str) -> list[Path]:
    return sorted((project.root / CACHE_FOLDER / kind).iterdir())


def _change_layout(project: Project) -> None:
    file = project.root / "templates" / "page.html"
    file.write_text(file.read_text("utf-8").replace("<main>", "<main class=other>"), "utf-8")


@pytest.mark.parametrize("length", [0, 1, 64, 65, 66, 100])
def test_a_truncated_cache_file_is_rebuilt(site: Project, tmp_path: Path, length: int) -> None:
    for body in _bodies(site):
        body.write_bytes(body.read_bytes()[:length])
    _change_layout(site)
    compare_with_clean(site, tmp_path / "clean")


@pytest.mark.parametrize("kind", BLOBS)
def test_swapped_cache_files_are_rebuilt(site: Project, tmp_path: Path, kind: str) -> None:
    one, other = (text.read_bytes() for text in _texts(site, kind)[:2])
    for text, data in zip(_texts(site, kind), (other, one), strict=False):
        text.write_bytes(data)
    _change_layout(site)
    compare_with_clean(site, tmp_path / "clean")


def test_search_is_the_same_however_pages_are_batched(
    site: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees = []
    for size in (1, 3, 100):
        monkeypatch.setattr("proofdown.site.outputs.search_index.BATCH_SIZE", size)
        made = build_clean(site, tmp_path / str(size))
        made.build()
        trees.append({path: data for path, data in made.tree().items() if "search/" in path})
    assert len(trees[0]) > 3
    assert_same(trees[1], trees[0], "search")
    assert_same(trees[2], trees[0], "search")


def test_a_cache_file_that_is_damaged_under_its_old_time_is_rebuilt(
    site: Project, tmp_path: Path
) -> None:
    _change_layout(site)  # so that all texts are known by their stamps
    site.build()
    for text in _texts(site, "details"):
        _rot(text)
    site.write({"content/plain.md": "# Plain\n\nOther words.\n"})
    compare_with_clean(site, tmp_path / "clean")


def test_a_cache_file_that_is_damaged_during_a_build_fails_it_and_is_rebuilt(
    site: Project, tmp_path: Path
) -> None:
    site.write({"content/plain.md": "# Plain\n\nOther words.\n"})

    def rot(what: str, _done: int, _all: int) -> None:
        if what == "checking":
            for text in _texts(site, "details"):
                _rot(text)

    with pytest.raises(OutputError, match="the cache was changed from outside"):
        build_site(site.root, rot)
    compare_with_clean(site, tmp_path / "clean")


def _rot(text: Path) -> None:
    state = text.stat()
    text.write_bytes(text.read_bytes().swapcase())
    os.utime(text, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_diagnostics_name_a_content_folder_of_another_name(site: Project, tmp_path: Path) -> None:
    site.write({"content/plain.md": "---\nno_such_key: 1\n---\n# Plain\n"})
    site.build()
    EDITS["content folder renamed"](site.root, 0)
    compare_with_clean(site, tmp_path / "clean")


def test_an_included_file_is_checked_again_when_it_changes(site: Project, tmp_path: Path) -> None:
    EDITS["markdown extension"](site.root, 1)
    site.write({"content/plain.md": '# Plain\n\n--8<-- "part.txt"\n'})
    for part in ("See [it](#plain).\n", "See [it](#gone).\n"):
        site.write({"parts/part.txt": part})
        compare_with_clean(site, tmp_path / "clean")


def test_pages_that_move_to_another_section_of_a_large_nav_are_rendered_again(
    site: Project, tmp_path: Path
) -> None:
    site.write({f"content/{name}.md": f"# {name}\n" for name in "abcdefg"})
    for one, other in (("bcd", "f"), ("f", "bcd")):
        sections = [
            {"One": [{"Of one": "a.md"}, *(f"{n}.md" for n in one)]},
            {"Two": [{"Of two": "e.md"}, *(f"{n}.md" for n in other)]},
        ]
        many = [{f"Outside {n}": f"https://example.org/{n}"} for n in range(300)]
        write_settings(site.root, SETTINGS | {"nav": [*sections, *many]})
        compare_with_clean(site, tmp_path / "clean")


@pytest.mark.parametrize("name", ["flow.%64ot", "%66low.do%74", "flow&#46;dot", "flow.d&#10;ot"])
def test_a_changed_diagram_is_shown_however_its_name_is_written(
    site: Project, tmp_path: Path, name: str
) -> None:
    site.write({"content/plain.md": f'# Plain\n\n<img src="../diagrams/{name}" alt="Flow">\n'})
    site.build()
    site.write({"diagrams/flow.dot": "digraph { a -> changed }\n"})
    compare_with_clean(site, tmp_path / "clean")


def test_a_change_of_a_template_behind_a_linked_folder_is_noticed(
    site: Project, tmp_path: Path
) -> None:
    for number in range(2):
        EDITS["template folder that is a link"](site.root, number)
        compare_with_clean(site, tmp_path / "clean")


@pytest.mark.parametrize(
    ("path", "moment"),
    [
        ("content/plain.md", "converting pages"),
        ("content/plain.md", "drawing diagrams"),
        ("content/plain.md", "composing pages"),
        ("templates/page.html", "drawing diagrams"),
        ("templates/page.html", "composing pages"),
    ],
)
def test_an_edit_during_a_build_is_not_cached_under_the_state_before_it(
    site: Project, tmp_path: Path, path: str, moment: str
) -> None:
    """An editor saves while a build runs, and later undoes the change."""
    file, marked = site.root / path, False
    old = file.read_text("utf-8").replace("<main>", "<main class=a>").replace("words", "words so")
    file.write_text(old, "utf-8")

    def save(what: str, _done: int, _all: int) -> None:
        nonlocal marked
        if what == moment and not marked:
            marked = True
            file.write_text(old.replace("class=a", "class=b").replace("but", "and"), "utf-8")

    build_site(site.root, save)
    assert marked
    file.write_text(old, "utf-8")
    compare_with_clean(site, tmp_path / "clean")


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(file): (file.stat().st_mtime_ns, file.stat().st_ino) for file in folder.rglob("*")}


def test_a_build_without_changes_writes_nothing(site: Project) -> None:
    site.build()
    time.sleep(0.1)  # the states of files younger than a few clock ticks are not trusted
    site.build()
    before = _stamps(site.root)
    site.build()
    after = _stamps(site.root)
    assert sorted(p for p in before | after if before.get(p) != after.get(p)) == []


def test_an_edited_page_changes_only_the_outputs_that_show_it(site: Project) -> None:
    before = site.tree()
    site.write({"content/plain.md": "# Plain\n\nOther words.\n"})
    site.build()
    after = site.tree()
    changed = {path for path in after if after[path] != before.get(path)}
    own = {path for path in changed if not path.startswith("search/")}
    assert own == {"plain/index.html", "plain.md"}


def test_a_cache_that_was_copied_elsewhere_is_used(site: Project, tmp_path: Path) -> None:
    there = Project(tmp_path / "elsewhere" / "copy")
    shutil.copytree(site.root, there.root, ignore=shutil.ignore_patterns("site"))
    for file in there.root.rglob("*"):
        os.utime(file, (2 * 10**9, 2 * 10**9))
    folders = [there.root / CACHE_FOLDER / kind for kind in BLOBS]
    before = [_stamps(folder) for folder in folders]
    compare_with_clean(there, tmp_path / "clean")
    assert [_stamps(folder) for folder in folders] == before


def _damaged(data: bytes, number: int) -> Iterator[bytes]:
    """Yield some bytes truncated, with a bit flipped, and with bytes appended."""
    step = 1 if IS_SOAK else 997
    yield from (data[:length] for length in range(number % step, len(data), step))
    at = number * 7919 % max(1, len(data))
    yield data[:at] + bytes([data[at] ^ 1 << number % 8]) + data[at + 1 :] if data else b"\0"
    yield data + b"x"


def test_a_damaged_cache_never_makes_a_wrong_site(site: Project) -> None:
    _change_layout(site)
    clean = build(build_clean(site, site.root.parent / "clean"))
    tree = Project(site.root.parent / "clean").tree()
    files = {f: f.read_bytes() for f in cache_files(site.root) if f.name != "lock"}
    variants = [
        [(file, damaged) for damaged in _damaged(data, number)]
        for number, (file, data) in enumerate(files.items())
    ]
    for damages in zip_longest(*variants):
        for file, data in files.items():
            file.parent.mkdir(exist_ok=True, parents=True)
            file.write_bytes(data)
        for damage in filter(None, damages):
            damage[0].write_bytes(damage[1])
        assert build(site) == clean
        assert_same(site.tree(), tree, "the site")


def test_files_that_killed_builds_left_in_the_cache_are_removed(site: Project) -> None:
    cache = site.root / CACHE_FOLDER
    names = ("shards/composed-00.1.tmp", "last.1.tmp", "unfinished/x")
    left = [cache / name for name in names]
    for file in left:
        file.write_bytes(b"half")
    site.write({"content/plain.md": "# Plain\n\nOther words.\n"})
    site.build()
    assert [file for file in left if file.exists()] == []
