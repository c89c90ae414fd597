"""Write outputs to the output folder: stage a new folder, then swap it for the old one.

A killed run leaves either the old site or the new one complete, and the next run removes what else
it left behind.
"""

import os
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path, PurePosixPath

from msgspec import Struct

from proofdown.addresses import fault_of_names
from proofdown.build.output.staging import (
    published_path,
    recover_from_killed_run,
    replace_folder,
)
from proofdown.build.output.state import OutputState
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, Note, OutputError, unwritable
from proofdown.folders import Folder, open_below, open_folder
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.site.model import Output
from proofdown.source import Location

MARKER = ".proofdown-site"
"""A file in every output folder; a folder without it is never replaced."""
_MARKER_TEXT = b"This folder is made by `proofdown build`, which replaces all of it.\n"
_FREE_NAMES = ("site", "public", "built", "built-site")
"""Names to suggest for an output folder; the first that is not taken is."""


class WriteResult(Struct, frozen=True):
    """The result of writing a site."""

    folder: Path
    files: int
    changed: int
    """The number of files that are new or changed."""


def check_output_folder(config: Config) -> Path:
    """Return the output folder, if it is safe to replace.

    Raises:
        OutputError: Proofdown did not create it, or it contains or overlaps the user's own files.
    """
    folder = (config.root / config.output).resolve()
    inputs = [config.root / f for f in (config.content, config.templates, config.diagrams)]
    home = Path.home().resolve()
    if folder == Path(folder.anchor) or folder == home or home.is_relative_to(folder):
        raise _refused(config, f"the output folder may not be {folder}")
    if config.root.is_relative_to(folder):
        raise _refused(config, f"the output folder {folder} holds the site's own sources")
    if _is_repository(folder):
        message = f"the output folder {folder} holds a repository, or a part of one, in `.git`"
        raise _refused(config, message, "delete the folder if nothing in it is needed, or ")
    shown = config.output.as_posix()
    for other in (path.resolve() for path in inputs):
        if folder.is_relative_to(other) or other.is_relative_to(folder):
            raise _refused(config, f"the output folder `{shown}` overlaps `{other.name}`")
    # Checked as written: `folder` is resolved, so it is never a link.
    if (config.root / config.output).is_symlink():
        raise _refused(config, f"the output folder `{shown}` is a link")
    # `normpath` resolves `..` as text, without following links.
    plain = Path(os.path.normpath(config.root / config.output))
    if plain.is_relative_to(config.root) and plain != folder:
        raise _refused(config, f"the output folder `{shown}` lies behind a link")
    if folder.exists() and not folder.is_dir():
        raise _refused(config, f"the output folder `{shown}` is a file")
    if folder.is_dir() and not (folder / MARKER).is_file() and any(folder.iterdir()):
        raise _refused(config, f"`{shown}` holds files that Proofdown did not write")
    return folder


def _is_repository(folder: Path) -> bool:
    """Return whether a folder has a `.git` with more in it than old redirects of ours."""
    git = folder / ".git"
    if not os.path.lexists(git):
        return False
    if git.is_symlink() or not git.is_dir() or not (folder / MARKER).is_file():
        return True
    # Pages could once name `.git/x` as an alias; an output folder with that is still replaceable.
    names = [name for _, _, files in os.walk(git) for name in files]
    return not all(name.endswith(".html") for name in names)


def _refused(config: Config, message: str, first_step: str = "") -> OutputError:
    free = (name for name in _FREE_NAMES if not (config.root / name).exists())
    setting = f"folders: {{output: {next(free, _FREE_NAMES[-1])}}}"
    help_ = f"{first_step}name another folder: `{setting}` in proofdown.yml"
    location = Location(config.output.as_posix())
    return OutputError(Diagnostic("foreign-output", message, location, help_))


def write_site(
    config: Config, outputs: Iterable[Output], cache: BuildCache | None = None
) -> WriteResult:
    """Write a site atomically; files whose bytes did not change keep their mtime.

    If the folder already contains exactly these files, nothing is touched.

    Args:
        config: the settings, which name the folder.
        outputs: the files.
        cache: remembers what was written before; without one, files are read to be compared.

    Raises:
        OutputError: the folder may not be replaced, or writing fails.
    """
    folder = check_output_folder(config)
    # In path order, in which `Cursor` keeps common parent folders open.
    outputs = tuple(sorted(outputs, key=lambda output: output.path))
    for output in outputs:
        if fault := _fault_of(output.path):
            message = f"`{output.path}` {fault}"
            raise OutputError(Diagnostic("unwritable-output", message, output.location))
    _reject_duplicates(outputs)
    try:
        changed = _update_folder(config, folder, outputs, cache)
    except OSError as fault:
        location = Location(published_path(str(fault.filename or folder), folder))
        raise unwritable("the site", location, fault, "the old site is unchanged") from fault
    return WriteResult(folder, len(outputs), changed)


def _reject_duplicates(outputs: tuple[Output, ...]) -> None:
    """Raise an error if two outputs, which are in the order of their paths, have the same path."""
    # The rule `duplicate-address` reports them, but the settings or a baseline may accept that.
    for one, other in pairwise(outputs):
        if one.path == other.path:
            message = f"`{other.path}` would be written twice"
            notes = (Note("it is made from this file as well", one.location),)
            help_ = "give one of them another address"
            raise OutputError(
                Diagnostic("unwritable-output", message, other.location, help_, notes)
            )


def _update_folder(
    config: Config, folder: Path, outputs: tuple[Output, ...], cache: BuildCache | None
) -> int:
    """Make the output folder contain exactly these files; return how many are new or changed.

    Raises:
        OSError: writing fails, or a symbolic link below the site's root would be followed.
    """
    with ExitStack() as opened:
        parent = opened.enter_context(_open_parent(config, folder))
        recover_from_killed_run(parent, folder.name)
        state = OutputState(parent, folder.name, cache)
        same = {o.path: stamp.inode for o in outputs if (stamp := state.stamp_of(o))}
        changed = len(outputs) - len(same)
        if changed or not _holds_exactly(folder, same.keys()):
            storage = cache.storage if cache else None
            extra_files = {MARKER: _MARKER_TEXT}
            written = replace_folder(parent, folder.name, outputs, same, extra_files, storage)
            state.add(written)
        state.save()
    return changed


def _open_parent(config: Config, folder: Path) -> Folder:
    """Return the parent of the output folder, opened; create it if it is missing."""
    # A link below the root may come with a repository from elsewhere. A path outside of the root
    # was chosen by the user, so that links in it are followed.
    if folder.is_relative_to(config.root):
        path = folder.parent.relative_to(config.root).as_posix()
        return open_below(str(config.root), path, makes=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return open_folder(str(folder.parent))


def _holds_exactly(folder: Path, paths: AbstractSet[str]) -> bool:
    """Return whether a folder contains these files, its marker, and nothing else."""
    found, top = set[str](), len(str(folder)) + 1
    for name, folders, files in os.walk(folder):
        if not (folders or files):  # an empty folder is something else as well
            return False
        found.update(f"{name}/{file}"[top:] for file in files)
    return found == paths | {MARKER}


def _fault_of(path: str) -> str:
    """Return why a path in the output folder may not be written, or an empty string if it may."""
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts:
        return "is not inside the output folder"
    fault = fault_of_names(path)
    return f"cannot be published: {fault}" if fault else ""
