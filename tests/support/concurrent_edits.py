"""Builds during which a file changes at a known moment: the n-th access to it.

A build runs in a process of its own, with an audit hook that is called before each file is opened
and each folder is listed. The hook changes the file, and at the next access may change it back. So
a test can change any input between any two accesses, of the parent process and of its workers,
without waiting and without randomness.
"""

import os
import shutil
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.clean_build import build
from tests.support.project import Project

BROKEN_OFF = 99
"""The exit code of a build that ended with a traceback; the traceback is its report."""


@dataclass(frozen=True)
class Change:
    """A way to change a file during a build."""

    make: Callable[["Target"], None]
    undo: Callable[["Target"], None] | None = None
    """Undoes the change; None if the change is permanent."""
    is_brief: bool = False
    """Whether to undo it as soon as the process opens anything else, instead of at the next access
    to the file or its folder."""


@dataclass(frozen=True)
class Target:
    """A file of a site, its content, and an alternative content."""

    root: Path
    path: str
    text: bytes
    other: bytes

    @property
    def file(self) -> Path:
        """The file."""
        return self.root / self.path

    @property
    def _aside(self) -> Path:
        return self.root.parent / "aside"

    def prepare(self) -> None:
        """Write the file, a file to replace it, and a folder to replace its folder."""
        self.file.write_bytes(self.text)
        shutil.rmtree(self._aside, ignore_errors=True)
        self._aside.mkdir()
        beside = self._aside / "older"
        beside.write_bytes(self.other)
        os.utime(beside, (10**9, 10**9))
        if self.file.parent != self.root:
            folder = self._aside / "folder"
            shutil.copytree(self.file.parent, folder, symlinks=True, copy_function=os.link)
            (folder / self.file.name).unlink()
            (folder / self.file.name).write_bytes(self.other)

    def empty(self) -> None:
        """Empty the file."""
        self.file.write_bytes(b"")

    def cut(self) -> None:
        """Truncate the file to half of it."""
        self.file.write_bytes(self.text[: len(self.text) // 2])

    def restore(self) -> None:
        """Write the original content into the same file."""
        self.file.write_bytes(self.text)

    def rewrite(self) -> None:
        """Write the alternative content into the file."""
        self.file.write_bytes(self.other)

    def replace(self) -> None:
        """Replace the file with an older one, as version control may."""
        (self._aside / "older").replace(self.file)

    def move_away(self) -> None:
        """Move the file out of the site."""
        self.file.rename(self._aside / "moved")

    def move_back(self) -> None:
        """Move the file back."""
        (self._aside / "moved").rename(self.file)

    def swap_folders(self) -> None:
        """Swap the file's folder with the one beside it, without touching any file in them."""
        folder, was = self._aside / "folder", self._aside / "was"
        self.file.parent.rename(was)
        folder.rename(self.file.parent)
        was.rename(folder)


_UNDONE = {
    "emptied and written again": (Target.empty, Target.restore),
    "cut and written again": (Target.cut, Target.restore),
    "moved away and back": (Target.move_away, Target.move_back),
    "folder swapped and swapped back": (Target.swap_folders, Target.swap_folders),
}
CHANGES = {
    **{name: Change(*both) for name, both in _UNDONE.items()},
    **{f"{name} at once": Change(*both, is_brief=True) for name, both in _UNDONE.items()},
    "folder swapped": Change(Target.swap_folders),
    "written anew": Change(Target.rewrite),
    "replaced by an older file": Change(Target.replace),
}


def build_while_changed(target: Target, change: Change, nth: int) -> tuple[bool, int, str]:
    """Build a site in a process of its own, and change one of its files before the n-th access.

    A change that is not permanent is undone at the end of the build at the latest.

    Returns:
        Whether there were that many accesses, and the exit code and the report of the build.
    """
    writer = _Writer(target, change, nth)
    code, out = build_apart(Project(target.root), lambda: sys.addaudithook(writer))
    if writer.is_made and not writer.is_undone:
        writer.undo()
    return writer.is_made, code, out


def build_apart(project: Project, begin: Callable[[], None] = lambda: None) -> tuple[int, str]:
    """Build a site in a process of its own; return the exit code and the report.

    Args:
        project: the site.
        begin: called in that process before the build.
    """
    answer = project.root.parent / "answer"
    child = os.fork()
    if child == 0:
        try:
            begin()
            code, out = build(project)
        except BaseException:
            code, out = BROKEN_OFF, traceback.format_exc()
        answer.write_text(f"{code}\n{out}", "utf-8")
        os._exit(0)
    os.waitpid(child, 0)
    first, _, out = answer.read_text("utf-8").partition("\n")
    return int(first), out


class _Writer:
    """Changes a file when a process is about to open it, or to list its folder.

    Its state is in files, because it runs in several processes at once.
    """

    def __init__(self, target: Target, change: Change, nth: int) -> None:
        self.target, self.change, self.nth = target, change, nth
        self._is_busy = self._is_next_one_to_undo = False
        self._marks, self._undone = (target.root.parent / name for name in ("marks", "undone"))
        self._marks.write_bytes(b"")
        self._undone.unlink(missing_ok=True)

    @property
    def is_made(self) -> bool:
        """Whether the file was changed."""
        return self._marks.stat().st_size >= self.nth

    @property
    def is_undone(self) -> bool:
        """Whether it was changed back, or the change is permanent."""
        return self.change.undo is None or self._undone.exists()

    def undo(self) -> None:
        """Change the file back."""
        if self.change.undo:
            self._undone.touch()
            self.change.undo(self.target)

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._is_busy or event not in ("open", "os.scandir"):
            return
        self._is_busy = True
        try:
            if self._is_next_one_to_undo:
                self._is_next_one_to_undo = False
                self.undo()
            if self._is_look(event, arguments):
                self._look()
        finally:
            self._is_busy = False

    def _look(self) -> None:
        with self._marks.open("ab") as marks:
            marks.write(b".")
        looks = self._marks.stat().st_size
        if looks == self.nth:
            self.change.make(self.target)
            self._is_next_one_to_undo = self.change.is_brief
        elif looks > self.nth and not self.is_undone:
            self.undo()

    def _is_look(self, event: str, arguments: tuple[object, ...]) -> bool:
        """Return whether a path, in any form, is that of the file or its folder."""
        looked_at = self.target.file if event == "open" else self.target.file.parent
        path = arguments[0]
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        return os.path.basename(os.fsdecode(path)) == looked_at.name  # noqa: PTH119
