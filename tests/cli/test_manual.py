"""Pages of the manual that are generated from the code are up to date."""

import re
from itertools import chain
from pathlib import Path

import pytest

from proofdown.checks.registry import RULES
from proofdown.cli.main import COMMANDS, main
from proofdown.cli.manual.pages import PAGES, commands_page, rules_page, templates_page
from proofdown.cli.manual.templates import block_names, theme_templates
from proofdown.markup.extensions import DEFAULT_EXTENSIONS
from tests.support.project import REPOSITORY, SOURCE, Project

MANUAL = REPOSITORY / "content" / "manual"
_EXAMPLE = re.compile(r"^## Example\n(`{3,})markdown\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
EXAMPLES = {
    code: found[2] for code, rule in RULES.items() if (found := _EXAMPLE.search(rule.load_manual()))
}
"""Of the rules whose example is the text of a page, that text."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_is_generated_from_the_code_is_up_to_date(
    name: str, request: pytest.FixtureRequest
) -> None:
    file = MANUAL / f"{name}.md"
    made = Project.run_plain("explain", "--page", name).out
    if request.config.getoption("--update"):
        file.write_text(made, "utf-8")
    assert file.read_text("utf-8") == made


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_rule_reports_its_own_example(code: str, tmp_path: Path) -> None:
    text = EXAMPLES[code]
    page = text if text.startswith("---") else f"# Home\n\n{text}"
    files: dict[str, str | bytes] = {"content/index.md": page, "content/uris.md": "# URIs\n"}
    found = Project.make(tmp_path / "site", files).check().diagnostics
    assert any(f"[{code}]" in line for line in found), found


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


def test_the_recorded_help_is_up_to_date() -> None:
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


def test_the_keys_of_claims_on_their_page_are_those_that_are_read() -> None:
    page = (MANUAL / "claims-files.md").read_text("utf-8")
    sources = REPOSITORY / "src" / "proofdown" / "content" / "evidence"
    texts = [(sources / name).read_text("utf-8") for name in ("claims.py", "table_claims.py")]
    found = re.findall(r"fields\.\w+\(\"(\w+)\"|fields(?:, |\()\"(\w+)\"", "".join(texts))
    read = {key for pair in found for key in pair if key}
    assert len(read) > 8
    assert sorted(key for key in read if f"`{key}`" not in page and f"{key}:" not in page) == []
    rows = re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE)
    assert sorted({key for row in rows for key in re.findall(r"`(\w+)`", row)} - read) == []


def test_every_markdown_extension_is_on_the_page_of_markdown() -> None:
    page = (MANUAL / "markdown.md").read_text("utf-8")
    listed = re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(DEFAULT_EXTENSIONS)


SETTINGS_SHOWN = [
    (page.name, block)
    for page in sorted(MANUAL.rglob("*.md"))
    for block in re.findall(
        r'^```yaml title="proofdown.yml"\n(.*?)^```$',
        page.read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
]


@pytest.mark.parametrize(("page", "settings"), SETTINGS_SHOWN)
def test_settings_that_the_manual_shows_are_settings(
    page: str, settings: str, tmp_path: Path
) -> None:
    title = "" if re.search("^title:", settings, re.MULTILINE) else f"title: {page}\n"
    site = Project.make(
        tmp_path / "site", {"proofdown.yml": title + settings, "content/index.md": "# Home\n"}
    )
    wrong = ("unknown-key", "invalid-value", "unknown-rule", "unknown-extension", "invalid-yaml")
    found = site.check().diagnostics
    assert [line for line in found if any(f"[{code}]" in line for code in wrong)] == []


@pytest.mark.parametrize("name", ["review", "review-comment"])
def test_the_workflows_in_the_manual_are_the_ones_used_here(name: str) -> None:
    manual = (REPOSITORY / "content" / "manual" / "review.md").read_text("utf-8")
    path = f".github/workflows/{name}.yml"
    block = re.search(rf'^```yaml title="{path}"\n(.*?)^```$', manual, re.MULTILINE | re.DOTALL)
    assert block is not None
    used = (REPOSITORY / path).read_text("utf-8")
    assert block[1] == used.replace("'.[review]'", f"'proofdown[review] @ {SOURCE}'")
