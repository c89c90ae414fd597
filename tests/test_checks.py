"""Every rule against its literate cases: what it must catch and what it must leave alone."""

from pathlib import Path

import pytest

from literate import Case, load_cases, update_case
from proofdown.checks import RULES
from support import Project

FOLDER = Path(__file__).parent / "checks"
CASES = [case for file in sorted(FOLDER.glob("*.md")) for case in load_cases(file)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_gets_the_report_it_states(
    case: Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    project = Project.make(tmp_path / "site", {**case.files})
    found = "".join(f"{line}\n" for line in project.check().diagnostics)
    if request.config.getoption("--update") and found != case.expected:
        update_case(case, found)
        pytest.fail("updated", pytrace=False)
    assert found == case.expected


@pytest.mark.parametrize("code", RULES)
def test_every_rule_is_caught_by_a_case(code: str) -> None:
    file = FOLDER / f"{code}.md"
    assert file.is_file(), f"write tests/checks/{code}.md"
    assert any(f"[{code}]" in case.expected for case in load_cases(file))


@pytest.mark.parametrize("code", RULES)
def test_every_rule_leaves_something_alone(code: str) -> None:
    assert any(f"[{code}]" not in case.expected for case in load_cases(FOLDER / f"{code}.md"))
