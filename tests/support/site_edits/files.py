"""Edits that add, remove or rename files, or change how they are stored."""

import os
import shutil
from pathlib import Path

from tests.support.project import Project
from tests.support.sample_site import FILES, SETTINGS, load_settings, write_settings
from tests.support.site_edits.kinds import content_of, edit, pages, pick, toggle


@edit
def asset(root: Path, number: int) -> None:
    name = pick(number, "img/a.png", "img/b.png", "own.css", "robots.txt", "plain/index.html")
    toggle(content_of(root) / name, pick(number // 5, b"one", b"two", b"url(img/b.png)"))


@edit
def asset_that_is_a_link(root: Path, number: int) -> None:
    file = content_of(root) / "img" / "link.png"
    if file.parent.is_file():  # created by another edit
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.symlink_to(pick(number, "a.png", "gone.png", "../../proofdown.yml"))


@edit
def page_added(root: Path, number: int) -> None:
    path = pick(number, "new.md", "guide/new.md", "guide/index.md", "404.md", "guide/README.md")
    toggle(content_of(root) / path, f"# New {number // 5 % 3}\n\nSee [one](/guide/one.md).\n")


@edit
def page_at_an_address_that_is_taken(root: Path, number: int) -> None:
    path = pick(number, "plain/index.md", "plain/README.md", "proof.md", "guide/one/index.md")
    toggle(content_of(root) / path, "# Taken\n")


@edit
def page_removed(root: Path, number: int) -> None:
    found = pages(root)
    if len(found) > 1:
        found[number % len(found)].unlink()


@edit
def page_renamed(root: Path, number: int) -> None:
    found = pages(root)
    if found:
        file = found[number % len(found)]
        to = content_of(root) / pick(number // 5, "moved.md", "guide/moved.md", "plain.md")
        to.parent.mkdir(exist_ok=True)
        file.rename(to)


@edit
def two_pages_swapped(root: Path, number: int) -> None:
    found = pages(root)
    if len(found) > 1:
        one, other = found[number % len(found)], found[(number + 1) % len(found)]
        beside = root / "swapped"
        one.rename(beside)
        other.rename(one)
        beside.rename(other)


@edit
def folder_renamed(root: Path, number: int) -> None:
    content = content_of(root)
    one, other = content / "guide", content / pick(number, "manual", "Guide")
    if one.is_dir() and not other.exists():
        one.rename(other)
    elif other.is_dir() and not one.exists():
        other.rename(one)


@edit
def content_folder_renamed(root: Path, number: int) -> None:
    del number
    name = content_of(root).name
    other = "docs" if name == "content" else "content"
    if (root / name).is_dir() and not (root / other).exists():
        (root / name).rename(root / other)
        settings = load_settings(root)
        settings["folders"] = {"content": other}
        write_settings(root, settings)


@edit
def page_becomes_a_folder_or_back(root: Path, number: int) -> None:
    del number
    content = content_of(root)
    page, folder = content / "plain.md", content / "plain"
    if page.is_file() and not folder.exists():
        folder.mkdir()
        page.rename(folder / "index.md")
    elif (folder / "index.md").is_file() and not page.exists():
        (folder / "index.md").rename(page)


@edit
def file_becomes_a_folder_or_back(root: Path, number: int) -> None:
    file = pick(number, content_of(root) / "img", root / "templates" / "static")
    if file.is_dir():
        shutil.rmtree(file)
        file.write_text("no folder", "utf-8")
    elif file.is_file():
        file.unlink()
        file.mkdir()


@edit
def name_with_other_case(root: Path, number: int) -> None:
    found = pages(root)
    if found:
        file = found[number % len(found)]
        file.rename(file.with_name(file.stem.swapcase() + ".md"))


@edit
def edit_of_the_same_size_and_time(root: Path, number: int) -> None:
    found = pages(root)
    if found:
        file = found[number % len(found)]
        times, data = file.stat(), file.read_bytes()
        swapped = bytes(
            ord("o") if b == ord("e") else ord("e") if b == ord("o") else b for b in data
        )
        file.write_bytes(swapped)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


@edit
def time_stamps(root: Path, number: int) -> None:
    seconds = pick(number, 0, 10**9, 4 * 10**9)
    for file in root.rglob("*"):
        if file.is_file() and not file.is_symlink() and ".proofdown" not in file.parts:
            os.utime(file, (seconds, seconds))


@edit
def touch(root: Path, number: int) -> None:
    found = pages(root)
    if found:
        found[number % len(found)].touch()


@edit
def line_ends_and_marks(root: Path, number: int) -> None:
    found = pages(root)
    if found:
        file = found[number // 3 % len(found)]
        data = file.read_bytes()
        change = pick(
            number,
            lambda: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
            lambda: b"\xef\xbb\xbf" + data,
            lambda: data + b"\xff" if not data.endswith(b"\xff") else data[:-1],
        )
        file.write_bytes(change())


@edit
def everything_as_it_was(root: Path, number: int) -> None:
    del number
    for path in ("content", "docs", "templates", "diagrams", "parts"):
        shutil.rmtree(root / path, ignore_errors=True)
    for path in (".proofdown.lock", "proofdown.baseline.json"):
        (root / path).unlink(missing_ok=True)
    Project(root).write(FILES)
    write_settings(root, SETTINGS)
