"""What Git has, read without a trace: revisions named, and their files copied to a folder.

The repository is only ever read. A copy is made over an index of its own, so that the index, the
branches, the list of work trees and the work tree stay byte for byte as they were, also when a run
is killed half way; no hook and no monitor of the repository runs.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from proofdown.diagnostics import Diagnostic, SiteError
from proofdown.source import Place

_QUIET = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"),
    *("-c", "core.splitIndex=false", "-c", "core.sparseCheckout=false"),
    *("-c", "advice.detachedHead=false", "-c", "core.quotePath=false"),
)
_OF_A_HOOK = frozenset(
    "GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX GIT_COMMON_DIR GIT_NAMESPACE".split()
)
"""What Git sets where it runs a hook, and what would lead to another repository or index."""
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class RevisionError(SiteError):
    """There is no such revision, or no repository to look for it in."""


class GitError(Exception):
    """Git refused; the text is what it said."""


class Revision(Struct, frozen=True):
    """A commit, as it was asked for and as it is."""

    name: str
    """How it was asked for: `main`, `HEAD~2`."""
    commit: str
    """Its full hash."""
    subject: str
    """First line of its message."""

    @property
    def label(self) -> str:
        """How reports call it."""
        short = self.commit[:10]
        return short if self.commit.startswith(self.name) else f"{self.name} ({short})"


class Unseen(Struct, frozen=True):
    """Something in a revision that is not in its copy as readers would get it."""

    path: str
    """Path from the top of the repository."""
    reason: str
    """`submodule` or `LFS pointer`."""


class Repository(Struct, frozen=True):
    """The repository that a site is in."""

    top: Path
    """The top folder of its work tree."""
    prefix: str
    """Path of the site's root below the top, with a `/` at its end; empty at the top."""

    def git(self, *arguments: str, index: Path | None = None) -> str:
        """Return what a Git command prints.

        Raises:
            GitError: it fails.
        """
        extra = {"GIT_INDEX_FILE": str(index)} if index else {}
        return run_git((*_QUIET, *arguments), self.top, extra).decode("utf-8", "replace")

    def revision(self, name: str) -> Revision:
        """Return the commit that a name stands for.

        Raises:
            RevisionError: there is none.
        """
        try:
            wanted = f"{name}^{{commit}}"
            commit = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
            subject = self.git("show", "--no-patch", "--format=%s", commit.strip(), "--")
        except GitError:
            help_ = self._guess(name)
            message = f"there is no revision `{name}` in this repository"
            raise RevisionError(Diagnostic("missing-revision", message, Place(""), help_)) from None
        return Revision(name, commit.strip(), subject.strip())

    def merge_base(self, one: Revision, other: Revision | None) -> Revision:
        """Return the commit at which two lines of work parted; `HEAD` for None.

        Raises:
            RevisionError: they never were one.
        """
        end = other.commit if other else "HEAD"
        try:
            commit = self.git("merge-base", one.commit, end).strip()
        except GitError:
            message = f"`{one.name}` and `{other.name if other else end}` have no commit in common"
            help_ = "fetch the whole history, as with `git fetch --unshallow`"
            raise RevisionError(Diagnostic("missing-revision", message, Place(""), help_)) from None
        return self.revision(commit)

    def head(self) -> str:
        """Return the short hash of the commit that is checked out; empty before the first."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", "HEAD").strip()[:10]
        except GitError:
            return ""

    def copy(self, revision: Revision, folder: Path) -> tuple[Unseen, ...]:
        """Write the files of a revision below an empty folder; return what is not in them.

        Raises:
            RevisionError: Git fails, for instance on a full disk, or in a clone without all files.
        """
        index = folder.with_name(folder.name + ".index")
        try:
            self.git("read-tree", revision.commit, index=index)
            self.git("checkout-index", "--all", "--force", f"--prefix={folder}/", index=index)
            listed = self.git("ls-tree", "-r", "-z", "--full-tree", revision.commit)
        except GitError as fault:
            reason = str(fault).splitlines()[0]
            message = f"the files of {revision.label} cannot be copied: {reason}"
            raise RevisionError(Diagnostic("missing-revision", message, Place(""))) from None
        submodules = [line for line in listed.split("\0") if line.startswith("160000 ")]
        return (
            *(Unseen(line.partition("\t")[2], "submodule") for line in submodules),
            *(Unseen(path, "LFS pointer") for path in _pointers(folder / self.prefix, folder)),
        )

    def has_blob(self, blob: str) -> bool:
        """Whether a file's content, by the beginning of its hash, is in the repository."""
        try:
            self.git("cat-file", "-e", f"{blob}^{{blob}}")
        except GitError:
            return False
        return True

    def _guess(self, name: str) -> str:
        """Return what to do about a revision that is not there."""
        if ".." in name:
            return "name one revision, and the other with `--to`; `--merge-base` is like `...`"
        try:
            is_shallow = self.git("rev-parse", "--is-shallow-repository").strip() == "true"
            names = self.git("for-each-ref", "--format=%(refname:short)").split()
        except GitError:
            return ""
        if is_shallow:
            return "this clone is shallow: fetch the whole history, in CI with `fetch-depth: 0`"
        remote = next((known for known in names if known.endswith(f"/{name}")), "")
        return f"there is a `{remote}`" if remote else "`git log` and `git branch --all` list them"


def find_repository(root: Path) -> Repository:
    """Return the repository that a site's root is in.

    Raises:
        RevisionError: it is in none, or Git is missing or refuses to read it.
    """
    try:
        top = run_git(("rev-parse", "--show-toplevel"), root).decode("utf-8", "replace").strip()
        prefix = run_git(("rev-parse", "--show-prefix"), root).decode("utf-8", "replace").strip()
    except GitError as fault:
        message = f"the site is in no Git repository that can be read: {fault}"
        help_ = "`proofdown review` compares with a revision of it"
        place = Place("")
        raise RevisionError(Diagnostic("missing-revision", message, place, help_)) from None
    return Repository(Path(top), prefix)


def run_git(
    arguments: Sequence[str],
    folder: Path,
    environment: dict[str, str] | None = None,
    *,
    given: bytes = b"",
) -> bytes:
    """Return what a Git command prints, run in a folder and given something to read.

    Raises:
        GitError: there is no Git, or it fails.
    """
    quiet = {"LC_ALL": "C.UTF-8", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    quiet["GIT_LFS_SKIP_SMUDGE"] = "1"
    inherited = {key: value for key, value in os.environ.items() if key not in _OF_A_HOOK}
    try:
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607 (the Git that the user has)
            cwd=folder,
            env=inherited | quiet | (environment or {}),
            input=given,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("there is no program `git` here") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GitError(said or f"`git {arguments[0]}` ended with {done.returncode}")
    return done.stdout


def _pointers(root: Path, top: Path) -> list[str]:
    """Return the files of a site that are pointers to what LFS holds elsewhere."""
    found = []
    for file in sorted(root.rglob("*")) if root.is_dir() else ():
        if file.is_symlink() or not file.is_file() or file.stat().st_size > 1024:
            continue
        if file.read_bytes().startswith(_LFS_POINTER):
            found.append(file.relative_to(top).as_posix())
    return found
