"""Pages of the manual that are made from the code are what the code makes."""

import re

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


@pytest.mark.parametrize("module", ["settings", "frontmatter", "publishing"])
def test_every_key_that_is_read_is_on_the_page_of_settings(module: str) -> None:
    page = (REPOSITORY / "content" / "manual" / "settings.md").read_text("utf-8")
    source = (REPOSITORY / "src" / "proofdown" / f"{module}.py").read_text("utf-8")
    keys = set(re.findall(r"fields\.\w+\(\"(\w+)\"", source))
    assert len(keys) > 4
    assert sorted(key for key in keys if f"`{key}`" not in page and f"{key}:" not in page) == []


@pytest.mark.parametrize("name", ["review", "review-comment"])
def test_the_workflows_in_the_manual_are_the_ones_used_here(name: str) -> None:
    manual = (REPOSITORY / "content" / "manual" / "review.md").read_text("utf-8")
    path = f".github/workflows/{name}.yml"
    block = re.search(rf'^```yaml title="{path}"\n(.*?)^```$', manual, re.MULTILINE | re.DOTALL)
    assert block is not None
    used = (REPOSITORY / path).read_text("utf-8")
    assert block[1] == used.replace("'.[review]'", "'proofdown[review]'")
