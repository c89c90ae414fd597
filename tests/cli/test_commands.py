"""The command itself: what it prints, and its exit codes."""

import re
import shlex
from pathlib import Path

import pytest

from proofdown.checks.registry import RULES
from tests.support.project import REPOSITORY, Project, run_command

FIRST_LINE = re.compile(
    r"^(?P<path>[^:\n]+)(:(?P<line>\d+)(:(?P<column>\d+))?)?: "
    r"(?P<severity>error|warning|note)\[(?P<code>[a-z-]+)\]: (?P<message>.+)$",
    re.MULTILINE,
)


def test_a_build_without_problems_says_so_and_counts_the_claims(project: Project) -> None:
    result = project.run("build")
    assert result.code == 0
    assert result.out.startswith("no problems in 1 page; claims: 0 held, 0 broken, 0 not judged\n")


def test_a_diagnostic_shows_its_line_its_location_and_a_fix(project: Project) -> None:
    project.write({"content/index.md": "# Home\n\nSee [it](set-upp.md).\n"})
    project.write({"content/set-up.md": "# S\n"})
    result = project.run("build")
    assert result.code == 1
    assert result.out == (
        "content/index.md:3:10: error[broken-link]: no page or file at `set-upp.md`\n"
        "   |\n"
        " 3 | See [it](set-upp.md).\n"
        "   |          ^^^^^^^^^^\n"
        "   |\n"
        "   = help: did you mean `set-up.md`?\n"
        "\n"
        "1 error in 2 pages; claims: 0 held, 0 broken, 0 not judged\n"
        "nothing was written\n"
    )


def test_the_bar_is_to_the_right_of_every_line_number(project: Project) -> None:
    project.write({"content/index.md": "# Home\n" + "\n" * 9 + "See [it](up.md).\n"})
    assert "    |\n 11 | See [it](up.md).\n    |          ^^^^^\n" in project.run("check").out
    project.write({"content/index.md": "# Home\n" + "\n" * 100 + "See [it](setup.md).\n"})
    project.write({"content/set-up.md": "# Set up\n"})
    found = project.run("check").out
    assert "     |\n 102 | See [it](setup.md).\n     |          ^" in found
    assert "     |\n     = help: did you mean" in found


def test_concise_prints_the_first_lines_of_text(project: Project) -> None:
    project.write({"content/index.md": "[x](gone.md)\n![](no.png)\n"})
    concise = project.run("check", "--format", "concise").out.splitlines()
    text = project.run("check").out.splitlines()
    assert concise[:-1] == [line for line in text if FIRST_LINE.match(line)]


def test_a_warning_passes_and_is_an_error_in_strict_mode(project: Project) -> None:
    project.write({"content/index.md": "No heading.\n"})
    assert project.check().code == 0
    assert project.check("--strict").code == 1


def test_check_writes_nothing(project: Project) -> None:
    assert project.check().code == 0
    assert not (project.root / "site").exists()


def test_without_settings_the_command_says_what_to_do(tmp_path: Path) -> None:
    result = run_command("build", cwd=tmp_path)
    assert result.code == 2
    assert "error[missing-settings]: no `proofdown.yml` in" in result.out
    assert "`proofdown new DIR` makes a new site" in result.out
    assert "Traceback" not in result.out


def test_a_site_is_found_from_a_folder_below_it(project: Project) -> None:
    below = project.root / "content"
    assert run_command("check", cwd=below).code == 0


def test_wrong_usage_exits_with_2() -> None:
    assert run_command("biuld", cwd=REPOSITORY).code == 2


def test_colours_are_for_terminals_or_on_request(project: Project) -> None:
    project.write({"content/index.md": "[x](gone.md)\n"})
    asked = {"FORCE_COLOR": "1", "NO_COLOR": ""}
    assert "\x1b[" not in run_command("check", cwd=project.root).out
    assert "\x1b[" in run_command("check", cwd=project.root, env=asked).out
    refused = asked | {"NO_COLOR": "1"}
    assert "\x1b[" not in run_command("check", cwd=project.root, env=refused).out


def test_a_new_site_builds_strictly_and_its_claim_holds(tmp_path: Path) -> None:
    assert run_command("new", "docs", cwd=tmp_path).code == 0
    result = run_command("build", "--strict", cwd=tmp_path / "docs")
    assert (result.code, result.out.splitlines()[0]) == (
        0,
        "no problems in 2 pages; claims: 2 held, 0 broken, 0 not judged",
    )


def test_new_refuses_a_folder_that_is_not_empty(project: Project) -> None:
    before = project.tree(".")
    result = run_command("new", str(project.root), cwd=project.root)
    assert result.code == 2
    assert "is not an empty folder" in result.out
    assert project.tree(".") == before


def test_a_new_site_may_be_a_fresh_repository(tmp_path: Path) -> None:
    (tmp_path / "docs" / ".git").mkdir(parents=True)
    assert Project.run_plain("new", str(tmp_path / "docs")).code == 0


def test_the_command_that_new_suggests_can_be_pasted(tmp_path: Path) -> None:
    folder = tmp_path / "sp 'ä\"x"
    said = Project.run_plain("new", str(folder)).out
    command = said.partition("Now: ")[2].partition(" &&")[0]
    assert shlex.split(command) == ["cd", str(folder)]


@pytest.mark.parametrize("code", RULES)
def test_explain_prints_the_manual_page_of_a_rule(code: str) -> None:
    result = Project.run_plain("explain", code)
    assert result.code == 0
    assert result.out.startswith(f"# {code}\n")


def test_explain_without_a_code_lists_all_rules() -> None:
    result = Project.run_plain("explain")
    assert [line.split()[0] for line in result.out.splitlines()] == list(RULES)


def test_explain_suggests_a_code_for_a_misspelled_one() -> None:
    result = Project.run_plain("explain", "broken-lnik")
    assert (result.code, result.out) == (
        2,
        "there is no rule `broken-lnik`; did you mean `broken-link`?\n",
    )
