"""No text of a site, a patch or a host can control a terminal or a log."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofdown.build.report.text import first_line, full_text
from proofdown.cli.printing import style
from proofdown.diagnostics import Diagnostic, Note
from proofdown.runtime.system.crash import crash_of, text_of
from proofdown.source import Location, printable, printable_lines
from tests.support.git_sites import History
from tests.support.project import Project, run_command

STEERING = "\x1b[2J\x07\x08\r\x0b\x0c\x7f\x85\x9b3m\x9d"
INVISIBLE = "\u061c\u200b\u200d\u200e\u2028\u2029\u202e\u2060\u2066\ufeff\ue000\u0378\U000e0041"
ODD = STEERING + INVISIBLE
"""One character of each kind: moves the cursor, ends a line, reverses text, has no width."""
FORMATS = ("text", "concise", "json", "sarif", "github")
COLOURS = re.compile(r"\x1b\[(?:0|1|2|22|31|33|36)m")


def strays(text: str) -> set[str]:
    """Return the characters that should not be printed."""
    return {c for c in text if c != "\n" and not c.isprintable()}


def quoted(text: str) -> str:
    """Return a text as YAML with every odd character escaped, as an attacker would write it."""
    return json.dumps(text).replace(r"\udb40\udc41", r"\U000e0041")


EVERYWHERE: dict[str, str | bytes] = {
    "proofdown.yml": "\n".join(
        [
            f"title: {quoted('title' + ODD)}",
            f"{quoted('key' + ODD)}: 1",
            f"language: {quoted('language' + ODD)}",
            f"url: {quoted('https://url' + ODD)}",
            f"nav: [{{{quoted('section' + ODD)}: []}}, {quoted('target' + ODD)}, index.md]",
            f"hosts: [{quoted('host' + ODD)}]",
            f"styles: [{quoted('style' + ODD)}]",
            f"markdown_extensions: [{quoted('extension' + ODD)}]",
            f"checks: {{{quoted('rule' + ODD)}: off, misspelling: {quoted('level' + ODD)}}}",
            f"recordings: {{{quoted('recording' + ODD)}: {{run: x}}}}",
            f"commands: {{{quoted('command' + ODD)}: {quoted('synopsis' + ODD)}}}",
            f"publish: {{{quoted('publish' + ODD)}: {{to: git}}}}",
            f"languages: {{{quoted('tongue' + ODD)}: {{name: x}}}}",
            f"diagrams: {{node: {{{quoted('attribute' + ODD)}: [1]}}}}",
        ]
    ),
    "content/index.md": (
        f"---\nlayout: {quoted('layout' + ODD)}\n{quoted('head' + ODD)}: 1\n"
        f"aliases: [{quoted('alias' + ODD)}]\nallow: [{quoted('allowed' + ODD)}]\n---\n"
        f"# Home{INVISIBLE}\n\nWe recieve{INVISIBLE} [a](no{INVISIBLE}pe.md) and\x1b[2J so on.\n\n"
        f"[decoded]({quote('decoded' + ODD)}.md) ![]({quote('picture' + ODD)}.png)\n"
        f"[anchor](#{quote('anchor' + ODD)})\n\n![A](../diagrams/a.dot)\n"
    ),
    "content/index.claims.yml": (
        f"diagrams:\n  {quoted('claimed' + ODD)}: {{connections: [a -> b]}}\n"
        f"  a: {{connections: [{quoted('edge' + INVISIBLE + ' -> b')}]}}\n"
        f"{quoted('claims' + ODD)}: 1\n"
    ),
    "diagrams/a.dot": f'digraph {{ a -> b [color="colour{INVISIBLE}", label="l{INVISIBLE}"] }}\n',
    "diagrams/b.dot": f"digraph {{ a -> -> near{INVISIBLE} }}\n",
    ".proofdown.lock": f"lost{quote(INVISIBLE)}/\nheld{quote(ODD)}/\nline{INVISIBLE}/ else\n",
}
NAMES = (
    "title key language url section target host style extension rule level recording command "
    "publish tongue attribute layout head alias allowed decoded picture anchor claimed edge claims "
    "colour near lost held line"
).split()
"""The places of odd characters in that site, each named by the word before them."""


@pytest.fixture
def odd(tmp_path: Path) -> Project:
    """Return a site with odd characters in every field."""
    project = Project.make(tmp_path / "site", EVERYWHERE)
    name = os.fsencode(project.root / "content") + os.fsencode(f"/file{ODD}") + b"\xff.md"
    Path(os.fsdecode(name)).write_text("# A file\n", "utf-8")
    return project


@pytest.mark.parametrize("format_", FORMATS)
def test_no_field_of_a_site_reaches_the_terminal_raw(odd: Project, format_: str) -> None:
    out = odd.run("check", "--format", format_).out
    assert strays(out) == set()
    silent = {"title", "style", "command"}  # these are no fault of their own
    assert [name for name in NAMES if name not in out and name not in silent] == []


def test_colours_are_the_only_escapes_where_they_are_forced(odd: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "proofdown", "check"],
        cwd=odd.root,
        env=os.environ | {"FORCE_COLOR": "1"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    out = (done.stdout + done.stderr).decode()
    assert len(COLOURS.findall(out)) > 100
    assert strays(COLOURS.sub("", out)) == set()
    assert COLOURS.sub("", out) == odd.run("check").out


ENDING: dict[str, tuple[dict[str, str | bytes], str]] = {
    "a tag in the settings": ({"proofdown.yml": f"title: !t{INVISIBLE} x\n"}, "invalid-yaml"),
    "a control character in the settings": ({"proofdown.yml": f"title: {ODD}\n"}, "invalid-yaml"),
    "settings that are a text": ({"proofdown.yml": quoted(f"text{ODD}")}, "invalid-value"),
    "a folder that is not there": (
        {"proofdown.yml": f"title: T\nfolders: {{content: {quoted('folder' + ODD)}}}\n"},
        "no-pages",
    ),
    "a program that is not there": (
        {
            "proofdown.yml": f"title: T\ndiagrams: {{program: {quoted('program' + ODD)}}}\n",
            "diagrams/a.dot": "digraph { a }\n",
        },
        "missing-program",
    ),
    "a control character in front matter": (
        {"content/index.md": f"---\ntitle: {ODD}\n---\n# Home\n"},
        "invalid-yaml",
    ),
    "a filter that is not there": (
        {"templates/page.html": f"{{{{ 'x' | no{STEERING} }}}}"},
        "template-error",
    ),
    "a value that is not there": (
        {"templates/page.html": f"{{{{ {quoted('text' + ODD)}.missing.value }}}}"},
        "template-error",
    ),
    "a template that is not there": (
        {"templates/page.html": f"{{% include {quoted('include' + ODD)} %}}"},
        "template-error",
    ),
    "an option of an extension": (
        {"proofdown.yml": f"title: T\nmarkdown_extensions: [toc: {{{quoted('o' + ODD)}: 1}}]\n"},
        "invalid-value",
    ),
    "a pattern": (
        {
            "proofdown.yml": "title: T\ncommands: {x: {synopsis: x, values: "
            f"{{--a: {quoted('(' + ODD)}}}}}}}\n"
        },
        "invalid-value",
    ),
}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(("files", "code"), ENDING.values(), ids=ENDING)
def test_errors_that_end_a_run_are_printed_escaped(
    project: Project, files: dict[str, str | bytes], code: str, format_: str
) -> None:
    project.write(files)
    result = project.run("check", "--format", format_)
    assert result.code in (1, 2)
    assert code in result.out
    assert strays(result.out) == set()


@pytest.mark.parametrize("format_", ["text", "json", "github"])
def test_a_problem_with_odd_characters_can_be_in_the_baseline(odd: Project, format_: str) -> None:
    found = odd.run("check", "--write-baseline", "--format", format_)
    assert strays(found.out) == set()
    passed = odd.run("check", "--format", format_)
    assert (passed.code, strays(passed.out)) == (0, set())
    assert strays((odd.root / "proofdown.baseline.json").read_text("utf-8")) == set()


def test_json_has_the_exact_characters(project: Project) -> None:
    project.write({"content/index.md": f"# Home\n\n[a]({quote(ODD)}.md)\n"})
    data = json.loads(project.run("check", "--format", "json").out)
    assert data["diagnostics"][0]["message"] == f"no page or file at `{ODD}.md`"


def test_a_line_feed_in_a_name_starts_no_line_of_a_report(project: Project) -> None:
    project.write({"content/index.md": "# Home\n\n[a](x%0A::error::y%0Aerror[none]:.md)\n"})
    for format_ in ("text", "concise", "github"):
        lines = project.run("check", "--format", format_).out.splitlines()
        assert [line for line in lines if line.startswith(("::error::", "error[none]"))] == []
        assert sum(r"x\n::error::y\nerror[none]:.md" in line for line in lines) == 1


def test_an_escape_in_a_snippet_moves_the_underline(project: Project) -> None:
    project.write({"content/index.md": "# Home\n\nA\u200d\u202e\tb\u00a0c [x](gone.md) d\x9b\n"})
    lines = project.run("check").out.splitlines()
    shown = next(line for line in lines if line.startswith(" 3 |"))
    assert shown == r" 3 | A\u200d\u202e b c [x](gone.md) d\x9b"
    below = lines[lines.index(shown) + 1]
    assert shown[below.index("^") : below.rindex("^") + 1] == "gone.md"


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(st.characters(), max_size=40), st.integers(1, 50), st.integers(0, 30))
def test_every_text_is_printed_in_printable_characters(text: str, column: int, width: int) -> None:
    location = Location(text, 1, column, 1, column + width, text.replace("\n", " "))
    found = Diagnostic("broken-link", text, location, text, (Note(text, location),))
    assert strays(full_text(found)) == set()
    assert "\n" not in first_line(found)
    painted = full_text(found, style)
    assert strays(COLOURS.sub("", painted)) == set()
    assert COLOURS.sub("", painted) == full_text(found)
    assert strays(printable_lines(text)) == set()
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(
    "arguments",
    [
        [f"command{ODD}"],
        [f"--option{ODD}"],
        ["check", f"--option{ODD}"],
        ["check", "--format", f"format{ODD}"],
        ["check", "--site", f"folder{ODD}"],
        ["explain", f"code{ODD}"],
        ["review", f"--to=x{ODD}", f"base{ODD}"],
        ["review", "main", "--fail-on", f"kind{ODD}"],
        ["review", "main", "--output", f"output{ODD}"],
        ["review", "--patch", f"patch{ODD}"],
        ["publish", f"target{ODD}"],
        ["publish", "--wait", f"number{ODD}"],
        ["record", f"name{ODD}"],
        ["serve", "--host", f"host{ODD}"],
        ["new", f"folder{ODD}/.."],
    ],
)
def test_arguments_are_quoted_in_printable_characters(
    project: Project, arguments: list[str]
) -> None:
    result = run_command(*arguments, cwd=project.root)
    assert "Traceback" not in result.out
    assert strays(result.out) == set()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_encoding_of_the_output_ends_a_run(odd: Project, encoding: str) -> None:
    for command in (["check"], ["check", "--format", "json"], ["explain", "ampersand"]):
        env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
        done = subprocess.run(
            [sys.executable, "-m", "proofdown", *command],
            cwd=odd.root,
            env=os.environ | env,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert b"Traceback" not in done.stderr
        assert strays(done.stdout.decode(encoding)) == set()


def test_a_changed_recording_is_shown_in_printable_characters(project: Project) -> None:
    script = f"import sys; sys.stdout.write({('moved' + ODD)!r} + chr(10))"
    (project.root / "tool.py").write_text(script, "utf-8")
    run = quoted(f"{sys.executable} tool.py")
    project.write({"proofdown.yml": f"title: T\nrecordings: {{a: {{run: {run}}}}}\n"})
    assert project.run("record").code == 0
    (project.root / "tool.py").write_text(script.replace("moved", "other"), "utf-8")
    result = project.run("record", "--check")
    assert "+other" in result.out
    assert strays(result.out) == set()


def test_the_reason_of_a_failed_recording_is_in_printable_characters(project: Project) -> None:
    (project.root / "tool.py").write_text(f"import sys; sys.exit({('why' + ODD)!r})", "utf-8")
    run = quoted(f"{sys.executable} tool.py")
    project.write({"proofdown.yml": f"title: T\nrecordings: {{a: {{run: {run}}}}}\n"})
    result = project.run("record")
    assert "ended with 1" in result.out
    assert strays(result.out) == set()


def _reviewed(root: Path) -> History:
    history = History.make(root, {"content/index.md": f"# Home\n\nOld{ODD} text.\n"})
    text = (
        f"---\ntitle: {quoted('Title' + ODD)}\n---\n# Home {INVISIBLE}\n\nNew\x1b[2mfaint text.\n\n"
        f"```\nf(){ODD}\n```\n\n| A |\n| - |\n| {INVISIBLE} |\n\n[a]({quote('gone' + ODD)}.md)\n"
    )
    history.commit(f"Subject{INVISIBLE}", {"content/index.md": text})
    return history


@pytest.mark.parametrize("format_", ["text", "json", "github"])
def test_a_review_is_printed_in_printable_characters(tmp_path: Path, format_: str) -> None:
    history = _reviewed(tmp_path / "site")
    result = history.project.run("review", "--format", format_, "HEAD~1")
    assert result.code == 0
    assert "Title" in result.out
    assert strays(result.out) == set()


def test_a_review_has_only_its_own_colours(tmp_path: Path) -> None:
    history = _reviewed(tmp_path / "site")
    env = {"FORCE_COLOR": "1"}
    out = run_command("review", "--format", "text", "HEAD~1", cwd=history.root, env=env).out
    assert r"New\x1b[2mfaint" in out
    assert strays(COLOURS.sub("", out)) == set()


def test_a_plan_names_files_in_printable_characters(project: Project) -> None:
    where = project.root.parent / "host"
    where.mkdir()
    for name in (ODD.replace("/", ""), "a\nnothing was published", "plain"):
        (where / name).write_text("x", "utf-8")
    project.write({"proofdown.yml": "title: T\npublish: {here: {to: directory, path: ../host}}\n"})
    for options in ([], ["--adopt", "--dry-run", "--allow-deletions"]):
        result = project.run("publish", *options)
        assert "plain" in result.out
        assert strays(result.out) == set()


def test_a_traceback_is_printed_in_printable_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROOFDOWN_TRACEBACK", "1")
    said = text_of(crash_of(ValueError(f"why{ODD}")))
    assert said.count("why") == 2
    assert strays(said) == set()


def test_an_error_of_a_host_is_printed_in_printable_characters(project: Project) -> None:
    host = project.root.parent / "host.git"
    subprocess.run(["git", "init", "--quiet", "--bare", host], check=True)
    hook = host / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nprintf 'because\\033[2J\\007\\302\\233x\\n' >&2\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    project.write({"proofdown.yml": f"title: T\npublish: {{a: {{to: git, remote: {host}}}}}\n"})
    result = project.run("publish", "--no-verify")
    assert result.code == 2
    assert "because" in result.out
    assert strays(result.out) == set()


def test_a_preview_prints_only_printable_characters(odd: Project) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "proofdown", "serve", "--port", "0"],
        cwd=odd.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        assert running.stdout
        said = b""
        while b"built in" not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
        found = re.search(rb"http://127\.0\.0\.1:(\d+)", said)
        assert found
        with socket.create_connection(("127.0.0.1", int(found[1])), timeout=30) as asking:
            asking.sendall(b"GET /\x1b[2J\x9b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n\x1b[2J\r\n\r\n")
            asking.recv(1000)
    finally:
        running.terminate()
        rest, _ = running.communicate(timeout=60)
    assert strays((said + rest).decode()) == set()
