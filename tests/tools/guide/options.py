"""The page of every option of `virsh migrate`, made from its data."""

# ruff: noqa: E501 - one sentence a line, as on every page

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REFERENCE = Path(__file__).parents[3] / "content" / "reference"
DATA, PAGE = REFERENCE / "options.yml", REFERENCE / "options.md"

_HEAD = """\
---
title: Options of virsh migrate
description: Every option of virsh migrate with its flag or parameter, the version it came with, what it needs and what it excludes.
---

# Options of virsh migrate

With this page you can look up what an option does, which flag of libvirt it stands for, since when it exists, and what it cannot be given with.

The options are those of `virsh` 9.0.0; [newer ones](#newer-than-9-0-0) follow at the end.
`virsh` takes them in any order, and does not accept abbreviations.
Values are also taken without the option's name, in the order `--domain`, `--desturi`, `--migrateuri`, `--graphicsuri`, `--listen-address`, `--dname`.
Name them all the same, but for the first two: who counts wrong sends the data to the wrong place.

An error quoted here was measured, unless it is said to be from the source code.
[Error texts](../errors.md) tells what to do about each.
The page is made from [data](options.yml) that you can use too.
"""

_TABLE = """\
## All options

Measured: the flag or parameter is the one that `virsh` really hands to the library when the option is given, and the version is the one in libvirt's own description of its functions.
"virsh alone" means that the library is not asked for anything: `virsh` does it.
"""

_EXCLUDED = """\
## What excludes what

Each of the second column is refused together with the first.
"""

_NEWER = """\
## Newer than 9.0.0 {#newer-than-9-0-0}

From libvirt's header files and manual, not measured.
"""


def load_options() -> dict[str, Any]:
    """Return the data of the page."""
    data: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return data


def write_page() -> None:
    """Rewrite the page."""
    PAGE.write_text(make_page(load_options()), encoding="utf-8")


def make_page(data: dict[str, Any]) -> str:
    """Return the page as Markdown."""
    options = [option for group in data["groups"] for option in group["options"]]
    parts = [_HEAD, _TABLE, "\n".join(_overview(options)) + "\n"]
    for group in data["groups"]:
        parts.append(f"## {group['title']}\n")
        parts += ("\n".join(_entry(option)) + "\n" for option in group["options"])
    parts += [_EXCLUDED, "\n".join(_exclusions(options)) + "\n"]
    parts += [_NEWER, "\n".join(_newer(data["newer"])) + "\n"]
    return "\n".join(parts)


def anchor(name: str) -> str:
    """Return the anchor of an option on the page."""
    return name.removeprefix("--")


def exclusions(options: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Return the pairs of mutually exclusive options, each once, with the error message."""
    found: dict[tuple[str, str], str] = {}
    for option in options:
        for refused in option.get("refused", ()):
            one, other = option["name"], refused["with"]
            is_option = other.startswith("--") and " " not in other
            if is_option and (other, one) not in found:
                found[one, other] = refused["says"]
    return found


def _overview(options: list[dict[str, Any]]) -> Iterator[str]:
    yield "| Option | Since | Value | Flag or parameter |"
    yield "| --- | --- | --- | --- |"
    for option in options:
        link = f"[`{option['name']}`](#{anchor(option['name'])})"
        symbol = option["symbol"]
        shown = symbol if " " in symbol else f"`{symbol}`"
        yield f"| {link} | {option['since']} | {option['value']} | {shown} |"


def _entry(option: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of an option's section."""
    value = {"none": "", "text": " TEXT", "number": " NUMBER"}[option["value"]]
    yield f"### `{option['name']}{value}` {{#{anchor(option['name'])}}}"
    yield ""
    yield from option["text"]
    facts = list(_details(option))
    if facts:
        yield ""
        yield from facts


def _details(option: dict[str, Any]) -> Iterator[str]:
    symbol = option["symbol"]
    if "_" in symbol:
        yield f"- Stands for `{symbol}`, since libvirt {option['since']}."
    if "needs" in option:
        needs = " or ".join(f"`{name}`" for name in option["needs"])
        yield f"- Needs {needs}, or is refused: `{option['says']}`."
    for refused in option.get("refused", ()):
        other = refused["with"]
        first, _, rest = other.partition(" ")
        shown = f"`{first}`{' ' * bool(rest)}{rest}" if first.startswith("--") else other
        if "source" in refused:
            yield f"- Refused with {shown}: `{refused['source']}`, by the source code."
        else:
            yield f"- Refused with {shown}: `{refused['says']}`."


def _exclusions(options: list[dict[str, Any]]) -> Iterator[str]:
    yield "| Option | Refused with |"
    yield "| --- | --- |"
    pairs = exclusions(options)
    for one in dict.fromkeys(one for one, _ in pairs):
        others = (f"[`{b}`](#{anchor(b)})" for a, b in pairs if a == one)
        yield f"| [`{one}`](#{anchor(one)}) | {', '.join(others)} |"


def _newer(options: list[dict[str, Any]]) -> Iterator[str]:
    yield "| Option | Since | What it does | Flag or parameter |"
    yield "| --- | --- | --- | --- |"
    for option in options:
        name = option["name"]
        shown = f"`{name}`" if name.startswith("--") else name.capitalize()
        yield f"| {shown} | {option['since']} | {option['text']} | `{option['symbol']}` |"
