"""Outputs → the output folder: made beside the old one, then swapped, so that no moment sees half.

A killed run leaves the old site or the new one, whole; what it left beside is removed by the next.
"""

import os
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from msgspec import Struct

from proofdown.addresses import fault_of_names
from proofdown.build.output.staging import recover_left_over, replace_folder
from proofdown.build.output.state import OutputState
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, OutputError, unwritable
from proofdown.folders import Folder, open_below, open_folder
from proofdown.runtime.cache.build_cache import BuildCache
from proofdown.site.model import Output
from proofdown.source import Location

MARKER = ".proofdown-site"
"""File in every output folder: only a folder that has it is ever replaced."""
_MARKER_TEXT = b"This folder is made by `proofdown build`, which replaces all of it.\n"
_OTHERS = ("site", "public", "built", "built-site")
"""Names for an output folder, of which one is offered that is not taken."""


class WriteResult(Struct, frozen=True):
    """What writing a site did."""

    folder: Path
    files: int
    changed: int
    """Files that are new or have other bytes than before."""


def check_output_folder(config: Config) -> Path:
    """Return the output folder, if it is one that may be replaced.

    Raises:
        OutputError: it was not made by Proofdown, or holds or overlaps what must not be lost.
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
    if (config.root / config.output).is_symlink():
        raise _refused(config, f"the output folder `{shown}` is a link")
    plain = Path(os.path.normpath(config.root / config.output))
    if plain.is_relative_to(config.root) and plain != folder:
        raise _refused(config, f"the output folder `{shown}` lies behind a link")
    if folder.exists() and not folder.is_dir():
        raise _refused(config, f"the output folder `{shown}` is a file")
    if folder.is_dir() and not (folder / MARKER).is_file() and any(folder.iterdir()):
        raise _refused(config, f"`{shown}` holds files that Proofdown did not write")
    return folder


def _is_repository(folder: Path) -> bool:
    """Whether a folder holds a `.git` that is more than old redirects of ours.

    Pages could name `.git/x` as an alias once; a folder with that is made anew like any other.
    """
    git = folder / ".git"
    if not os.path.lexists(git):
        return False
    if git.is_symlink() or not git.is_dir() or not (folder / MARKER).is_file():
        return True
    names = [name for _, _, files in os.walk(git) for name in files]
    return not all(name.endswith(".html") for name in names)


def _refused(config: Config, message: str, way_out: str = "") -> OutputError:
    free = (name for name in _OTHERS if not (config.root / name).exists())
    setting = f"folders: {{output: {next(free, _OTHERS[-1])}}}"
    help_ = f"{way_out}name another folder: `{setting}` in proofdown.yml"
    location = Location(config.output.as_posix())
    return OutputError(Diagnostic("foreign-output", message, location, help_))


def write_site(
    config: Config, outputs: Iterable[Output], cache: BuildCache | None = None
) -> WriteResult:
    """Write a site and swap it in; files with the same bytes as before keep their time.

    Where all that is to be written is there already, and nothing else, nothing is touched.

    Args:
        config: the settings, which name the folder.
        outputs: the files.
        cache: what was written before; where there is none, files are read to be compared.

    Raises:
        OutputError: the folder may not be replaced, or the disk refuses.
    """
    folder = check_output_folder(config)
    outputs = tuple(sorted(outputs, key=lambda output: output.path))
    for output in outputs:
        if fault := _fault_of(output.path):
            message = f"`{output.path}` {fault}"
            raise OutputError(Diagnostic("unwritable-output", message, output.location))
    try:
        changed = _put_in_place(config, folder, outputs, cache)
    except OSError as fault:
        location = Location(str(fault.filename or folder))
        raise unwritable("the site", location, fault, "the old site is as it was") from fault
    return WriteResult(folder, len(outputs), changed)


def _put_in_place(
    config: Config, folder: Path, outputs: tuple[Output, ...], cache: BuildCache | None
) -> int:
    """Make the output folder hold these files and no others; return how many are new or changed.

    Raises:
        OSError: the disk refuses, or a link below the site's root would be followed.
    """
    with ExitStack() as opened:
        parent = opened.enter_context(_open_parent(config, folder))
        recover_left_over(parent, folder.name)
        state = OutputState(parent, folder.name, cache)
        same = {o.path: stamp.inode for o in outputs if (stamp := state.stamp_of(o))}
        changed = len(outputs) - len(same)
        if changed or not _holds_no_more(folder, same.keys()):
            kept_in = cache.kept_in if cache else None
            own = {MARKER: _MARKER_TEXT}
            put = replace_folder(parent, folder.name, outputs, same, own, kept_in)
            state.add(put)
        state.save()
    return changed


def _open_parent(config: Config, folder: Path) -> Folder:
    """Return the folder that holds the output folder, opened; it is made where it is missing.

    Below the site's root no link is followed on the way to it; elsewhere the user named it.
    """
    if folder.is_relative_to(config.root):
        path = folder.parent.relative_to(config.root).as_posix()
        return open_below(str(config.root), path, makes=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return open_folder(str(folder.parent))


def _holds_no_more(folder: Path, paths: AbstractSet[str]) -> bool:
    """Return whether a folder holds these files, its marker, and nothing else."""
    found, top = set[str](), len(str(folder)) + 1
    for name, folders, files in os.walk(folder):
        if not (folders or files):
            return False
        found.update(f"{name}/{file}"[top:] for file in files)
    return found == paths | {MARKER}


def _fault_of(path: str) -> str:
    """Return why a file may not be written at a path in the output folder; empty where it may."""
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts:
        return "is not inside the output folder"
    fault = fault_of_names(path)
    return f"cannot be published: {fault}" if fault else ""
