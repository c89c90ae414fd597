"""Edits of diagrams, claims and recordings, and of the files that are written on request."""

from pathlib import Path

from tests.support.project import Project
from tests.support.sample_site import CLAIMS, HELP, TABLE, recording
from tests.support.site_edits.kinds import content_of, edit, pick, toggle


@edit
def diagram(root: Path, number: int) -> None:
    name = pick(number, "flow", "other", "UPPER")
    body = pick(
        number // 3,
        "digraph { a -> b }\n",
        "digraph { a -> c }\n",
        'digraph { a -> b; a [URL="../content/plain.md"] }\n',
        'digraph { a -> b; a [URL="../content/gone.md"] }\n',
        "digraph { a -> \n",
        "digraph { a [color=nocolour] }\n",
    )
    toggle(root / "diagrams" / f"{name}.dot", body)


@edit
def claims(root: Path, number: int) -> None:
    path = pick(number, "index", "plain", "guide/two", "gone")
    body = pick(
        number // 4,
        CLAIMS,
        "diagrams: {flow: {connections: [a -> c]}}\n",
        "diagrams: {other: {connections: [a -> b], recording: more}}\n",
        'tables: {"#cases": {inputs: [Type]}}\n',
        "diagrams: [\n",
    )
    toggle(content_of(root) / f"{path}.claims.yml", body)


@edit
def recorded(root: Path, number: int) -> None:
    name = pick(number, "help", "table", "more")
    body = pick(
        number // 3,
        recording(HELP),
        recording(HELP.replace("--name", "--nmae")),
        recording(TABLE.replace("Blue", "Green")),
        recording(TABLE).replace("Red", "Rot"),
        "no head\n",
    )
    toggle(content_of(root) / "recordings" / name, body)


@edit
def lock_file(root: Path, number: int) -> None:
    toggle(root / ".proofdown.lock", pick(number, "/\n/#home\n/#gone\n", "/\n/plain/\n/x/\n"))


@edit
def lock_file_written(root: Path, number: int) -> None:
    del number
    Project(root).check("--write-lock")


@edit
def baseline(root: Path, number: int) -> None:
    file = root / "proofdown.baseline.json"
    if file.exists() and number % 2:
        file.unlink()
    else:
        Project(root).check("--write-baseline")
