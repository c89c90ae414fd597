"""Pages of the manual that are made from the code are what the code makes."""

import re
from itertools import chain
from pathlib import Path

import pytest

from proofdown.cli import COMMANDS, main
from proofdown.reference import PAGES, commands_page, rules_page, templates_page
from proofdown.reference.templates import block_names, theme_templates
from support import REPOSITORY, Project

MANUAL = REPOSITORY / "content" / "manual"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_made_from_the_code_is_what_the_code_makes(
    name: str, request: pytest.FixtureRequest
) -> None:
    file = MANUAL / f"{name}.md"
    made = Project.run_plain("explain", "--page", name).out
    if request.config.getoption("--update"):
        file.write_text(made, "utf-8")
    assert file.read_text("utf-8") == made


def test_explain_prints_the_page_of_all_rules() -> None:
    assert Project.run_plain("explain", "--all").out == rules_page()


def test_the_page_of_commands_has_every_command_and_option() -> None:
    page = commands_page(main)
    for name in COMMANDS:
        section = page.split(f"{{#{name}}}")[1].split("\n## ")[0]
        options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", help_of(name), re.MULTILINE)
        assert [option for option in options if option not in section] == ["--help"]


def help_of(command: str) -> str:
    return Project.run_plain(command, "--help").out


def test_the_manual_is_held_against_the_help_of_today() -> None:
    names = ("proofdown-help", *(f"proofdown-{name}-help" for name in COMMANDS))
    result = Project(REPOSITORY).run("record", *names, "--check")
    assert result.code == 0, f"{result.out}\nmend this with `proofdown record {' '.join(names)}`"


def test_every_variable_on_the_page_of_templates_has_a_meaning() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", templates_page(), re.MULTILINE)
    assert len(rows) > 80
    assert [name for name, meaning in rows if not meaning.strip()] == []


def test_a_layout_can_use_every_variable_on_the_page_of_templates(tmp_path: Path) -> None:
    page = templates_page()
    used = {}
    for owner in ("everywhere", "site", "page"):
        section = page.split(f"{{#{owner}}}")[1].split("\n###")[0]
        names = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        used[owner] = [name if owner == "everywhere" else f"{owner}.{name}" for name in names]
    layout = "".join(f"<p>{name} is {{{{ {name} }}}}</p>\n" for name in chain(*used.values()))
    site = Project.make(
        tmp_path / "site", {"content/index.md": "# Home\n", "templates/page.html": layout}
    )
    result = site.check()
    assert "template-error" not in result.out
    assert min(map(len, used.values())) > 5


def test_every_template_and_block_of_the_theme_is_on_the_page() -> None:
    page = templates_page()
    assert [name for name in (*theme_templates(), *block_names()) if f"`{name}`" not in page] == []


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
