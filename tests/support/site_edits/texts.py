"""Edits of the text of pages."""

import re
from pathlib import Path

from tests.support.site_edits.kinds import change_head, change_page, edit, pick


@edit
def text(root: Path, number: int) -> None:
    more = pick(
        number // 7,
        "More.",
        "A migrastion.",
        "The the end.",
        "A color and a behavior.",
        "Some frontend & more.",
        "The front end, the front end.",
        "Zzyzxian `code`.",
    )
    change_page(root, number, lambda text: f"{text}\n{more}\n")


@edit
def text_taken_back(root: Path, number: int) -> None:
    change_page(root, number, lambda text: "\n".join(text.split("\n")[:-3]) + "\n")


@edit
def title(root: Path, number: int) -> None:
    change_head(root, number, "title", pick(number, "One", "Another <b>", "Ünï"))


@edit
def heading(root: Path, number: int) -> None:
    def change(text: str) -> str:
        lines = text.split("\n")
        at = [i for i, line in enumerate(lines) if line.startswith("#")]
        if at:
            index = at[number // 5 % len(at)]
            lines[index] += " again"
        return "\n".join(lines)

    change_page(root, number, change)


@edit
def anchor(root: Path, number: int) -> None:
    pinned = "\n## Pinned {#first}\n"
    change_page(
        root, number, lambda t: t.replace(pinned, "") if pinned in t else t.rstrip("\n") + pinned
    )


@edit
def link(root: Path, number: int) -> None:
    target = pick(
        number // 6,
        "/guide/one.md",
        "/guide/one.md#first",
        "/plain.md#part",
        "/gone.md",
        "/img/a.png",
        "/index.md#cases",
        "/guide/",
        "/new.md",
        "/recordings/help",
        "/theme/own.css",
        "/proof/",
    )
    change_page(root, number, lambda text: f"{text}\nSee [this]({target}).\n")


@edit
def links_removed(root: Path, number: int) -> None:
    change_page(root, number, lambda text: re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text))


@edit
def picture_of_a_diagram(root: Path, number: int) -> None:
    name = pick(number // 5, "flow.dot", "other.dot", "%66low.%64ot", "flow&#46;dot")
    up = "../" * pick(number // 3, 1, 2)
    change_page(root, number, lambda text: f"{text}\n![Flow]({up}diagrams/{name})\n")


@edit
def recording_shown(root: Path, number: int) -> None:
    name = pick(number, "help", "table", "more")
    change_page(root, number // 3, lambda text: f"{text}\n![Said](/recordings/{name})\n")


@edit
def draft(root: Path, number: int) -> None:
    change_head(root, number, "draft", True)


@edit
def alias(root: Path, number: int) -> None:
    value = pick(number, ["old.html"], ["old/"], ["guide/one/#gone"], ["plain/#part"])
    change_head(root, number, "aliases", value)


@edit
def layout(root: Path, number: int) -> None:
    change_head(root, number, "layout", pick(number, "special", "missing"))


@edit
def extra(root: Path, number: int) -> None:
    change_head(root, number, "extra", pick(number, {"a": [1, "x"]}, {"since": "2026-02-02"}))


@edit
def allow(root: Path, number: int) -> None:
    change_head(root, number, "allow", pick(number, ["broken-link"], ["misspelling"], ["no-rule"]))


@edit
def allow_comment(root: Path, number: int) -> None:
    code = pick(number // 5, "broken-link", "broken-anchor", "unknown-word")
    change_page(root, number, lambda t: f"{t}\n<!-- allow {code} -->\nSee [x](gone.md#y).\n")


@edit
def snippet(root: Path, number: int) -> None:
    part = root / "parts" / "part.txt"
    more = ["See [x](/guide/one.md#gone).\n", "## Part\n", "Words.\n"][number // 2 % 3]
    part.write_text(part.read_text("utf-8") + more if number % 2 else "A part.\n", "utf-8")


@edit
def snippet_included(root: Path, number: int) -> None:
    change_page(root, number, lambda text: f'{text}\n--8<-- "part.txt"\n')
