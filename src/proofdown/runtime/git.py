"""Run Git, always with the repository that is meant. No other module runs it.

Git by itself takes any folder with `HEAD`, `objects/` and `refs/` for a repository, and runs what
the `config` beside them names. Such files can come with a pull request. A file or folder called
`.git` cannot, because Git commits none: so `.git` alone says here where the repository is, and Git
is not left to look for one.

What only reads also gets no network, no hook, none of the user's settings and little of the
environment. The repository's own settings are read, but what they could start is turned off:
they may include a file of the tree.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from proofdown.diagnostics import reason_of
from proofdown.runtime.system.programs import ProgramCall, ProgramResult, TimedOutError, run_program

READING_SECONDS = 600
"""How long one command that reads may take."""

_NO_PROGRAMS = (
    *("-c", "safe.bareRepository=explicit", "-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"),
    *("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "log.showSignature=false"),
)
_READING = (
    *("--no-pager", "--no-replace-objects", *_NO_PROGRAMS, "-c", "protocol.allow=never"),
    *("-c", f"core.attributesFile={os.devnull}", "-c", "core.splitIndex=false"),
    *("-c", "core.sparseCheckout=false", "-c", "core.quotePath=false"),
    *("-c", "log.mailmap=false", "-c", "log.showRoot=true"),
)
_QUIET = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_ALONE = {
    # Empty is a list of the protocols allowed; unlike `protocol.allow`, no settings override it.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
}
_LONGEST_POINTER = 4096
_FOR_READING = frozenset(
    "HOME XDG_CONFIG_HOME TMPDIR SUDO_UID LD_LIBRARY_PATH DEVELOPER_DIR GIT_EXEC_PATH".split()
)
_FOR_PUBLISHING = (
    *("GIT_ASKPASS", "GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_CONFIG"),
    *("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_ALLOW_PROTOCOL", "GIT_PROTOCOL", "GIT_EXEC_PATH"),
)
"""Beginnings of the variables of Git that say how to reach a host, and who publishes."""


class GitError(Exception):
    """Git refused, or is missing; the text is what it said."""


class WorkTree(Struct, frozen=True):
    """A folder of files, and the repository that they belong to."""

    top: Path
    git_dir: Path
    """Its `.git`, or the folder that a file or link of that name leads to."""


def find_work_tree(start: Path) -> WorkTree | None:
    """Return the work tree that a folder is in, by the nearest `.git`; None if it is in none.

    Like Git, this stops at `GIT_CEILING_DIRECTORIES` and at the end of a file system.

    Raises:
        GitError: `.git` leads nowhere, or belongs to somebody whom the user does not trust.
    """
    ceilings = {Path(p) for p in os.environ.get("GIT_CEILING_DIRECTORIES", "").split(":") if p}
    with _faults_told():
        start = start.resolve()
        for top in (start, *start.parents):
            if top != start and (top in ceilings or _is_elsewhere(top, start)):
                return None
            if git_dir := _git_dir_of(top):
                tree = WorkTree(top, git_dir)
                _check_owner(tree)
                return tree
    return None


def make_scratch(tree: WorkTree, objects: Path | None = None, format_: str = "sha1") -> WorkTree:
    """Make an empty repository for a work tree; return the work tree.

    Its settings are written here and name no program: with them, no filter that the attributes
    of the tree ask for is known.

    Args:
        tree: the folder of files, and the folder to make.
        objects: folder of the objects of another repository, to be found in this one, too.
        format_: which hash the names of objects are.

    Raises:
        OSError: it cannot be written.
    """
    for folder in ("refs", "objects/info"):
        (tree.git_dir / folder).mkdir(parents=True)
    settings = ["[core]", "bare = true", "repositoryFormatVersion = 1"]
    settings += ["[extensions]", f"objectFormat = {format_}"]
    (tree.git_dir / "config").write_text("\n".join(settings) + "\n", "utf-8")
    (tree.git_dir / "HEAD").write_text("ref: refs/heads/none\n", "utf-8")
    if objects:
        (tree.git_dir / "objects/info/alternates").write_bytes(os.fsencode(objects) + b"\n")
    return tree


def read_git(
    tree: WorkTree,
    *arguments: str,
    folder: Path | None = None,
    given: bytes = b"",
    seconds: float = READING_SECONDS,
) -> bytes:
    """Return what a Git command prints that reads a repository, and fetches nothing.

    Args:
        tree: the work tree and its repository.
        arguments: the command and what it is given.
        folder: where to run it; the top of the work tree by default.
        given: what it reads from standard input.
        seconds: how long it may take.

    Raises:
        GitError: there is no Git, or it fails, or takes too long.
    """
    where = (f"--git-dir={tree.git_dir}", f"--work-tree={tree.top}")
    environment = _small_environment() | _QUIET | _ALONE
    done = _start((*where, *_READING, *arguments), folder or tree.top, environment, given, seconds)
    if done.exit_code:
        said = done.errors.decode("utf-8", "replace").strip()
        raise GitError(said or f"`git {arguments[0]}` ended with {done.exit_code}")
    return done.output


def settings_of(tree: WorkTree) -> Path:
    """Return the settings file of a repository, which all of its work trees share.

    Raises:
        GitError: Git cannot read the repository.
    """
    path = os.fsdecode(read_git(tree, "rev-parse", "--git-path", "config"))
    return (tree.top / path.rstrip("\n")).resolve()


def publish_git(
    scratch: WorkTree,
    settings: Path | None,
    *arguments: str,
    given: bytes = b"",
    into: BinaryIO | None = None,
) -> ProgramResult:
    """Run a Git command that may use the network, with the user's credentials and proxies.

    Args:
        scratch: the repository to publish from, and the folder to run in.
        settings: those of the user's own repository, whose remotes count; None for none.
        arguments: the command and what it is given.
        given: what it reads from standard input.
        into: a file to write its answer to, which then need not fit into memory.

    Raises:
        GitError: there is no Git.
    """
    included = ("-c", f"include.path={settings}") if settings else ()
    command = (f"--git-dir={scratch.git_dir}", *included, *_NO_PROGRAMS, *arguments)
    return _start(command, scratch.top, _full_environment(), given, None, into)


def local_git_dir(folder: Path) -> Path | None:
    """Return the repository of a work tree's top, or the folder itself; None if it is neither.

    Raises:
        GitError: a `.git` in it leads nowhere.
    """
    with _faults_told():
        folder = folder.resolve()
        return _git_dir_of(folder) or (folder if _is_git_dir(folder) else None)


@contextmanager
def _faults_told() -> Iterator[None]:
    """Turn what the file system refuses into what Git could have said."""
    try:
        yield
    except OSError as fault:
        reason = reason_of(fault)
        raise GitError(f"`{fault.filename}` cannot be read: {reason}") from None
    except RuntimeError as fault:  # links in a circle, as Python 3.12 and older say it
        raise GitError(str(fault)) from None


def _git_dir_of(top: Path) -> Path | None:
    """Return the repository that the `.git` in a folder is or leads to.

    Raises:
        GitError: it leads to none, or to files that are tracked like others.
    """
    found = top / ".git"
    if found.is_dir() and not found.is_symlink():
        return found if _is_git_dir(found) else None
    if found.is_file():
        with found.open("rb") as file:
            text = file.read(_LONGEST_POINTER)
        if not text.startswith(b"gitdir: "):
            raise GitError(f"`{found}` does not say where the repository is")
        found = top / os.fsdecode(text.removeprefix(b"gitdir: ").rstrip(b"\r\n"))
    elif not found.is_symlink():
        return None
    git_dir = found.resolve()
    if not _is_git_dir(git_dir) or git_dir.is_relative_to(top):
        raise GitError(f"`{top / '.git'}` leads to no repository outside of `{top}`")
    return git_dir


def _is_git_dir(folder: Path) -> bool:
    has_refs = (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return (folder / "HEAD").is_file() and (has_refs or (folder / "commondir").is_file())


def _is_elsewhere(folder: Path, start: Path) -> bool:
    """Whether a folder is on another file system, across which Git does not look."""
    if os.environ.get("GIT_DISCOVERY_ACROSS_FILESYSTEM", "") not in ("", "0", "false"):
        return False
    return folder.stat().st_dev != start.stat().st_dev


def _check_owner(tree: WorkTree) -> None:
    """Leave it to Git's `safe.directory` whether to read what belongs to somebody else.

    Git asks who the owner is only where it finds a repository by itself, so it is made to find it.

    Raises:
        GitError: Git does not read it.
    """
    parts = (tree.top, tree.top / ".git", tree.git_dir)
    if all(part.lstat().st_uid == os.geteuid() for part in parts):
        return
    environment = _small_environment() | _QUIET
    environment |= {k: v for k, v in os.environ.items() if k.startswith("GIT_CONFIG")}
    environment["GIT_CEILING_DIRECTORIES"] = str(tree.top.parent)
    command = (*_NO_PROGRAMS, "rev-parse", "--absolute-git-dir")
    done = _start(command, tree.top, environment, b"", READING_SECONDS)
    if done.exit_code:
        raise GitError(done.errors.decode("utf-8", "replace").strip())
    if Path(os.fsdecode(done.output).rstrip("\n")).resolve() != tree.git_dir:
        raise GitError(f"Git finds another repository than `{tree.git_dir}`")


def _small_environment() -> dict[str, str]:
    """Return the variables of the environment that Git needs to read."""
    return {k: v for k, v in os.environ.items() if k in _FOR_READING} | {"PATH": _search_path()}


def _full_environment() -> dict[str, str]:
    """Return the environment without what leads Git to another repository or has it talk.

    A credential helper may need any variable that is not one of Git's.
    """
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("GIT_") or key.startswith(_FOR_PUBLISHING)
    }
    return inherited | _QUIET | {"PATH": _search_path()}


def _search_path() -> str:
    """Return the folders in which programs are looked for, without those relative to a tree."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(filter(os.path.isabs, folders)) or os.defpath


def _start(
    arguments: tuple[str, ...],
    folder: Path,
    environment: dict[str, str],
    given: bytes,
    seconds: float | None,
    into: BinaryIO | None = None,
) -> ProgramResult:
    git = ProgramCall(
        command=["git", *arguments],  # the Git that the user has
        environment=environment,
        folder=folder,
        given=given,
        seconds=seconds,
    )
    try:
        return run_program(git, into=into)
    except TimedOutError:
        raise GitError(f"Git took longer than {seconds:g} s") from None
    except OSError as fault:
        if not folder.is_dir():
            raise GitError(f"there is no folder `{folder}`") from None
        raise GitError(f"`git` cannot be run: {reason_of(fault)}") from None
