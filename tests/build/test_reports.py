"""Reports for programs, compared with golden files, and the options that decide what passes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_sarif import model as sarif

from proofdown.build.report.text import first_line
from proofdown.checks.registry import RULES
from proofdown.diagnostics import Diagnostic, Severity
from proofdown.source import Location
from tests.support.generated import often
from tests.support.project import Project, run_command

GOLDEN = Path(__file__).parent / "golden"
FILES: dict[str, str | bytes] = {
    "content/index.md": "# Home\n\n50 % [a, b](gone.md), [c](home.md).\n\n### Deep\n\n![](x.png)\n",
    "content/x.png": b"\x89PNG",
    "content/other.md": "No heading: é 😀 [x](index.md#nope)\n",
    "content/a.md": "---\ntitle: A\ntitle: B\n---\n# A\n",
}


@pytest.fixture
def broken(tmp_path: Path) -> Project:
    """Return a site with problems of several kinds."""
    return Project.make(tmp_path / "site", FILES)


@pytest.mark.parametrize("name", ["json", "sarif", "github"])
def test_a_format_matches_its_golden_file(
    broken: Project, name: str, request: pytest.FixtureRequest
) -> None:
    found = broken.run("check", "--format", name).out
    if name == "sarif":
        data = json.loads(found)
        data["runs"][0]["tool"]["driver"]["rules"] = []
        for result in data["runs"][0]["results"]:
            assert list(RULES)[result.pop("ruleIndex")] == result["ruleId"]
        found = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    golden = GOLDEN / f"report.{name}"
    if request.config.getoption("--update"):
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")


def test_sarif_is_valid_against_its_schema(broken: Project) -> None:
    data = json.loads(broken.run("check", "--format", "sarif").out)
    # The model is generated from the schema that OASIS publishes, and forbids unknown keys.
    sarif.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate(data)
    assert [rule["id"] for rule in data["runs"][0]["tool"]["driver"]["rules"]] == list(RULES)


def test_json_has_every_key_for_every_diagnostic(broken: Project) -> None:
    data = json.loads(broken.run("check", "--format", "json").out)
    keys = "code severity message path line column end_line end_column help notes".split()
    assert {tuple(d) for d in data["diagnostics"]} == {tuple(keys)}
    assert data["claims"] == {"held": 0, "broken": 0, "not_judged": 0}


@pytest.mark.parametrize(
    "claims",
    [
        "diagrams: {a: {}}",
        "diagrams: {a: }",
        "diagrams: {a: {conections: [a -> b]}}",
        "diagrams: {a: {connections: text}}",
        "diagrams: {a: {connections: ~}}",
        "diagrams: {a: {between: [a, b]}}",
        "diagrams: {a: {connections: [a -> b, a to b]}}",
        'tables: {"#home": {}}',
        'tables: {"#home": {inputs: {In: []}}}',
        'tables: {"#home": {inputs: {In: [1], Out: {}}}}',
        'tables: {"#home": {inputs: {In: [1]}, rules: [{when: {In: 1}}]}}',
    ],
)
def test_an_invalid_claim_is_not_judged(project: Project, claims: str) -> None:
    table = "| In | Out |\n|----|-----|\n| 1 | 2 |\n"
    project.write(
        {
            "diagrams/a.dot": "digraph { a -> b }\n",
            "content/index.md": f"# Home\n\n![A leads to B](../diagrams/a.dot)\n\n{table}",
            "content/index.claims.yml": claims,
        }
    )
    data = json.loads(project.run("check", "--format", "json").out)
    assert {d["path"] for d in data["diagnostics"]} == {"content/index.claims.yml"}
    assert data["claims"] == {"held": 0, "broken": 0, "not_judged": 2}


def test_a_reference_that_nothing_defines_ends_where_its_name_ends(project: Project) -> None:
    project.write(
        {"content/index.md": "---\ntitle: Home\n---\n\nSee [the manual][virsh-manual].\n"}
    )
    data = json.loads(project.run("check", "--format", "json").out)
    found = [[d[key] for key in ("column", "end_line", "end_column")] for d in data["diagnostics"]]
    assert found == [[18, 5, 30]]


def test_standard_output_contains_only_the_report(project: Project) -> None:
    result = run_command("build", "--format", "json", cwd=project.root)
    assert json.loads(result.out[: result.out.rindex("}") + 1])["diagnostics"] == []
    assert result.out.rstrip().endswith("changed")


def test_a_baseline_lets_old_problems_pass_and_lists_them(broken: Project) -> None:
    assert broken.check().code == 1
    assert broken.check("--write-baseline").code == 0
    result = broken.check("--strict")
    assert result.code == 0
    assert all(": note[" in line and line.endswith(" (known)") for line in result.diagnostics)


def test_a_new_problem_fails_the_build_despite_a_baseline(broken: Project) -> None:
    broken.check("--write-baseline")
    broken.write({"content/b.md": "# B\n\n[x](nowhere.md)\n"})
    result = broken.check()
    assert result.code == 1
    assert [line for line in result.diagnostics if ": note[" not in line] == [
        "content/b.md:3:5: error[broken-link]: no page or file at `nowhere.md`"
    ]


def test_a_second_occurrence_of_a_known_problem_is_new(broken: Project) -> None:
    broken.check("--write-baseline")
    text = str(FILES["content/index.md"])
    broken.write({"content/index.md": text + "\n[again](gone.md)\n"})
    assert broken.check().code == 1


def test_a_problem_on_another_line_is_still_known(broken: Project) -> None:
    broken.check("--write-baseline")
    moved = str(FILES["content/index.md"]).replace("50 %", "More text.\n\n50 %")
    broken.write({"content/index.md": moved})
    assert broken.check().code == 0


def test_a_baseline_only_ever_shrinks(broken: Project) -> None:
    broken.check("--write-baseline")
    file = broken.root / "proofdown.baseline.json"
    before = json.loads(file.read_text())["known"]
    broken.write({"content/b.md": "[x](nowhere.md)\n", "content/other.md": "# Other\n"})
    broken.check("--write-baseline")
    after = json.loads(file.read_text())["known"]
    assert after
    assert [entry for entry in after if entry not in before] == []
    assert len(after) < len(before)
    (broken.root / "content" / "b.md").unlink()
    broken.write({"content/index.md": "# Home\n", "content/a.md": "# A\n"})
    broken.write({"content/x.png": b"", "content/a.md": "# A\n\n![x](x.png)\n"})
    broken.check("--write-baseline")
    assert not file.exists()


@pytest.mark.parametrize("format_", ["json", "sarif", "github"])
def test_formats_for_programs_report_why_a_run_failed(project: Project, format_: str) -> None:
    project.write({"proofdown.yml": "title: T\nnav: [index.md\n"})
    done = subprocess.run(
        [sys.executable, "-m", "proofdown", "check", "--format", format_],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "error[invalid-yaml]" in done.stderr) == (2, True)
    if format_ == "json":
        (found,) = json.loads(done.stdout)["diagnostics"]
        assert (found["code"], found["path"], found["line"]) == ("invalid-yaml", "proofdown.yml", 3)
    elif format_ == "sarif":
        data = json.loads(done.stdout)
        sarif.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate(data)
        assert len(data["runs"][0]["results"]) == 1
    else:
        assert done.stdout.startswith("::error file=proofdown.yml,line=3,title=invalid-yaml,")


def test_a_damaged_baseline_is_reported(broken: Project) -> None:
    broken.write({"proofdown.baseline.json": "{"})
    result = broken.check()
    assert result.code == 2
    assert "the baseline cannot be read" in result.out


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("null", "it is not as Proofdown writes it"),
        ('{"known": [1]}', "it is not as Proofdown writes it"),
        ('{"known":\n[', "it is not JSON from line 2 on"),
    ],
)
def test_what_is_wrong_with_a_baseline_is_reported(broken: Project, text: str, reason: str) -> None:
    broken.write({"proofdown.baseline.json": text})
    assert f"the baseline cannot be read: {reason}\n" in broken.run("check").out


def test_required_coverage_refuses_a_diagram_without_a_claim(project: Project) -> None:
    project.write(
        {
            "diagrams/a.dot": "digraph { a -> b }\n",
            "content/index.md": "# Home\n\n![A leads to B](../diagrams/a.dot)\n",
        }
    )
    assert project.check().code == 0
    result = project.check("--require-coverage")
    assert result.code == 1
    assert result.diagnostics == [
        "content/index.md:3:17: error[not-judged]: the diagram `a` is not judged"
    ]


CONCISE = re.compile(
    r"(?P<path>.+?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?: "
    r"(?P<level>error|warning|note)\[(?P<code>[a-z]+(?:-[a-z]+)*)\]: (?P<message>.+)"
)


@given(
    st.from_regex(r"[a-zé][a-zé/ -]{0,8}\.(md|dot)", fullmatch=True),
    st.integers(0, 99),
    st.integers(0, 99),
    st.sampled_from(Severity),
    st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20),
)
@often(200)
def test_a_concise_line_can_be_parsed(
    path: str, line: int, column: int, level: Severity, message: str
) -> None:
    column = column if line else 0
    location = Location(path, line, column)
    found = CONCISE.fullmatch(
        first_line(Diagnostic("some-code", message, location, severity=level))
    )
    assert found
    assert (found["path"], int(found["line"] or 0), int(found["column"] or 0)) == (
        path,
        line,
        column,
    )
    assert (found["level"], found["code"], found["message"]) == (level, "some-code", message)
