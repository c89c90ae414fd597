"""Runs that fail for a reason outside the site print a few lines, and never a traceback."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from pydantic_sarif import model as sarif

from tests.support.project import Project, Result, run_command

REPORTING = "report the traceback, which `PROOFDOWN_TRACEBACK=1` prints, and what you ran, for"
DEEP = "def f():\n    f()\n\nf()\n"


def run_broken(
    project: Project, text: str, *arguments: str, library: str = "rcssmin", **env: str
) -> Result:
    """Run the command with a library that does not load."""
    folder = project.root.parent / "broken"
    folder.mkdir(exist_ok=True)
    (folder / f"{library}.py").write_text(text)
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return run_command(*arguments, cwd=project.root, env={"PYTHONPATH": path} | env)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise ValueError('it is\\n\\x1b[31mbroken')\n", "ValueError: it is [31mbroken"),
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise KeyError\n", "KeyError"),
        (DEEP, "RecursionError: maximum recursion depth exceeded"),
        ("class X(BaseException): pass\nraise X('y')\n", "X: y"),
    ],
)
def test_a_bug_is_reported_with_its_location_and_how_to_report_it(
    project: Project, text: str, said: str
) -> None:
    result = run_broken(project, text, "build")
    first, help_ = result.out.splitlines()
    assert result.code == 2
    assert re.fullmatch(
        re.escape(f"error[run-failed]: a bug in Proofdown: {said}, in ")
        + r"`<module>` in site/templating/translations\.py:\d+",
        first,
    )
    assert help_.strip().startswith(f"= help: {REPORTING} proofdown ")


def test_the_traceback_is_printed_on_request(project: Project) -> None:
    text = "raise ValueError('broken')\n"
    for asked in ("1", "yes"):
        result = run_broken(project, text, "build", PROOFDOWN_TRACEBACK=asked)
        assert result.out.startswith("Traceback (most recent call last):\n")
        assert "\nValueError: broken\nerror[run-failed]: " in result.out
    assert "Traceback" not in run_broken(project, text, "build", PROOFDOWN_TRACEBACK="").out


@pytest.mark.parametrize(
    "text",
    [
        "raise MemoryError\n",
        "import errno, os\nraise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))\n",
        "raise ImportError('libstdc++.so.6: failed to map segment from shared object')\n",
    ],
)
def test_running_out_of_memory_is_not_reported_as_a_bug(project: Project, text: str) -> None:
    result = run_broken(project, text, "build")
    first, help_ = result.out.splitlines()
    assert result.code == 2
    assert first.startswith(
        "error[run-failed]: out of memory in `<module>` in site/templating/translations.py:"
    )
    assert "PROOFDOWN_WORKERS=1" in help_


@pytest.mark.parametrize(("error", "is_shown"), [("MemoryError", False), ("ValueError", True)])
def test_a_finalizer_without_memory_prints_no_traceback(
    project: Project, error: str, is_shown: bool
) -> None:
    text = f"class Dropped:\n    def __del__(self):\n        raise {error}\nDropped()\n"
    result = run_broken(project, text, "build")
    assert ("Traceback" in result.out) is is_shown


@pytest.mark.skipif(not shutil.which("prlimit"), reason="needs prlimit")
@pytest.mark.parametrize("megabytes", range(21, 60, 3))
def test_a_run_with_too_little_memory_prints_no_traceback(project: Project, megabytes: int) -> None:
    most = ("prlimit", f"--as={megabytes << 20}")
    result = run_command("build", cwd=project.root, before=most)
    assert "Traceback" not in result.out
    # Python and its libraries do not always report what failed.
    assert result.code in (0, 1) or "error[run-failed]: " in result.out


def test_a_failed_system_call_is_reported_and_not_taken_for_an_unwritable_output(
    project: Project,
) -> None:
    refusing = "import errno, os\nraise OSError(errno.EIO, os.strerror(errno.EIO){})\n"
    for more in ("", ", 'a file'"):
        result = run_broken(project, refusing.format(more), "build")
        assert result.code == 2
        assert result.out.startswith("error[run-failed]: a system call failed: [Errno 5]")
        assert len(result.out.splitlines()) == 2


@pytest.mark.parametrize("format_", ["json", "sarif", "github"])
def test_a_bug_is_reported_in_formats_for_programs(project: Project, format_: str) -> None:
    project.write({"diagrams/a.dot": "digraph { a -> b }\n"})
    text = "raise ValueError('broken')\n"  # the library is imported when the first is drawn
    out = run_broken(project, text, "check", "-f", format_, library="graphviz").out
    out, found, _ = out.partition("error[run-failed]: ")
    assert found
    if format_ == "json":
        (diagnostic,) = json.loads(out)["diagnostics"]
        assert (diagnostic["code"], diagnostic["path"]) == ("run-failed", None)
        assert diagnostic["message"].startswith("a bug in Proofdown: ValueError: broken, in `")
    elif format_ == "sarif":
        data = json.loads(out)
        sarif.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate(data)
        assert data["runs"][0]["results"][0]["ruleId"] == "run-failed"
    else:
        assert out.startswith("::error title=run-failed::a bug in Proofdown: ValueError: broken")


def test_an_invalid_number_of_workers_is_reported_by_the_command(project: Project) -> None:
    result = run_command("build", cwd=project.root, env={"PROOFDOWN_WORKERS": "\u00b2"})
    assert result.code == 2
    assert result.out.startswith(
        "error[invalid-value]: `PROOFDOWN_WORKERS` is '\\xb2', which is not a number of workers\n"
    )


def test_a_library_that_every_command_lacks_is_reported(project: Project, tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise ImportError('broken')\n")
    result = run_command("--help", cwd=project.root, env={"PYTHONPATH": str(tmp_path)})
    assert result.code == 2
    assert result.out.startswith("error[run-failed]: a bug in Proofdown: ImportError: broken, in ")
