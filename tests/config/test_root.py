"""Where the settings are found, and what the command says if there are none."""

from pathlib import Path

from tests.support.project import Project, run_command


def test_missing_settings_are_reported_with_what_to_do(tmp_path: Path) -> None:
    result = run_command("build", cwd=tmp_path)
    assert (result.code, result.out.splitlines()) == (
        2,
        [
            f"proofdown.yml: error[missing-settings]: no `proofdown.yml` in {tmp_path} or above",
            "   = help: `proofdown new DIR` makes a new site; `--site DIR` names an existing one",
            "",
        ],
    )


def test_settings_in_a_folder_above_are_found(project: Project) -> None:
    (project.root / "content/deep").mkdir()
    result = run_command("check", "--format", "concise", cwd=project.root / "content/deep")
    assert (result.code, result.diagnostics) == (0, [])


def test_a_missing_site_folder_is_reported(tmp_path: Path) -> None:
    result = run_command("build", "--site", str(tmp_path / "gone"), cwd=tmp_path)
    assert (result.code, "error[missing-settings]" in result.out) == (2, True)


def test_a_missing_site_folder_does_not_select_the_site_above(project: Project) -> None:
    result = run_command("check", "--site", "content/gone", cwd=project.root)
    assert result.code == 2
    assert f"there is no folder {project.root / 'content/gone'}\n" in result.out
