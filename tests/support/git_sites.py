"""A site in a Git repository, with a history that is the same on every machine."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.project import Project, Result

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A writer",
    "GIT_AUTHOR_EMAIL": "writer@example.org",
    "GIT_AUTHOR_DATE": "2026-11-20T12:00:00+00:00",
    "GIT_COMMITTER_NAME": "A writer",
    "GIT_COMMITTER_EMAIL": "writer@example.org",
    "GIT_COMMITTER_DATE": "2026-11-20T12:00:00+00:00",
}


@dataclass(frozen=True)
class History:
    """A site with a history."""

    project: Project

    @classmethod
    def make(cls, root: Path, files: dict[str, str | bytes]) -> "History":
        """Write a site and commit it."""
        made = cls(Project.make(root, files))
        made.git("init", "--quiet", "--initial-branch=main")
        made.commit("One")
        return made

    @property
    def root(self) -> Path:
        """The folder of the site and of the repository."""
        return self.project.root

    def git(self, *arguments: str) -> str:
        """Run Git and return what it prints."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commit(self, message: str, files: dict[str, str | bytes] | None = None) -> None:
        """Write files and commit everything."""
        self.project.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def review(self, *arguments: str) -> Result:
        """Review in this process and print text."""
        return self.project.run("review", "--format", "text", *arguments)

    def points(self, *arguments: str) -> list[str]:
        """Return the checklist of a review, one line per point, with blanks collapsed."""
        result = self.review(*arguments)
        assert result.code == 0, result.out
        marked = (line for line in result.out.splitlines() if line.startswith("  [ ]"))
        return [" ".join(line.removeprefix("  [ ]").split()) for line in marked]

    def report(self, *arguments: str) -> str:
        """Review in this process and return the report as HTML."""
        file = self.root.with_name("report.html")
        result = self.project.run("review", "--output", str(file), *arguments)
        assert result.code in (0, 1), result.out
        return file.read_text("utf-8")
