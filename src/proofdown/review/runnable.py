"""Find the code that runs when a site is built, so that two trees can be compared by it.

This is the templates, the program that draws, and the Markdown extensions. A file is identified by
its content and by the symbolic links on the path to it. Nothing here follows a link out of the
tree, or opens anything but regular files.
"""

import os
from collections.abc import Collection, Iterator
from hashlib import file_digest
from importlib.machinery import all_suffixes
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Any

from markdown.util import get_installed_extensions
from msgspec import Struct

from proofdown.config.extensions import ExtensionSetting
from proofdown.config.loader import load_config
from proofdown.config.model import Config
from proofdown.config.root import BASELINE_FILE, LOCK_FILE, SETTINGS_FILE
from proofdown.diagnostics import Report, SiteError
from proofdown.markup.extensions import is_well_known

_MOST_LINKS = 40
"""The number of links in a path that Linux follows."""
# Git never tracks a `.git`, and the other folder holds the cache.
_LEFT_OUT = (".git", ".proofdown")


class Tree(Struct, frozen=True, kw_only=True):
    """A copy of a repository's files, with a site in it."""

    top: Path
    """Its top folder, resolved."""
    root: Path
    """The root of the site."""
    start: Path
    """The current folder of the build, to which paths of programs are relative."""
    own: Path
    """The top of the user's work tree, from which Python may import modules."""

    def name(self, path: Path) -> str:
        """Return a path for messages: relative to the site's root, links not resolved."""
        if path.is_relative_to(self.root):
            return f"`{path.relative_to(self.root).as_posix()}`"
        return f"`{os.path.relpath(path, self.root)}`"

    def follow(self, path: Path) -> tuple[Path | None, str]:
        """Resolve a path; return the file, or None if it is outside, and the links on the path."""
        if not path.is_relative_to(self.top):
            return None, ""
        links: list[str] = []
        # Part by part, and not with `resolve`, which would follow a link out of the tree.
        at, parts = self.top, list(path.relative_to(self.top).parts)
        while parts:
            part = parts.pop(0)
            at = at.parent if part == ".." else at / part
            # The limit ends links that lead in a circle.
            if not at.is_relative_to(self.top) or len(links) > _MOST_LINKS:
                return None, "\n".join(links)
            if S_ISLNK(_mode(at)):
                target = at.readlink()
                links.append(f"{at.relative_to(self.top)} -> {target}")
                if target.is_absolute():
                    return None, "\n".join(links)
                at, parts = at.parent, [*target.parts, *parts]
        return at, "\n".join(links)

    def is_file(self, path: Path) -> bool:
        """Return whether a path leads to a regular file in the tree."""
        end, _ = self.follow(path)
        return end is not None and S_ISREG(_mode(end))

    def fingerprints(self, path: Path, skipped: Collection[Path] = ()) -> Iterator[tuple[str, str]]:
        """Yield the name and fingerprint of a file, or of every file in a folder.

        Args:
            path: the file or folder, which need not exist.
            skipped: files and folders to leave out.
        """
        waiting, seen = [path], set(skipped)
        while waiting:
            here = waiting.pop()
            end, links = self.follow(here)
            mode = _mode(end) if end else 0
            if end and not mode and not links:
                continue  # it does not exist
            if end is None or not S_ISDIR(mode):
                # Links count too: a patch can turn one to another file and change no content.
                yield self.name(here), f"{links}\n{_digest(end, mode) if end else 'outside'}"
                continue
            if links:
                yield self.name(here), links
            if end not in seen:  # links may lead to a folder twice, or in a loop
                seen.add(end)
                inner = (here / e.name for e in end.iterdir() if e.name not in _LEFT_OUT)
                waiting += sorted((one for one in inner if one not in seen), reverse=True)


def code_of(tree: Tree) -> dict[str, str]:
    """Return the code of a site: fingerprints by name.

    Values in the settings come first, then the files that they name.
    """
    if not tree.is_file(tree.root / SETTINGS_FILE):
        return {}
    try:
        config = load_config(tree.root, Report())
    except SiteError:
        return {}
    named = [setting for setting in config.extensions if not setting.is_off]
    extensions = [(setting.name, setting.options) for setting in named]
    return {
        "the program that draws diagrams": config.drawing.program,
        "the Markdown extensions": repr(extensions),
        **dict(_program(config, tree)),
        **dict(tree.fingerprints(tree.root / config.templates)),
        **dict(mark for setting in named for mark in _extension(setting, tree)),
    }


def _program(config: Config, tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the program that draws, and the files of its folder, if it is in the tree."""
    name = config.drawing.program
    # As `execvp` does, a name without a slash is searched in `PATH`, where an empty or
    # relative entry leads to the current folder, and so into the copy.
    folders = [""] if "/" in name else os.environ.get("PATH", "").split(os.pathsep)
    read = (config.content, config.diagrams, SETTINGS_FILE, LOCK_FILE, BASELINE_FILE)
    data = [tree.root / path for path in read]
    for folder in folders:
        if Path(folder, name).is_absolute():
            continue  # a program of the system is the same for both trees
        path = tree.start / folder / name
        yield from tree.fingerprints(path)
        end, _ = tree.follow(path)
        if end and S_ISREG(_mode(end)):  # a script may run other files of its folder
            yield from tree.fingerprints(end.parent, data)


def _extension(setting: ExtensionSetting, tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the module of a Markdown extension, and the files named in its options."""
    for path in _modules(setting.name):
        if path.is_relative_to(tree.own):
            yield from tree.fingerprints(tree.top / path.relative_to(tree.own))
    if not is_well_known(setting.name):
        for word in _words(setting.options):
            if tree.is_file(tree.start / word):
                yield from tree.fingerprints(tree.start / word)


def _modules(extension: str) -> Iterator[Path]:
    """Yield the files and folders of an extension's package, without importing it."""
    names = {e.module for e in get_installed_extensions() if e.name == extension}
    # Python-Markdown accepts `module:ClassName` as well as the names of entry points.
    for name in names or {extension.partition(":")[0]}:
        try:
            # Only the top package, because `find_spec` imports the parents of a dotted name.
            spec = find_spec(name.partition(".")[0])
        # `find_spec` raises ValueError for an empty name and for a module without a specification.
        except (ImportError, ValueError):
            continue
        if spec and spec.submodule_search_locations:
            yield from map(Path, spec.submodule_search_locations)
        elif spec and spec.origin and spec.origin.endswith(tuple(all_suffixes())):
            yield Path(spec.origin)


def _words(value: Any) -> Iterator[str]:
    """Yield the words of all strings in a value of the settings."""
    if isinstance(value, str):
        yield from value.replace("\0", " ").split()  # no path may contain a NUL
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def _mode(path: Path) -> int:
    """Return the file mode of a path, or 0 if it does not exist."""
    try:
        return path.lstat().st_mode
    except (OSError, ValueError):  # a name that no file can have
        return 0


def _digest(file: Path, mode: int) -> str:
    """Return a fingerprint of a file: its content, and whether it is executable."""
    if not S_ISREG(mode):
        return f"no file {mode}"
    try:
        with file.open("rb") as data:
            return f"{bool(mode & 0o111)} {file_digest(data, 'sha256').hexdigest()}"
    except OSError as fault:
        return f"unreadable {fault.errno}"
