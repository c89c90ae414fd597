"""Run Git on an explicitly named repository. No other module runs Git.

By itself Git takes any folder with `HEAD`, `objects/` and `refs/` for a repository, and runs the
programs that its `config` names. A pull request can contain such files, but no file or folder
called `.git`, because Git refuses to commit one. So only `.git` identifies a repository here, and
Git is never left to discover one.

Commands that only read also run without network, hooks and the user's settings, and with little of
the environment. They do read the repository's own settings, but with every setting that starts a
program turned off, because those settings may include a file of the work tree.
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
"""Timeout of a command that reads."""

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
    # Empty means that no protocol is allowed. Unlike `protocol.allow`, settings cannot override it.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
}
_LONGEST_POINTER = 4096
"""Bytes that are read of a `.git` file, which contains the path of a repository."""
_FOR_READING = frozenset(
    "HOME XDG_CONFIG_HOME TMPDIR SUDO_UID LD_LIBRARY_PATH DEVELOPER_DIR GIT_EXEC_PATH".split()
)
_FOR_PUBLISHING = (
    *("GIT_ASKPASS", "GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_CONFIG"),
    *("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_ALLOW_PROTOCOL", "GIT_PROTOCOL", "GIT_EXEC_PATH"),
)
"""Prefixes of Git's variables for reaching a host, and for the name of who publishes."""


class GitError(Exception):
    """Git failed or is missing; the message is Git's own if it printed one."""


class WorkTree(Struct, frozen=True):
    """The top folder of a work tree, and its repository."""

    top: Path
    git_dir: Path
    """The folder `.git`, or the folder that a file or link of that name points to."""


def find_work_tree(start: Path) -> WorkTree | None:
    """Return the work tree with the nearest `.git` at or above a folder, or None.

    Like Git, the search stops at `GIT_CEILING_DIRECTORIES` and at the boundary of a file system.

    Raises:
        GitError: `.git` points nowhere, or its owner is not one whom the user trusts.
    """
    ceilings = {Path(p) for p in os.environ.get("GIT_CEILING_DIRECTORIES", "").split(":") if p}
    with _os_errors_as_git_errors():
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
    """Create an empty repository for a work tree; return the work tree.

    Args:
        tree: the top folder, and the path of the repository to create.
        objects: the `objects` folder of another repository, whose objects this one can use.
        format_: the hash algorithm of object names.

    Raises:
        OSError: the repository cannot be written.
    """
    for folder in ("refs", "objects/info"):
        (tree.git_dir / folder).mkdir(parents=True)
    # These settings name no program, so a filter that the tree's attributes ask for is undefined.
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
    """Return the output of a Git command that reads a repository, without network.

    Args:
        tree: the work tree and its repository.
        arguments: the command and its arguments.
        folder: the folder to run it in; by default the top of the work tree.
        given: its standard input.
        seconds: its timeout.

    Raises:
        GitError: Git is not installed, fails or times out.
    """
    where = (f"--git-dir={tree.git_dir}", f"--work-tree={tree.top}")
    environment = _small_environment() | _QUIET | _ALONE
    done = _start((*where, *_READING, *arguments), folder or tree.top, environment, given, seconds)
    if done.exit_code:
        reason = done.errors.decode("utf-8", "replace").strip()
        raise GitError(reason or f"`git {arguments[0]}` ended with {done.exit_code}")
    return done.output


def settings_of(tree: WorkTree) -> Path:
    """Return the settings file that all work trees of a repository share.

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
    """Run a Git command with network access and the user's credentials and proxies.

    Args:
        scratch: the repository to publish from, and the folder to run in.
        settings: the settings file of the user's own repository, for its remotes, or None.
        arguments: the command and its arguments.
        given: its standard input.
        into: a file for its standard output, which then does not have to fit into memory.

    Raises:
        GitError: Git is not installed.
    """
    included = ("-c", f"include.path={settings}") if settings else ()
    command = (f"--git-dir={scratch.git_dir}", *included, *_NO_PROGRAMS, *arguments)
    return _start(command, scratch.top, _full_environment(), given, None, into)


def local_git_dir(folder: Path) -> Path | None:
    """Return the repository at a folder's `.git`, or the folder if it is one, or None.

    Raises:
        GitError: its `.git` points nowhere.
    """
    with _os_errors_as_git_errors():
        folder = folder.resolve()
        return _git_dir_of(folder) or (folder if _is_git_dir(folder) else None)


@contextmanager
def _os_errors_as_git_errors() -> Iterator[None]:
    """Raise errors of the file system as `GitError`."""
    try:
        yield
    except OSError as fault:
        reason = reason_of(fault)
        raise GitError(f"`{fault.filename}` cannot be read: {reason}") from None
    except RuntimeError as fault:  # a loop of links, in Python 3.12 and older
        raise GitError(str(fault)) from None


def _git_dir_of(top: Path) -> Path | None:
    """Return the repository that a folder's `.git` is or points to, or None.

    Raises:
        GitError: it points to no repository, or to one inside the work tree.
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
    # A repository inside the work tree could be made of tracked files, and so come from a stranger.
    if not _is_git_dir(git_dir) or git_dir.is_relative_to(top):
        raise GitError(f"`{top / '.git'}` does not lead to a repository outside `{top}`")
    return git_dir


def _is_git_dir(folder: Path) -> bool:
    """Return whether Git would take a folder for a repository."""
    # The repository of a linked work tree has `commondir` in place of `objects`.
    has_refs = (folder / "objects").is_dir() and (folder / "refs").is_dir()
    return (folder / "HEAD").is_file() and (has_refs or (folder / "commondir").is_file())


def _is_elsewhere(folder: Path, start: Path) -> bool:
    """Return whether Git's search would stop at this folder's file system."""
    if os.environ.get("GIT_DISCOVERY_ACROSS_FILESYSTEM", "") not in ("", "0", "false"):
        return False
    return folder.stat().st_dev != start.stat().st_dev


def _check_owner(tree: WorkTree) -> None:
    """Have Git apply its `safe.directory` to a work tree that another user owns.

    Raises:
        GitError: Git refuses to read it, or finds a different repository.
    """
    parts = (tree.top, tree.top / ".git", tree.git_dir)
    if all(part.lstat().st_uid == os.geteuid() for part in parts):
        return
    environment = _small_environment() | _QUIET
    environment |= {k: v for k, v in os.environ.items() if k.startswith("GIT_CONFIG")}
    # Git checks the owner only of a repository that it discovers, so it must discover this one.
    environment["GIT_CEILING_DIRECTORIES"] = str(tree.top.parent)
    command = (*_NO_PROGRAMS, "rev-parse", "--absolute-git-dir")
    done = _start(command, tree.top, environment, b"", READING_SECONDS)
    if done.exit_code:
        raise GitError(done.errors.decode("utf-8", "replace").strip())
    if Path(os.fsdecode(done.output).rstrip("\n")).resolve() != tree.git_dir:
        raise GitError(f"Git finds a repository other than `{tree.git_dir}`")


def _small_environment() -> dict[str, str]:
    """Return the environment variables that Git needs for reading."""
    return {k: v for k, v in os.environ.items() if k in _FOR_READING} | {"PATH": _search_path()}


def _full_environment() -> dict[str, str]:
    """Return the environment without Git variables that redirect it or add output."""
    # All variables of other programs are passed on, because a credential helper may need any.
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("GIT_") or key.startswith(_FOR_PUBLISHING)
    }
    return inherited | _QUIET | {"PATH": _search_path()}


def _search_path() -> str:
    """Return `PATH` without relative folders, which may be in an untrusted tree."""
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
    """Run Git, and raise `GitError` if it cannot be started or times out."""
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
        if not folder.is_dir():  # the error is the same as for a missing `git`
            raise GitError(f"there is no folder `{folder}`") from None
        raise GitError(f"`git` cannot be run: {reason_of(fault)}") from None
