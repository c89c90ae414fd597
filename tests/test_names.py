"""What cannot be an address, a name or a URL is refused where it is written, and ends nothing."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from proofdown.addresses import fault_of_address, fault_of_file, split_url
from support import Project, Result, run_command

HIDDEN = "is hidden, and hosts and tools keep files of their own there"
ALIASES: dict[str, str] = {
    ".git/x": f"`.git` {HIDDEN}",
    ".git": f"`.git` {HIDDEN}",
    "/.git/hooks/post-checkout": f"`.git` {HIDDEN}",
    "a/.ssh/authorized_keys": f"`.ssh` {HIDDEN}",
    "./.htaccess": f"`.htaccess` {HIDDEN}",
    ".hidden#part": f"`.hidden` {HIDDEN}",
    ".proofdown/cache/": f"`.proofdown` {HIDDEN}",
    "..": "it leads out of the site",
    "../up.html": "it leads out of the site",
    "a/../../b.html": "it leads out of the site",
    "a/../b.html": "it leads out of the site",
    "//host/x.html": "it leads out of the site",
    "a//b.html": "it names no file",
    "C:/x.html": "`C:` is a drive on Windows",
    "c:": "`c:` is a drive on Windows",
    "a\\b.html": "it holds `\\`",
    "a\nb": r"it holds `\n`",
    "a\x1b[2J.html": r"it holds `\x1b`",
    "a\x7f": r"it holds `\x7f`",
    "a\x9b": r"it holds `\x9b`",
    "a\u202egnp.exe": r"it holds `\u202e`",
    "a\u2028b": r"it holds `\u2028`",
    "old /page.html": "it ends in a space or a dot, which Windows leaves out",
    "old./page.html": "it ends in a space or a dot, which Windows leaves out",
    "n" * 256: "it is longer than 255 bytes",
    "é" * 128 + ".html": "it is longer than 255 bytes",
    "a/" * 2000: "it is longer than 1000 bytes",
    "a/" * 100: "it is more than 64 folders deep",
    "https://example.org/x": "it is not written from the site's home, as in `old/page.html`",
    "x?y": "it is not written from the site's home, as in `old/page.html`",
}
"""Old addresses that no page can have, and why."""


@pytest.mark.parametrize(("alias", "reason"), ALIASES.items(), ids=[a[:20] for a in ALIASES])
def test_an_alias_that_cannot_be_an_address_is_refused_where_it_is_written(
    project: Project, alias: str, reason: str
) -> None:
    project.build()
    before = project.tree()
    project.write({"content/index.md": f"---\naliases: [{json.dumps(alias)}]\n---\n# Home\n"})
    result = project.run("build")
    assert result.code == 1
    assert "content/index.md:2:11: error[invalid-value]: `" in result.out
    assert "` is not an address in this site\n" in result.out
    assert f"= help: {reason}\n" in result.out
    assert project.tree() == before


@pytest.mark.parametrize(
    "alias", ["old.html", "/old/", "./old.html", ".well-known/x", "a:b", "ü é/"]
)
def test_an_alias_that_can_be_an_address_leads_on(project: Project, alias: str) -> None:
    project.write({"content/index.md": f"---\naliases: [{json.dumps(alias)}]\n---\n# Home\n"})
    assert project.build("--strict").diagnostics == []
    assert len(project.tree()) > 1


def test_names_that_a_browser_shows_may_be_those_of_files(project: Project) -> None:
    names = ("a b", "é", "c#d", "می\u200cخواهم", "👩\u200d💻", "1.2.3", "a:b", "con")
    links = "".join(f"[x](<{name}.md>)\n".replace("#", "%23") for name in names)
    project.write({f"content/{name}.md": "# A page\n" for name in names})
    project.write({"content/index.md": f"# Home\n\n{links}"})
    assert project.build().diagnostics == []


@pytest.mark.parametrize(
    "path",
    [
        "content/a\u202eb.md",
        "content/a\x9b.md",
        "content/a\x7f.png",
        "content/a\u2028.png",
        "content/a .md",
        "content/a..md",
        "content/dots.",
        "content/space /x.md",
        "diagrams/a\x1b.dot",
        "diagrams/a .dot",
        "templates/static/a\n.css",
        "content/recordings/a\x1b",
    ],
)
def test_a_file_whose_name_cannot_be_an_address_is_refused(project: Project, path: str) -> None:
    project.write({path: "digraph { a }\n" if path.endswith(".dot") else "# A\n"})
    result = project.run("build")
    assert result.code == 1
    assert "error[unusable-name]: the name `" in result.out
    assert "= help: rename the file: it " in result.out


def test_a_path_is_as_long_as_hosts_take_them(project: Project) -> None:
    for length, code in ((120, 0), (249, 1)):
        folder = project.root.joinpath("content", *["a" * length] * 4)
        folder.mkdir(parents=True)
        (folder / "page.md").write_text("# A page\n", "utf-8")
        assert project.build().code == code


@pytest.mark.parametrize(
    "line", [".git/x/", "../up/", "a%0Ab/", "%1b[2J/", "a%00/", "a//b/", "C:/x/", "a/" * 600]
)
def test_a_line_of_the_lock_file_that_is_no_address_is_refused(project: Project, line: str) -> None:
    project.write({".proofdown.lock": f"# Head\n{line}\n"})
    result = project.check()
    assert result.code == 1
    assert [d.partition("`")[0] for d in result.diagnostics] == [
        ".proofdown.lock:2:1: error[invalid-value]: nothing can be published at "
    ]


def test_no_output_is_written_where_a_tool_keeps_its_files(project: Project) -> None:
    # Any way to an output ends here, aliases or not.
    from proofdown.build.output import write
    from proofdown.config.loader import load_config
    from proofdown.diagnostics import OutputError, Report
    from proofdown.site.model import Output
    from proofdown.source import Location

    project.build()
    before = project.tree(".")
    config = load_config(project.root, Report())
    for path in (".git/HEAD", "a/.htaccess", "a\nb", "n" * 256, "a/./b", "a//b"):
        with pytest.raises(OutputError):
            write.write_site(config, [Output(path, b"x", Location("content/index.md"))])
    assert project.tree(".") == before


def _with_redirect_in_git(project: Project) -> Path:
    assert project.build().code == 0
    redirect = project.root / "site/.git/x/index.html"
    redirect.parent.mkdir(parents=True)
    redirect.write_text("<!doctype html>\n<title>Moved</title>\n", "utf-8")
    return redirect


def test_a_redirect_that_an_alias_put_into_git_once_is_cleared_away(project: Project) -> None:
    redirect = _with_redirect_in_git(project)
    project.write({"content/index.md": "# Home\n\nAnother text.\n"})
    assert project.build().code == 0
    assert not redirect.parent.parent.exists()
    assert "Another text" in project.html()


def test_an_output_folder_with_a_repository_is_not_touched(project: Project) -> None:
    _with_redirect_in_git(project)
    subprocess.run(["git", "init", "--quiet"], cwd=project.root / "site", check=True)
    before = project.tree()
    project.write({"content/index.md": "# Home\n\nAnother text.\n"})
    result = project.run("build")
    assert result.code == 2
    assert "holds a repository, or a part of one, in `.git`" in result.out
    assert (
        "help: delete the folder if nothing in it is needed, or name another folder" in result.out
    )
    assert project.tree() == before


def test_a_work_tree_that_is_the_output_folder_is_not_touched(project: Project) -> None:
    project.build()
    (project.root / "site/.git").write_text("gitdir: ../elsewhere\n", "utf-8")
    before = project.tree()
    project.write({"content/index.md": "# Home\n\nAnother text.\n"})
    assert project.build().code == 2
    assert project.tree() == before


NOT_URLS = (
    "http://[",
    "https://[::1",
    "http://]/",
    "https://\u2100/",
    "https://a\uff03b/",
    "//[x]/",
)
"""Texts on which Python's parser of URLs raises an error."""
URL_FIELDS: dict[str, str] = {
    "nav": "title: T\nnav: [index.md, {x: URL}]\n",
    "nav without a title": "title: T\nnav: [index.md, URL]\n",
    "url": "title: T\nurl: URL\n",
    "repository": "title: T\nrepository: URL\n",
    "edit": "title: T\nedit: 'URL{path}'\n",
    "announcement": "title: T\nannouncement: {text: x, link: URL}\n",
    "languages": "title: T\nlanguages: {de: {name: D, url: URL}}\n",
    "hosts": "title: T\nhosts: [URL]\n",
    "publish url": "title: T\npublish: {a: {to: directory, path: b, url: URL}}\n",
    "publish endpoint": "title: T\npublish: {a: {to: s3, bucket: bbb, endpoint: URL}}\n",
    "styles": "title: T\nstyles: [URL]\n",
    "scripts": "title: T\nscripts: [URL]\n",
    "search": "title: T\nsearch: {expect: {x: URL}}\n",
}
URL_PLACES: dict[str, dict[str, str]] = {
    "link": {"content/index.md": "# Home\n\n[x](<URL>)\n"},
    "image": {"content/index.md": "# Home\n\n![x](<URL>)\n"},
    "HTML": {"content/index.md": '# Home\n\n<img src="URL" alt="x"> <a href="URL">x</a>\n'},
    "style": {"content/index.md": '# Home\n\n<p style="background: url(URL)">x</p>\n'},
    "code": {"content/index.md": "# Home\n\n`URL`\n"},
    "alias": {"content/index.md": "---\naliases: ['URL', 'a.html#URL']\n---\n# Home\n"},
    "diagram": {
        "content/index.md": "# Home\n\n![x](../diagrams/a.dot)\n",
        "diagrams/a.dot": 'digraph { a [URL="URL"]; a -> b [href="URL"] }\n',
    },
    "layout": {
        "templates/page.html": '<!doctype html><html lang="en"><title>x</title>'
        '<a href="URL">x</a><img src="URL" alt="x">{{ page.content }}'
    },
    "lock": {".proofdown.lock": "URL\n"},
}


@pytest.mark.parametrize("url", NOT_URLS)
@pytest.mark.parametrize("settings", URL_FIELDS.values(), ids=URL_FIELDS)
def test_a_setting_that_is_no_url_is_refused_where_it_is_written(
    project: Project, settings: str, url: str
) -> None:
    assert split_url(url) is None
    project.write({"proofdown.yml": settings.replace("'URL{path}'", json.dumps(url + "{path}"))})
    project.write({"proofdown.yml": settings.replace("URL", json.dumps(url))})
    result = project.build()
    assert result.code == 1
    assert [line for line in result.diagnostics if not line.startswith("proofdown.yml:")] == []


@pytest.mark.parametrize("url", NOT_URLS)
@pytest.mark.parametrize("files", URL_PLACES.values(), ids=URL_PLACES)
def test_a_url_that_no_parser_takes_ends_no_build(
    project: Project, files: dict[str, str], url: str
) -> None:
    project.write({path: text.replace('URL="URL"', f'URL="{url}"') for path, text in files.items()})
    project.write({path: text.replace("URL", url) for path, text in files.items()})
    assert project.build().code in (0, 1)  # and raises nothing


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
def test_a_setting_that_is_no_text_ends_the_run_with_its_place(
    project: Project, settings: str, text: str
) -> None:
    project.write({"proofdown.yml": settings.replace("TEXT", text), "diagrams/a.dot": DOT})
    result = project.build()
    assert result.code == 2
    assert len(result.diagnostics) == 1
    assert result.diagnostics[0].startswith("proofdown.yml:")
    assert "error[invalid-yaml]: " in result.diagnostics[0]


@pytest.mark.parametrize("text", [r'"a\0b"', r'"\ud800"'])
@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("content/index.md", "---\ntitle: TEXT\n---\n# Home\n"),
        ("content/index.md", "---\naliases: [TEXT]\n---\n# Home\n"),
        ("content/index.md", "---\naliases: ['a#b': TEXT]\n---\n# Home\n"),
        ("content/index.md", "---\nlayout: TEXT\n---\n# Home\n"),
        ("content/index.md", "---\nextra: {TEXT: TEXT}\n---\n# Home\n"),
        ("content/index.claims.yml", "diagrams: {TEXT: {}}\n"),
        ("content/index.claims.yml", "TEXT: x\n"),
    ],
)
def test_yaml_that_is_no_text_is_refused_where_it_is_written(
    project: Project, path: str, before: str, text: str
) -> None:
    project.write({path: before.replace("TEXT", text)})
    result = project.build()
    assert result.code == 1
    assert [d.partition("]: ")[0].split(": ")[1] for d in result.diagnostics] == [
        "error[invalid-yaml"
    ]


@pytest.mark.parametrize("settings", WHERE_TEXT_GOES.values(), ids=WHERE_TEXT_GOES)
@pytest.mark.parametrize("length", [256, 5000])
def test_a_setting_longer_than_any_name_ends_in_no_traceback(
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
def test_a_folder_whose_name_no_disk_takes_is_refused(project: Project, folder: str) -> None:
    project.write({"proofdown.yml": f"title: T\nfolders: {{{folder}: {'n' * 256}}}\n"})
    result = project.run("build")
    assert result.code == 1
    assert f"`{'n' * 80}` cannot be a folder" in result.out
    assert "help: a name in it is longer than 255 bytes" in result.out


def test_a_program_whose_name_no_disk_takes_is_refused(project: Project) -> None:
    project.write({"proofdown.yml": f"title: T\ndiagrams: {{program: {'n' * 256}}}\n"})
    project.write({"diagrams/a.dot": DOT})
    result = project.build()
    assert result.code == 1
    assert f"`{'n' * 80}` cannot be a program" in result.diagnostics[-1]


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
        "proofdown.content.discovery:Page",
    ],
)
def test_what_is_no_markdown_extension_is_not_called(tmp_path: Path, name: str) -> None:
    result = _extension(tmp_path / "site", f"'{name}'")
    assert result.code == 1
    assert result.diagnostics == [
        f"proofdown.yml:3:5: error[unknown-extension]: `{name}` is no Markdown extension"
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
def test_options_are_handed_to_extensions_alone(tmp_path: Path, written: str) -> None:
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
    assert "`ends_all` is no Markdown extension" in result.out


def test_the_rule_for_addresses_is_the_one_for_files() -> None:
    for name in ("a\x1b", "a ", "a.", "a\\b", "\ud800", "n" * 256):
        assert fault_of_file(f"x/{name}") == fault_of_address(f"x/{name}") != ""
    assert fault_of_file("a .md") == fault_of_address("a /")
