"""The page about the design matches the sources: the rooms, their imports, the words."""

import ast
import datetime
import re
import shutil
from pathlib import Path

import pytest
import yaml

from proofdown.content.evidence.recordings import recording_text
from tests.support.project import REPOSITORY, Project
from tests.tools.guide.imports import PACKAGE
from tests.tools.guide.rooms import drawn_imports, record_rooms
from tests.tools.lab.recording import dump

MANUAL = REPOSITORY / "content/manual"
PAGE = (MANUAL / "design.md").read_text("utf-8")
RECORDING = (REPOSITORY / "content/recordings/rooms").read_text("utf-8")


def section(heading: str) -> str:
    """Return a section of the page, with its heading."""
    return f"## {heading}\n" + PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a copy of the package's modules."""
    copy = tmp_path / "proofdown"
    for file in PACKAGE.rglob("*.py"):
        target = copy / file.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return copy


@pytest.fixture
def design(tmp_path: Path) -> Project:
    """Return a site with the drawing and the table of the rooms, and their claims."""
    claims = yaml.safe_load((MANUAL / "design.claims.yml").read_text("utf-8"))
    del claims["diagrams"]["build"]
    return Project.make(
        tmp_path / "site",
        {
            "content/index.md": f"# Design\n\n{section('The rooms')}".replace("../../", "../"),
            "content/index.claims.yml": yaml.safe_dump(claims),
            "content/recordings/rooms": RECORDING,
            "diagrams/rooms.dot": (REPOSITORY / "diagrams/rooms.dot").read_bytes(),
        },
    )


def check_against(package: Path, design: Project) -> list[str]:
    """Record the rooms of a package, as `proofdown record rooms` does; return the problems."""
    body = dump(record_rooms(package))
    recording = recording_text("rooms", datetime.date(2026, 12, 1), (), body)
    design.write({"content/recordings/rooms": recording})
    return [line.split(": ", 1)[1] for line in design.check().diagnostics]


def test_the_recording_of_the_rooms_is_up_to_date() -> None:
    recorded = RECORDING.split("\n---\n", 1)[1]
    assert recorded == dump(record_rooms()), "run `proofdown record rooms`"


def test_the_drawing_and_the_table_of_the_rooms_match_the_recording(design: Project) -> None:
    result = design.check()
    assert result.out.endswith("claims: 2 held, 0 broken, 0 not judged\n"), result.out


NEW_IMPORTS = {
    "at the top": "import proofdown.site.model",
    "late": "def late() -> None:\n    from proofdown.site import model",
    "for types": "if TYPE_CHECKING:\n    from proofdown.site.model import Site",
}


@pytest.mark.parametrize("text", NEW_IMPORTS.values(), ids=NEW_IMPORTS)
def test_an_import_that_is_not_drawn_is_refused(design: Project, package: Path, text: str) -> None:
    module = package / "runtime" / "progress.py"
    module.write_text(f"{module.read_text('utf-8')}\n{text}\n", "utf-8")
    assert check_against(package, design) == [
        "error[table-contradicts]: `Imports` is `ground` here, but `ground, site` was recorded",
        "error[diagram-contradicts]: the drawing `rooms` lacks "
        "`runtime cache, workers, budgets -> site links, layouts, search`, which is recorded here",
    ]


def test_an_import_that_the_drawing_implies_is_refused_by_the_table(
    design: Project, package: Path
) -> None:
    module = package / "serve" / "watch.py"
    module.write_text(f"{module.read_text('utf-8')}\nimport proofdown.checks.allows\n", "utf-8")
    assert check_against(package, design) == [
        "error[table-contradicts]: `Imports` is `ground, runtime, config, content, site, build` "
        "here, but `ground, runtime, config, content, site, checks, build` was recorded"
    ]


def test_a_new_room_is_refused(design: Project, package: Path) -> None:
    (package / "plugins").mkdir()
    (package / "plugins" / "load.py").write_text("import proofdown.files\n", "utf-8")
    assert [line.split(":")[0] for line in check_against(package, design)] == [
        "error[table-incomplete]",
        "error[diagram-contradicts]",
    ]


def test_a_drawing_leaves_out_imports_implied_by_a_longer_path() -> None:
    chain = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set[str]()}
    assert drawn_imports(chain, "dcba") == {"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": set()}


def names_in_the_sources() -> set[str]:
    """Return every name that a module of the package defines at its top level."""
    found: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def test_every_glossary_word_is_in_the_code_where_the_page_says() -> None:
    table = section("The words of the code")
    rows = re.findall(r"^\| (.+?) \| .+ \| (`.+`) \|$", table, re.MULTILINE)
    words = [word for word, _ in rows]
    assert len(rows) > 30
    assert words == sorted(words)
    known = names_in_the_sources()
    shown = [name for _, places in rows for name in re.findall(r"`(.+?)`", places)]
    assert [n for n in shown if n not in known and not (PACKAGE / n).exists()] == []
