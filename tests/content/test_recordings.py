"""Recordings: made by running real programs, stored, shown, and compared with the page."""

import re
import sys
from pathlib import Path

import pytest

from tests.support.project import Project, Result

TOOL = """import sys
if "--version" in sys.argv:
    print("tool, version 1.4.2 (made up)")
else:
    print(open("says.txt").read(), end="")
"""
PYTHON = sys.executable


@pytest.fixture
def recorded(project: Project) -> Project:
    """Return a site that declares a recording of the output of its own tool."""
    project.write(
        {
            "tool.py": TOOL,
            "says.txt": "line one\nline two\nline three\n",
            "proofdown.yml": (
                "title: T\nrecordings:\n  tool:\n"
                f"    run: {PYTHON} tool.py\n"
                f"    versions: {{Tool: {PYTHON} tool.py --version}}\n    seconds: 20\n"
            ),
        }
    )
    return project


def record(project: Project, *arguments: str) -> Result:
    """Run `proofdown record`."""
    return project.run_plain("record", *arguments, "--site", str(project.root))


def kept(project: Project) -> str:
    """Return the text of the recording's file."""
    return (project.root / "content" / "recordings" / "tool").read_text("utf-8")


def test_a_recording_contains_a_head_and_the_output_of_the_tool(recorded: Project) -> None:
    result = record(recorded)
    assert (result.code, result.out) == (0, "tool: new\n")
    head, body = kept(recorded).split("---\n")[1:]
    assert body == "line one\nline two\nline three\n"
    assert re.fullmatch(
        rf"command: '{re.escape(PYTHON)} tool.py'\ndate: \d{{4}}-\d\d-\d\d\n"
        r"versions:\n  'Tool': '1.4.2'\nsha256: [0-9a-f]{64}\n",
        head,
    )
    assert recorded.check().code == 0


def test_recording_twice_changes_nothing(recorded: Project) -> None:
    record(recorded)
    old = kept(recorded).replace(kept(recorded).split("date: ")[1][:10], "2001-02-03")
    recorded.write({"content/recordings/tool": old})
    result = record(recorded)
    assert (result.code, result.out) == (0, "tool: as before\n")
    assert kept(recorded) == old


def test_a_changed_output_is_shown_and_recorded(recorded: Project) -> None:
    record(recorded)
    recorded.write({"says.txt": "line one\nline 2\nline three\n"})
    result = record(recorded)
    assert result.code == 0
    assert "tool: moved\n" in result.out
    assert "-line two\n+line 2\n" in result.out
    assert "line 2" in kept(recorded)


def test_check_writes_nothing_and_exits_with_1_if_the_output_changed(recorded: Project) -> None:
    record(recorded)
    old = kept(recorded)
    assert record(recorded, "--check").code == 0
    recorded.write({"says.txt": "something else\n"})
    result = record(recorded, "--check")
    assert result.code == 1
    assert "+something else" in result.out
    assert kept(recorded) == old


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("no-such-program --help", "there is no program `no-such-program` here"),
        (f"{PYTHON} -c 'import sys; sys.exit(\"broken\")'", "ended with 1: broken"),
        (f"{PYTHON} -c 'import time; time.sleep(60)'", "took longer than 1 s"),
        (f"{PYTHON} -c 'import os; os.write(1, bytes([255]))'", "printed bytes that are not UTF-8"),
        ("'unclosed", "does not run"),
    ],
)
def test_a_tool_that_fails_leaves_the_old_recording(
    recorded: Project, command: str, reason: str
) -> None:
    record(recorded)
    old = kept(recorded)
    quoted = command.replace("'", "''")
    recorded.write(
        {"proofdown.yml": f"title: T\nrecordings: {{tool: {{run: '{quoted}', seconds: 1}}}}\n"}
    )
    result = record(recorded)
    assert result.code == 1
    assert "error[failed-recording]: the recording `tool` was not made: " in result.out
    assert reason in result.out
    assert kept(recorded) == old


def test_output_that_is_invalid_yaml_leaves_the_old_recording(
    recorded: Project,
) -> None:
    recorded.write({"says.txt": "- {a: 1}\n"})
    record(recorded)
    recorded.write(
        {
            "says.txt": "- {a: 1\n",
            "content/index.claims.yml": 'tables: {"#x": {inputs: [a], recording: tool}}\n',
        }
    )
    result = record(recorded)
    assert result.code == 1
    assert "content/recordings/tool:9:1: error[failed-recording]" in result.out
    assert "- {a: 1}\n" in kept(recorded)


def test_an_undeclared_name_gets_a_suggestion(recorded: Project) -> None:
    result = record(recorded, "tol")
    assert result.code == 2
    assert "did you mean `tool`?" in result.out


def test_build_and_check_need_no_tool(recorded: Project) -> None:
    record(recorded)
    recorded.build()
    before = recorded.tree()
    (recorded.root / "tool.py").unlink()
    assert recorded.build().code == 0
    assert recorded.tree() == before


def test_a_page_shows_a_recording_whole_or_in_part_with_its_evidence(recorded: Project) -> None:
    record(recorded)
    recorded.write(
        {
            "content/index.md": "# Home\n\n![What it says](recordings/tool)\n",
            "content/part.md": '# Part\n\n![In part](recordings/tool){from="two" to="three"}\n',
        }
    )
    assert recorded.build("--strict").code == 0
    assert "line one\nline two\nline three\n</code>" in recorded.html()
    assert ">line two\nline three\n</code>" in recorded.html("part/index.html")
    assert re.search(r"Tool 1\.4\.2, \d+ \w+ \d{4}\.", recorded.html())
    assert (recorded.root / "site/recordings/tool.txt").read_text() == kept(recorded)


FLOW = """digraph { subgraph cluster_s { label=%s; s [label=libvirtd] }
 c [label=Client]
 c -> s [label=16509] }
"""


@pytest.fixture
def measured(recorded: Project) -> Project:
    """Return a site with a diagram, a table and a quote that are checked against a recording."""
    recorded.write(
        {
            "says.txt": (
                "connections:\n- {from: client, to: source, port: 16509}\n"
                "rows:\n- {Flag: N, After: gone}\n- {Flag: Y, After: kept}\n"
                "error: 'error: no such guest'\n"
            ),
            "content/index.md": (
                "# Home\n\n![The client reaches the source](../diagrams/flow.dot)\n\n"
                "## Cases\n\n| Flag | After |\n|---|---|\n| N | gone |\n| Y | kept |\n\n"
                "It says `error: no such guest`.\n"
            ),
            "content/index.claims.yml": (
                "diagrams: {flow: {recording: tool}}\n"
                'tables: {"#cases": {inputs: [Flag], recording: tool}}\n'
                'quotes: [{matches: "^error: ", recording: tool}]\n'
            ),
            "diagrams/flow.dot": FLOW % '"Source host"',
        }
    )
    record(recorded)
    return recorded


def test_claims_that_match_a_recording_hold(measured: Project) -> None:
    result = measured.build("--strict")
    assert result.code == 0, result.out
    assert "claims: 3 held, 0 broken, 0 not judged" in result.out


@pytest.mark.parametrize(
    ("path", "old", "new", "found"),
    [
        (
            "content/index.md",
            "| Y | kept |",
            "| Y | gone |",
            "content/index.md:10:7: error[table-contradicts]: "
            "`After` is `gone` here, but `kept` was recorded",
        ),
        (
            "diagrams/flow.dot",
            "label=16509",
            "label=16510",
            "diagrams/flow.dot:3:2: error[diagram-contradicts]: "
            "`Client -> Source host.libvirtd` is labelled `16510`, but recorded as `16509`",
        ),
        (
            "diagrams/flow.dot",
            "c -> s",
            "s -> c",
            "diagrams/flow.dot:3:2: error[diagram-contradicts]: "
            "the drawing `flow` has `Source host.libvirtd -> Client`, which is not recorded",
        ),
        (
            "content/index.md",
            "no such guest",
            "no such gest",
            "content/index.md:12:10: error[unrecorded-quote]: "
            "`error: no such gest` is not in the recording `tool`",
        ),
    ],
)
def test_a_difference_from_the_recording_fails_the_build(
    measured: Project, path: str, old: str, new: str, found: str
) -> None:
    text = (measured.root / path).read_text("utf-8")
    assert old in text
    measured.write({path: text.replace(old, new)})
    result = measured.build()
    assert result.code == 1
    assert found in result.diagnostics
    assert "content/recordings/tool" in measured.run("check").out


def test_a_page_shows_the_evidence_of_a_drawing_and_a_table(measured: Project) -> None:
    measured.build()
    html = measured.html()
    assert html.count('<p class="evidence">Measured on Tool 1.4.2, ') == 2
    assert html.index("</table></div><p class=") > html.index('<figure class="drawing">')


def test_the_proof_page_lists_every_claim_with_its_verdict(measured: Project) -> None:
    measured.write({"content/more.md": "# More\n\n![Again](../diagrams/flow.dot)\n"})
    measured.build()
    html = measured.html("proof/index.html")
    rows = re.findall(
        r'<tr><td>(.*?)</td><td>(\w+) <code>(.*?)</code><br><span class="evidence">(.*?)<', html
    )
    assert rows == [
        ("holds", "diagram", "flow", "content/index.claims.yml:1"),
        ("holds", "table", "#cases", "content/index.claims.yml:2"),
        ("holds", "quote", "error: no such guest", "content/index.claims.yml:3"),
        ("not judged", "diagram", "flow", "content/more.md:3"),
    ]
    assert '<a href="../recordings/tool.txt">tool</a>' in html


def test_a_site_without_claims_has_no_proof_page(project: Project) -> None:
    project.build()
    assert "proof/index.html" not in project.tree()
    assert "Proof<" not in project.html()


def test_a_connection_within_one_host_need_not_be_recorded(measured: Project) -> None:
    inner = FLOW.replace("s [label=libvirtd]", "s [label=libvirtd]; q [label=QEMU]; s -> q")
    measured.write({"diagrams/flow.dot": inner % '"Source host"'})
    assert measured.check().code == 0


def test_recording_leaves_no_temporary_file(recorded: Project) -> None:
    record(recorded)
    folder: Path = recorded.root / "content" / "recordings"
    assert [file.name for file in folder.iterdir()] == ["tool"]
