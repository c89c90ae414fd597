"""The kinds of edit, and the helpers that edits use."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.support.sample_site import load_settings, write_settings

Edit = Callable[[Path, int], None]
EDITS: dict[str, Edit] = {}
"""Every kind of edit by the name that a failing run shows."""


def edit(function: Edit) -> Edit:
    """Register a function as a kind of edit, under its name."""
    EDITS[function.__name__.replace("_", " ")] = function
    return function


def toggle(file: Path, text: str | bytes) -> None:
    """Write a file, or remove it if it already has this content.

    If another edit has replaced it with a folder, or its folder with a file, do nothing.
    """
    data = text.encode() if isinstance(text, str) else text
    if file.is_dir() or file.parent.is_file():
        return
    if file.is_file() and file.read_bytes() == data:
        file.unlink()
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def content_of(root: Path) -> Path:
    """Return the content folder, whatever its name is now."""
    name: str = load_settings(root).get("folders", {}).get("content", "content")
    return root / name


def pages(root: Path) -> list[Path]:
    """Return the pages, sorted by path."""
    return sorted(content_of(root).rglob("*.md"))


def change_page(root: Path, number: int, change: Callable[[str], str]) -> None:
    """Rewrite one of the pages, unless it is not text."""
    found = pages(root)
    if found:
        file = found[number % len(found)]
        try:
            file.write_text(change(file.read_bytes().decode()), "utf-8")
        except UnicodeDecodeError:
            return


def change_head(root: Path, number: int, key: str, value: Any) -> None:
    """Set a key of a page's front matter, or remove it if it already has this value."""

    def change(text: str) -> str:
        found = re.fullmatch(r"(?s)\A---\n(.*?)---\n(.*)", text)
        head = (yaml.safe_load(found[1]) or {}) if found else {}
        body = found[2] if found else text
        if head.get(key) == value:
            del head[key]
        else:
            head[key] = value
        return f"---\n{yaml.safe_dump(head)}---\n{body}" if head else body

    change_page(root, number // 4, change)


def change_settings(root: Path, key: str, value: Any) -> None:
    """Set a setting, or remove it if it already has this value."""
    settings = load_settings(root)
    if settings.get(key) == value:
        del settings[key]
    else:
        settings[key] = value
    write_settings(root, settings)


def pick(number: int, *choices: Any) -> Any:
    """Return one of the choices."""
    return choices[number % len(choices)]
