"""Markdown extensions: loaded by name, with options; other objects are refused."""

import os
from pathlib import Path

import pytest

from tests.support.built_site import body_of, new_site
from tests.support.project import Project, Result, run_command


def test_options_are_passed_to_their_extension(tmp_path: Path) -> None:
    body = body_of(
        tmp_path,
        "## Ports\n\n~~a~~",
        **{
            "proofdown.yml": (
                "title: T\nmarkdown_extensions:\n  - toc: {permalink: false}\n  - pymdownx.tilde\n"
            )
        },
    )
    assert '<h2 id="ports">Ports</h2>' in body
    assert "<del>a</del>" in body


def test_an_extension_can_be_turned_off(tmp_path: Path) -> None:
    body = body_of(
        tmp_path,
        "| a | b |\n|---|---|\n| 1 | 2 |",
        **{"proofdown.yml": "title: T\nmarkdown_extensions: [tables: off]\n"},
    )
    assert "<table>" not in body


def test_an_unknown_option_of_an_extension_is_refused_by_name(tmp_path: Path) -> None:
    project = new_site(
        tmp_path,
        {
            "proofdown.yml": "title: T\nmarkdown_extensions:\n  - toc: {permalinks: true}\n",
            "content/index.md": "# Home\n",
        },
    )
    assert project.check().diagnostics == [
        "proofdown.yml:3:5: error[invalid-value]: `permalinks` is not an option of `toc`"
    ]


def test_a_missing_include_is_reported_at_its_block(project: Project) -> None:
    project.write(
        {
            "proofdown.yml": "title: T\nmarkdown_extensions: [pymdownx.snippets]\n",
            "content/index.md": '# Home\n\nText.\n\n--8<-- "gone.md"\n',
        }
    )
    assert project.check().diagnostics == [
        "content/index.md:5: error[markdown-error]: Markdown failed on this: "
        "Snippet at path 'gone.md' could not be found"
    ]


def test_an_include_is_found_in_the_site_from_any_working_directory(project: Project) -> None:
    project.write(
        {
            "proofdown.yml": "title: T\n"
            "markdown_extensions: [{pymdownx.snippets: {base_path: [includes]}}]\n",
            "content/index.md": '# Home\n\n--8<-- "part.md"\n',
            "includes/part.md": "What is included.\n",
        }
    )
    assert project.build().code == 0
    assert "<p>What is included.</p>" in project.html()


def test_extensions_that_fail_to_load_together_are_reported_and_left_out(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "from markdown.extensions import Extension\n"
        "class Alone(Extension):\n"
        "    def extendMarkdown(self, md):\n"
        "        if hasattr(md, 'is_taken'):\n"
        "            raise ValueError('the other one is there')\n"
        "        md.is_taken = True\n"
        "makeExtension = Alone\n"
    )
    for name in ("one_alone", "other_alone"):
        (tmp_path / f"{name}.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    project.write({"proofdown.yml": "title: T\nmarkdown_extensions: [one_alone, other_alone]\n"})
    assert project.check().diagnostics == [
        "proofdown.yml:2:23: error[unknown-extension]: the Markdown extensions do not load "
        "together: the other one is there"
    ]


def _extension(root: Path, written: str) -> Result:
    project = Project.make(root, {"content/index.md": "# Home\n\nA text.\n"})
    project.write({"proofdown.yml": f"title: T\nmarkdown_extensions:\n  - {written}\n"})
    return run_command("check", "--format", "concise", cwd=project.root)


@pytest.mark.parametrize(
    "name",
    [
        "os:abort",
        "os:_exit",
        "os:getcwd",
        "sys:exit",
        "subprocess:Popen",
        "pathlib:Path",
        "builtins:print",
        "builtins:dict",
        "os:",
        "json",
        "unittest.__main__",
        "markdown.extensions.toc:slugify",
        "pymdownx.util:path2url",
        "markdown:Markdown",
        "proofdown.content:Page",
    ],
)
def test_an_object_that_is_no_markdown_extension_is_not_called(tmp_path: Path, name: str) -> None:
    result = _extension(tmp_path / "site", f"'{name}'")
    assert result.code == 1
    assert result.diagnostics == [
        f"proofdown.yml:3:5: error[unknown-extension]: `{name}` is not a Markdown extension"
    ]


@pytest.mark.parametrize(
    "written",
    [
        "'os:abort': {}",
        "'os:_exit': {status: 0}",
        "'subprocess:Popen': {args: 'touch pwned', shell: true}",
        "'pathlib:Path.touch': {self: pwned}",
        "'os:mkdir': {path: pwned}",
    ],
)
def test_options_are_passed_to_extensions_only(tmp_path: Path, written: str) -> None:
    result = _extension(tmp_path / "site", written)
    assert (result.code, len(result.diagnostics)) == (1, 1)
    assert not (tmp_path / "site/pwned").exists()


@pytest.mark.parametrize(
    "written",
    [
        "nl2br",
        "markdown.extensions.nl2br",
        "'markdown.extensions.nl2br:Nl2BrExtension'",
        "'markdown.extensions.nl2br:makeExtension'",
        "'pymdownx.tilde:DeleteSubExtension': {subscript: false}",
        "pymdownx.tilde",
    ],
)
def test_an_extension_is_loaded_by_its_name_its_module_or_its_class(
    tmp_path: Path, written: str
) -> None:
    assert _extension(tmp_path / "site", written).diagnostics == []


def test_a_module_that_ends_the_process_does_not_end_the_check(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "site", {"content/index.md": "# Home\n"})
    (tmp_path / "ends_all.py").write_text("raise SystemExit(0)\n", "utf-8")
    project.write({"proofdown.yml": "title: T\nmarkdown_extensions: [ends_all]\n"})
    env = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    result = run_command("check", cwd=project.root, env=env)
    assert result.code == 1
    assert "`ends_all` is not a Markdown extension" in result.out
