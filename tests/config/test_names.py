"""Invalid names in the settings are refused and never crash a command."""

import pytest

from tests.support.project import Project

WHERE_TEXT_GOES: dict[str, str] = {
    "title": "title: TEXT\n",
    "a key": "title: T\nTEXT: x\n",
    "content": "title: T\nfolders: {content: TEXT}\n",
    "templates": "title: T\nfolders: {templates: TEXT}\n",
    "diagrams": "title: T\nfolders: {diagrams: TEXT}\n",
    "output": "title: T\nfolders: {output: TEXT}\n",
    "a key of a diagram": "title: T\ndiagrams: {node: {TEXT: x}}\n",
    "a value of a diagram": "title: T\ndiagrams: {node: {color: TEXT}}\n",
    "program": "title: T\ndiagrams: {program: TEXT}\n",
    "styles": "title: T\nstyles: [TEXT]\n",
    "scripts": "title: T\nscripts: [TEXT]\n",
    "words": "title: T\nwords: [TEXT]\n",
    "commands": "title: T\ncommands: {TEXT: {synopsis: x}}\n",
    "a synopsis": "title: T\ncommands: {x: {synopsis: TEXT}}\n",
    "a recording": "title: T\nrecordings: {a: {run: TEXT}}\n",
    "the name of a recording": "title: T\nrecordings: {TEXT: {run: x}}\n",
    "a version": "title: T\nrecordings: {a: {run: x, versions: {TEXT: TEXT}}}\n",
    "nav": "title: T\nnav: [index.md, {TEXT: TEXT}]\n",
    "publish": "title: T\npublish: {a: {to: directory, path: TEXT}}\n",
    "keep": "title: T\npublish: {a: {to: directory, path: b, keep: [TEXT]}}\n",
    "an extension": "title: T\nmarkdown_extensions: [TEXT]\n",
    "an option": "title: T\nmarkdown_extensions: [toc: {permalink: TEXT}]\n",
    "checks": "title: T\nchecks: {TEXT: off}\n",
    "an announcement": "title: T\nannouncement: TEXT\n",
}
DOT = "digraph { a -> b }\n"


@pytest.mark.parametrize("text", [r'"a\0b"', r'"\ud800"', r'"\udc00x"', r'"\0"'])
@pytest.mark.parametrize("settings", WHERE_TEXT_GOES.values(), ids=WHERE_TEXT_GOES)
def test_a_setting_that_is_not_valid_text_ends_the_run_with_its_location(
    project: Project, settings: str, text: str
) -> None:
    project.write({"proofdown.yml": settings.replace("TEXT", text), "diagrams/a.dot": DOT})
    result = project.build()
    assert result.code == 2
    assert len(result.diagnostics) == 1
    assert result.diagnostics[0].startswith("proofdown.yml:")
    assert "error[invalid-yaml]: " in result.diagnostics[0]


@pytest.mark.parametrize("settings", WHERE_TEXT_GOES.values(), ids=WHERE_TEXT_GOES)
@pytest.mark.parametrize("length", [256, 5000])
def test_a_setting_longer_than_any_name_never_causes_a_traceback(
    project: Project, settings: str, length: int
) -> None:
    project.write({"proofdown.yml": settings.replace("TEXT", "n" * length)})
    project.write(
        {"diagrams/a.dot": DOT, "content/index.md": "# Home\n\n![x](../diagrams/a.dot)\n"}
    )
    for command in ("check", "build", "publish"):
        result = project.run(command)
        assert result.code in (0, 1, 2)
        assert all(
            d.startswith(("proofdown.yml", "content", "diagrams")) for d in result.diagnostics
        )


@pytest.mark.parametrize("folder", ["content", "templates", "diagrams", "output"])
def test_a_folder_name_too_long_for_a_file_system_is_refused(project: Project, folder: str) -> None:
    project.write({"proofdown.yml": f"title: T\nfolders: {{{folder}: {'n' * 256}}}\n"})
    result = project.run("build")
    assert result.code == 1
    assert f"`{'n' * 80}` cannot be a folder" in result.out
    assert "help: a name in it is longer than 255 bytes" in result.out


def test_a_program_name_too_long_for_a_file_system_is_refused(project: Project) -> None:
    project.write({"proofdown.yml": f"title: T\ndiagrams: {{program: {'n' * 256}}}\n"})
    project.write({"diagrams/a.dot": DOT})
    result = project.build()
    assert result.code == 1
    assert f"`{'n' * 80}` cannot be a program" in result.diagnostics[-1]
