"""Edits of the output and the cache, and commands that run between builds."""

import shutil
from pathlib import Path

from tests.support.concurrent_edits import BROKEN_OFF, CHANGES, Target, build_while_changed
from tests.support.project import Project
from tests.support.site_edits.kinds import edit, pages, pick


@edit
def output_changed_by_hand(root: Path, number: int) -> None:
    site = root / "site"
    if not site.is_dir():
        return
    files = sorted(file for file in site.rglob("*") if file.is_file() and file.name[0] != ".")
    if files and number % 3 == 0:
        files[number // 3 % len(files)].write_bytes(b"x")
    elif files and number % 3 == 1:
        files[number // 3 % len(files)].unlink()
    else:
        (site / "mine.html").write_bytes(b"mine")


@edit
def output_deleted(root: Path, number: int) -> None:
    del number
    shutil.rmtree(root / "site", ignore_errors=True)


@edit
def check_in_between(root: Path, number: int) -> None:
    Project(root).check(*pick(number, (), ("--strict",)))


@edit
def build_while_a_page_is_changed(root: Path, number: int) -> None:
    found = pages(root)
    if found:
        file = found[number % len(found)]
        data = file.read_bytes()
        target = Target(root, file.relative_to(root).as_posix(), data, data.swapcase())
        target.prepare()
        change = CHANGES[pick(number // 5, *CHANGES)]
        _, code, out = build_while_changed(target, change, 1 + number % 7)
        assert code != BROKEN_OFF, out


def cache_files(root: Path) -> list[Path]:
    """Return every file of the cache, sorted by path."""
    return sorted(file for file in (root / ".proofdown").rglob("*") if file.is_file())


@edit
def cache_deleted(root: Path, number: int) -> None:
    folders = (".proofdown", ".proofdown/cache", ".proofdown/drawings", ".proofdown/cache/bodies")
    shutil.rmtree(root / pick(number, *folders), ignore_errors=True)


@edit
def cache_file_truncated(root: Path, number: int) -> None:
    found = cache_files(root)
    if found:
        file = found[number % len(found)]
        data = file.read_bytes()
        file.write_bytes(data[: number // 7 % (len(data) + 1)])


@edit
def cache_bit_flipped(root: Path, number: int) -> None:
    for file in cache_files(root)[number % 4 :: 4]:
        data = bytearray(file.read_bytes())
        if data:
            data[number // 3 % len(data)] ^= 1 << number % 8
            file.write_bytes(data)


@edit
def cache_files_swapped(root: Path, number: int) -> None:
    for folder in sorted({file.parent for file in cache_files(root)}):
        files = sorted(file for file in folder.iterdir() if file.is_file())
        if len(files) > 1:
            one, other = files[number % len(files)], files[(number + 1) % len(files)]
            data = one.read_bytes()
            one.write_bytes(other.read_bytes())
            other.write_bytes(data)
