"""Pages of the manual that are made from the code are what the code makes."""

import pytest

from proofdown.reference import rules_page
from support import REPOSITORY, Project


def test_the_page_of_rules_is_what_the_rules_say(request: pytest.FixtureRequest) -> None:
    file = REPOSITORY / "content" / "manual" / "rules.md"
    if request.config.getoption("--update"):
        file.write_text(rules_page(), "utf-8")
    assert file.read_text("utf-8") == rules_page()


def test_explain_prints_the_page_of_all_rules() -> None:
    assert Project.run_plain("explain", "--all").out == rules_page()
