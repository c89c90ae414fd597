"""Every rule against its literate cases: what it must catch and what it must leave alone."""

from importlib import import_module
from pathlib import Path

import pytest

from proofdown.checks.registry import RULES
from tests.support.literate_cases import Case, load_cases, update_case

FOLDER = Path(__file__).parent / "cases"
CASES = [case for file in sorted(FOLDER.glob("*.md")) for case in load_cases(file)]
ELSEWHERE = {
    "failed-patch": "review.test_git.test_a_patch_for_a_missing_file_is_reported",
    "changed-elsewhere": "publish.test_publish.test_a_file_changed_on_the_host_is_kept",
    "changed-meanwhile": "publish.test_publish.test_a_source_changed_during_the_build_is_refused",
    "differs-live": "publish.test_verify.test_a_changed_byte_is_reported",
    "empty-site": "publish.test_publish.test_a_site_without_pages_is_refused",
    "failed-publish": "publish.test_publish.test_a_refused_push_is_reported_with_its_reason",
    "failed-recording": "content.test_recordings.test_a_tool_that_fails_leaves_the_old_recording",
    "foreign-files": "publish.test_publish.test_files_that_proofdown_did_not_publish_are_refused",
    "foreign-output": "build.test_write.test_a_folder_with_foreign_files_is_not_replaced",
    "slow-highlighting": "markup.test_highlighting.test_code_that_takes_too_long_is_shown_plain",
    "many-deletions": "publish.test_publish.test_many_deletions_are_refused",
    "not-judged": "build.test_reports.test_required_coverage_refuses_a_diagram_without_a_claim",
    "unknown-target": "publish.test_publish.test_an_undeclared_target_gets_a_suggestion",
    "unusable-version": "publish.test_versions.test_unusable_versions_and_aliases_are_refused",
    "run-failed": "cli.test_crash.test_a_bug_is_reported_with_its_location_and_how_to_report_it",
    "unwritable-output": "build.test_write.test_a_disk_error_leaves_the_old_site",
    "missing-revision": "review.test_git.test_a_missing_revision_is_reported",
    "withdrawn-page": "publish.test_publish.test_a_published_page_that_is_a_draft_is_refused",
    "missing-settings": "config.test_root.test_missing_settings_are_reported_with_what_to_do",
}
"""Codes that no case can produce, with the test that does."""
LITERATE = [code for code in RULES if code not in ELSEWHERE]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_gets_the_report_it_states(
    case: Case, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    found = "".join(f"{line}\n" for line in case.make(tmp_path / "site").check().diagnostics)
    if request.config.getoption("--update") and found != case.expected:
        update_case(case, found)
        pytest.fail("updated", pytrace=False)
    assert found == case.expected


@pytest.mark.parametrize("code", LITERATE)
def test_every_rule_has_a_case_that_it_catches(code: str) -> None:
    file = FOLDER / f"{code}.md"
    assert file.is_file(), f"write tests/checks/cases/{code}.md"
    assert any(f"[{code}]" in case.expected for case in load_cases(file))


@pytest.mark.parametrize("code", LITERATE)
def test_every_rule_has_a_case_that_it_leaves_alone(code: str) -> None:
    assert any(f"[{code}]" not in case.expected for case in load_cases(FOLDER / f"{code}.md"))


@pytest.mark.parametrize(("code", "test"), ELSEWHERE.items())
def test_a_rule_without_cases_has_a_test_elsewhere(code: str, test: str) -> None:
    module, _, name = test.rpartition(".")
    assert code in RULES
    assert callable(getattr(import_module(f"tests.{module}"), name))


def test_every_file_of_cases_belongs_to_a_rule() -> None:
    assert [file.stem for file in sorted(FOLDER.glob("*.md")) if file.stem not in RULES] == []
