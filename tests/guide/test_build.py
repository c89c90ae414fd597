"""The guide of this repository: it passes the strict check, and mistakes in it are reported."""

import re
from pathlib import Path

from tests.support.project import REPOSITORY, Project, run_command


def test_the_guide_passes_the_strict_check_and_no_claim_is_broken() -> None:
    result = run_command("check", "--strict", cwd=REPOSITORY)
    assert result.code == 0, result.out
    summary = result.out.splitlines()[-1]
    counts = re.search(r"claims: (\d+) held, 0 broken, [1-9]\d* not judged", summary)
    assert counts, summary
    # All commands of virsh, quotes and drawings, and the sixteen cases hold. Tables that state no
    # decision are not judged, nor are the few commands of tools without a recorded help.
    assert int(counts[1]) >= 110


def test_a_diagram_copied_over_another_is_refused_by_name(tmp_path: Path) -> None:
    root = tmp_path / "guide"
    files: dict[str, str | bytes] = {}
    for folder in ("content", "diagrams", "templates"):
        for file in (REPOSITORY / folder).rglob("*"):
            if file.is_file():
                files[file.relative_to(REPOSITORY).as_posix()] = file.read_bytes()
    files["proofdown.yml"] = (REPOSITORY / "proofdown.yml").read_bytes()
    project = Project.make(root, files)
    assert project.build().code == 0
    before = project.tree()
    project.write({"diagrams/managed-p2p.dot": files["diagrams/managed-direct.dot"]})
    result = project.build()
    assert result.code == 1
    assert project.tree() == before
    assert [line.split(": ", 1)[1] for line in result.diagnostics] == [
        "error[diagram-contradicts]: the drawing `managed-p2p` lacks "
        "`Source host.libvirtd -> Destination host.libvirtd`, which is claimed here",
        "error[diagram-contradicts]: the drawing `managed-p2p` lacks "
        "`source -> destination: 16509`, which is recorded here",
        "error[duplicate-diagram]: this diagram says the same as `diagrams/managed-direct.dot`",
        "error[diagram-contradicts]: the drawing `managed-p2p` has "
        "`Client virsh -> Destination host.libvirtd`, which is not claimed",
        "error[diagram-contradicts]: the drawing `managed-p2p` has "
        "`Client virsh -> Destination host.libvirtd`, which is not recorded",
    ]
