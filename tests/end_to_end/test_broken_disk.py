"""Transient read errors: the build reports them, and the next one is right."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.clean_build import compare_with_clean
from tests.support.git_sites import History
from tests.support.project import Project, run_command

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t real_read(int number, void *to, size_t most) {
    static ssize_t (*found)(int, void *, size_t);
    if (!found) found = dlsym(RTLD_NEXT, "read");
    return found(number, to, most);
}

/* The read that BROKEN_AT counts of BROKEN_FILE, in whatever process, fails. */
ssize_t read(int number, void *to, size_t most) {
    const char *file = getenv("BROKEN_FILE");
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", number);
    ssize_t length = file ? readlink(name, path, sizeof path - 1) : -1;
    if (length > 0) {
        path[length] = 0;
        if (!strcmp(path, file)) {
            struct stat state;
            int marks = open(getenv("BROKEN_MARKS"), O_WRONLY | O_CREAT | O_APPEND, 0644);
            write(marks, ".", 1);
            fstat(marks, &state);
            close(marks);
            if (state.st_size == atoi(getenv("BROKEN_AT"))) {
                errno = EIO;
                return -1;
            }
        }
    }
    return real_read(number, to, most);
}
"""
FILES: dict[str, str | bytes] = {
    "content/index.md": "# Home\n\n![A to B](../diagrams/a.dot) [x](x.txt)\n",
    "content/index.claims.yml": "diagrams: {a: {connections: [a -> b]}}\n",
    "content/own.css": "a{background:url(x.txt)}",
    "content/x.txt": "x",
    "diagrams/a.dot": "digraph { a -> b }\n",
    "templates/page.html": "<!doctype html><title>T</title>{{ page.content }}\n",
    "templates/static/own.css": "/* own */",
    ".proofdown.lock": "/\n",
}


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library that makes reading one file fail once."""
    compiler = shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("there is no gcc that makes such a library")
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(SHIM, "utf-8")
    made = folder / "shim.so"
    command = [compiler, "-shared", "-fPIC", "-w", "-o", str(made), str(folder / "shim.c"), "-ldl"]
    subprocess.run(command, check=True)
    return made


@pytest.mark.parametrize("path", [*FILES, "proofdown.yml"])
def test_a_file_with_a_transient_read_error_is_read_by_the_next_build(
    tmp_path: Path, shim: Path, path: str
) -> None:
    project = Project.make(tmp_path / "project", FILES)
    marks = tmp_path / "marks"
    for nth in range(1, 20):
        shutil.rmtree(project.root / ".proofdown", ignore_errors=True)
        marks.write_bytes(b"")
        broken = {
            "LD_PRELOAD": str(shim),
            "BROKEN_FILE": str(project.root / path),
            "BROKEN_MARKS": str(marks),
            "BROKEN_AT": str(nth),
        }
        result = run_command("build", cwd=project.root, env=broken)
        assert "Traceback" not in result.out
        if marks.stat().st_size < nth:
            assert nth > 1
            return
        assert result.code == 0 or "input/output error" in result.out
        quiet = run_command("build", cwd=project.root)
        assert quiet.code == 0
        assert "own.css: warning[unused-asset]" in quiet.out
        compare_with_clean(project, tmp_path / "clean")


GIT = """#!/bin/sh
case " $* " in *" log "*) test ! -e {broken} || exit 128;; esac
exec {git} "$@"
"""


def test_a_history_with_a_transient_read_error_is_read_by_the_next_build(
    tmp_path: Path,
) -> None:
    files: dict[str, str | bytes] = {
        "proofdown.yml": "title: T\nurl: https://example.org/\n",
        "content/index.md": "# Home\n\nText.\n",
        ".gitignore": "site\n.proofdown\n",
    }
    history = History.make(tmp_path / "project", files)
    broken, folder = tmp_path / "broken", tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(GIT.format(broken=broken, git=shutil.which("git")), "utf-8")
    (folder / "git").chmod(0o755)
    path = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    broken.touch()
    assert run_command("build", cwd=history.root, env=path).code == 0
    assert not (history.root / "site" / "feed.xml").exists()
    broken.unlink()
    assert run_command("build", cwd=history.root, env=path).code == 0
    assert "2026-11-20" in (history.root / "site" / "feed.xml").read_text("utf-8")
