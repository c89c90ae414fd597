"""A site folder for tests: write files, run the command, read the output."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from proofdown.cli.main import main

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = "git+https://github.com/proofdown/migration"
"""The requirement that `pip` installs Proofdown from while there is no release."""
SETTINGS: dict[str, str | bytes] = {"proofdown.yml": "title: Test\n"}


@dataclass(frozen=True)
class Result:
    """The result of a run of the command."""

    code: int
    out: str
    """Its output, standard output and standard error together."""

    @property
    def diagnostics(self) -> list[str]:
        """The first line of each diagnostic, which is all that `concise` prints."""
        return [line for line in self.out.splitlines() if "]: " in line]


@dataclass(frozen=True)
class Project:
    """A site in a folder of its own."""

    root: Path

    @classmethod
    def make(cls, root: Path, files: dict[str, str | bytes]) -> "Project":
        """Write a site. Without its own settings it gets only a title."""
        root.mkdir(parents=True)
        made = cls(root)
        made.write(SETTINGS | files)
        return made

    def write(self, files: dict[str, str | bytes]) -> None:
        """Write files, given by their path in the site."""
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(self, *arguments: str) -> Result:
        """Run the command on the site in this process, without catching exceptions."""
        return self.run_plain(arguments[0], "--site", str(self.root), *arguments[1:])

    @staticmethod
    def run_plain(*arguments: str) -> Result:
        """Run the command in this process with exactly these arguments."""
        done = CliRunner().invoke(main, arguments, catch_exceptions=False)
        return Result(done.exit_code, done.output)

    def build(self, *arguments: str) -> Result:
        """Build the site and print one line per diagnostic."""
        return self.run("build", "--format", "concise", *arguments)

    def check(self, *arguments: str) -> Result:
        """Check the site and print one line per diagnostic."""
        return self.run("check", "--format", "concise", *arguments)

    def html(self, path: str = "index.html") -> str:
        """Return a built file."""
        return (self.root / "site" / path).read_text("utf-8")

    def tree(self, folder: str = "site") -> dict[str, bytes]:
        """Return every file of a folder except the cache."""
        top = self.root / folder
        return {
            file.relative_to(top).as_posix(): file.read_bytes()
            for file in sorted(top.rglob("*"))
            if file.is_file() and ".proofdown" not in file.parts
        }


def run_command(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None, before: tuple[str, ...] = ()
) -> Result:
    """Run the real command in a process of its own, through the program `before` if given."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "proofdown", *arguments],
        cwd=cwd,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Result(done.returncode, done.stdout + done.stderr)
