"""A small site that has a bit of everything, and the ways in which people and machines change it.

An edit is a function of the site's folder and a number, which says where and how; the same number
does the same again. Every edit leaves a folder that can be built, well or badly.
"""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from meanwhile import BROKEN_OFF, CHANGES, Target, build_while_changed
from proofdown.checks.registry import RULES
from proofdown.content.evidence.recordings import digest_of
from proofdown.diagnostics import Severity
from support import Project

Edit = Callable[[Path, int], None]
EDITS: dict[str, Edit] = {}
"""Every kind of edit by its name, as a failing run shows it."""

BREAKS_THE_SITE = ("duplicate-address", "unwritable-output", "foreign-output")
TOLERANT = {
    code: "warning"
    for code, rule in sorted(RULES.items())
    if rule.level is Severity.ERROR and code not in BREAKS_THE_SITE
}
"""Levels with which a site is written whatever is wrong with it, so that it can be compared."""
SETTINGS: dict[str, Any] = {
    "title": "Test",
    "url": "https://example.org/docs/",
    "nav": ["index.md", {"Guide": ["guide/one.md", "guide/two.md"]}, "plain.md"],
    "checks": TOLERANT,
    "commands": {"tool": "help"},
}


def recording(body: str) -> str:
    """Return a recording with a head that is right for its body."""
    head = f"command: tool --help\ndate: 2026-11-22\nsha256: {digest_of(body)}\n"
    return f"---\n{head}---\n{body}"


HELP = "Usage: tool [--all] [--name NAME] FILE\n\n  --all  all of it\n  --name NAME  a name\n"
TABLE = "- {Type: One, After: Red}\n- {Type: Two, After: Blue}\n"
CLAIMS = """diagrams:
  flow: {connections: [a -> b]}
tables:
  "#cases": {inputs: [Type], recording: table}
"""
FILES: dict[str, str | bytes] = {
    "content/index.md": "# Home\n\nA colour.\n\nSee [one](guide/one.md#first) and "
    "[two](guide/two.md).\n\n![A flow](../diagrams/flow.dot)\n\n## Cases\n\n"
    "| Type | After |\n|---|---|\n| One | Red |\n| Two | Blue |\n",
    "content/index.claims.yml": CLAIMS,
    "content/guide/one.md": "---\ntitle: One\nextra: {since: 2026-01-01}\n---\n# One\n\n"
    "## First\n\nThe front end is here.\n\n```console\n$ tool --all --nmae x file\n```\n",
    "content/guide/two.md": "# Two\n\nSee [one](one.md) and [home](../index.md#cases).\n\n"
    "![A picture](../img/a.png)\n",
    "content/plain.md": "# Plain\n\nNothing but words, and a front-end.\n",
    "content/img/a.png": b"\x89PNG one",
    "content/recordings/help": recording(HELP),
    "content/recordings/table": recording(TABLE),
    "diagrams/flow.dot": "digraph { a -> b }\n",
    "parts/part.txt": "A part.\n",
    "templates/page.html": "<!doctype html><html lang=en><title>{{ page.title }}</title>"
    "<nav>{{ nav }}</nav>{% for c in page.breadcrumbs %}{{ c.title }}/{% endfor %}"
    "<main>{{ page.content }}</main>{% if page.next %}{{ page.next.title }}{% endif %}"
    "{{ page.extra }}</html>\n",
    "templates/404.html": "<!doctype html><title>None</title>{{ nav }}\n",
    "templates/proof.html": "<!doctype html><title>Proof</title>"
    "{% for r in rows %}{{ r.name }} {{ r.verdict }} {{ r.claimed_at }}\n{% endfor %}\n",
    "templates/redirect.html": "<!doctype html><title>Moved</title>\n",
}


def make_site(root: Path) -> Project:
    """Write the site into a new folder."""
    project = Project.make(root, FILES)
    write_settings(root, SETTINGS)
    return project


def write_settings(root: Path, settings: dict[str, Any]) -> None:
    """Write the settings of a site."""
    text = yaml.safe_dump(settings, sort_keys=False, width=1000)
    (root / "proofdown.yml").write_text(text, "utf-8")


def load_settings(root: Path) -> dict[str, Any]:
    """Return the settings of a site as they stand."""
    found: dict[str, Any] = yaml.safe_load((root / "proofdown.yml").read_text("utf-8"))
    return found


def edit(function: Edit) -> Edit:
    """Add a function to the kinds of edit, under its name."""
    EDITS[function.__name__.replace("_", " ")] = function
    return function


def toggle(file: Path, text: str | bytes) -> None:
    """Write a file, or remove it where it is there with this content already.

    Where another edit has put a folder in its place, or a file in its folder's, nothing is done.
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
    """Return the pages in the order of their paths."""
    return sorted(content_of(root).rglob("*.md"))


def change_page(root: Path, number: int, change: Callable[[str], str]) -> None:
    """Rewrite one of the pages; one that is no text is left alone."""
    found = pages(root)
    if found:
        file = found[number % len(found)]
        try:
            file.write_text(change(file.read_bytes().decode()), "utf-8")
        except UnicodeDecodeError:
            return


def change_head(root: Path, number: int, key: str, value: Any) -> None:
    """Set a key of a page's front matter, or take it out where it has this value already."""

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
    """Set a setting, or take it out where it has this value already."""
    settings = load_settings(root)
    if settings.get(key) == value:
        del settings[key]
    else:
        settings[key] = value
    write_settings(root, settings)


def pick(number: int, *choices: Any) -> Any:
    """Return one of the choices."""
    return choices[number % len(choices)]


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
def nav(root: Path, number: int) -> None:
    many = [{f"Outside {n}": f"https://example.org/{n}"} for n in range(300)]
    one = {"One": ["index.md", "guide/one.md"]}
    two = {"Two": ["guide/two.md", "plain.md"]}
    value = pick(
        number,
        [one, two],
        [{"One": ["guide/two.md", "plain.md"]}, {"Two": ["index.md", "guide/one.md"]}],
        ["plain.md", {"G": ["guide/two.md", "gone.md", {"Deep": ["guide/one.md"]}]}],
        [one, two, {"Many": many}],
        [{"One": ["plain.md"]}, {"Two": ["index.md", "guide/one.md", "guide/two.md"]}, *many],
        [{"One": ["index.md", "guide/one.md", "guide/two.md"]}, {"Two": ["plain.md"]}, *many],
    )
    change_settings(root, "nav", value)


@edit
def setting(root: Path, number: int) -> None:
    key, value = pick(
        number,
        ("title", "Another title"),
        ("url", "https://example.org/"),
        ("language", "de"),
        ("language", "en-GB"),
        ("description", "What it is about."),
        ("repository", "https://github.com/a/b"),
        ("edit", "https://example.org/edit/{path}"),
        ("styles", ["own.css"]),
        ("announcement", {"text": "New", "link": "plain.md"}),
        ("checks", {**TOLERANT, "broken-link": "off", "orphan-page": "error"}),
        ("checks", {}),
        ("search", {"expect": {"words": "plain.md"}}),
        ("diagrams", {"node": {"shape": "box"}}),
        ("commands", {"tool": "more"}),
        ("nonsense", 1),
        ("policy", "off"),
    )
    change_settings(root, key, value)


@edit
def comment_in_the_settings(root: Path, number: int) -> None:
    file = root / "proofdown.yml"
    file.write_text(f"# {number}\n" + file.read_text("utf-8"), "utf-8")


@edit
def words(root: Path, number: int) -> None:
    change_settings(root, "words", pick(number, ["Zzyzxian"], ["migrastions", "Zzyzxia"]))


@edit
def markdown_extension(root: Path, number: int) -> None:
    value = pick(
        number,
        ["smarty"],
        [{"pymdownx.snippets": {"base_path": [str(root / "parts")]}}],
        [{"admonition": "off"}, "nl2br"],
        ["no_such_extension"],
        [{"toc": {"permalink": "P"}}],
    )
    change_settings(root, "markdown_extensions", value)


@edit
def snippet(root: Path, number: int) -> None:
    part = root / "parts" / "part.txt"
    more = ["See [x](/guide/one.md#gone).\n", "## Part\n", "Words.\n"][number // 2 % 3]
    part.write_text(part.read_text("utf-8") + more if number % 2 else "A part.\n", "utf-8")


@edit
def snippet_included(root: Path, number: int) -> None:
    change_page(root, number, lambda text: f'{text}\n--8<-- "part.txt"\n')


@edit
def template(root: Path, number: int) -> None:
    name = pick(number, "page", "special", "nav", "evidence", "figure", "404", "proof", "redirect")
    body = pick(
        number // 8,
        "<!doctype html><title>{{ page.title }}</title>{{ page.content }}{{ nav }}",
        "<!doctype html><title>T</title>{{ page.nothing }}{{ page.content }}",
        "<!doctype html><title>{{ site.title }}</title>{{ page.content }}<a href=gone.html>x</a>",
        "{% if %}",
        "<!doctype html><title>x</title>{% include 'parts/x.html' ignore missing %}",
        "<a href='{{ href }}'>{{ measured_on }}</a>{{ text }}{{ words.search }}{{ page.content }}",
    )
    toggle(root / "templates" / f"{name}.html", body)


@edit
def part_of_a_template(root: Path, number: int) -> None:
    toggle(root / "templates" / "parts" / "x.html", f"Part {number % 3}")


@edit
def template_folder_that_is_a_link(root: Path, number: int) -> None:
    elsewhere = root / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "x.html").write_text(f"Linked {number % 3}", "utf-8")
    folder = root / "templates" / "parts"
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    if not folder.is_symlink():
        folder.symlink_to("../elsewhere")  # within the site, also in a copy of it
    special = "<!doctype html><title>x</title>{% include 'parts/x.html' %}{{ page.content }}"
    (root / "templates" / "page.html").write_text(special, "utf-8")


@edit
def static_file(root: Path, number: int) -> None:
    name = pick(number, "own.css", "theme.css")
    toggle(root / "templates" / "static" / name, f"/* {number // 2 % 3} */")


@edit
def words_of_the_theme(root: Path, number: int) -> None:
    toggle(root / "templates" / "words.yml", pick(number, "search: Find\n", "no_such: x\n", "- a"))


@edit
def diagram(root: Path, number: int) -> None:
    name = pick(number, "flow", "other", "UPPER")
    body = pick(
        number // 3,
        "digraph { a -> b }\n",
        "digraph { a -> c }\n",
        'digraph { a -> b; a [URL="../content/plain.md"] }\n',
        'digraph { a -> b; a [URL="../content/gone.md"] }\n',
        "digraph { a -> \n",
        "digraph { a [color=nocolour] }\n",
    )
    toggle(root / "diagrams" / f"{name}.dot", body)


@edit
def claims(root: Path, number: int) -> None:
    path = pick(number, "index", "plain", "guide/two", "gone")
    body = pick(
        number // 4,
        CLAIMS,
        "diagrams: {flow: {connections: [a -> c]}}\n",
        "diagrams: {other: {connections: [a -> b], recording: more}}\n",
        'tables: {"#cases": {inputs: [Type]}}\n',
        "diagrams: [\n",
    )
    toggle(content_of(root) / f"{path}.claims.yml", body)


@edit
def recorded(root: Path, number: int) -> None:
    name = pick(number, "help", "table", "more")
    body = pick(
        number // 3,
        recording(HELP),
        recording(HELP.replace("--name", "--nmae")),
        recording(TABLE.replace("Blue", "Green")),
        recording(TABLE).replace("Red", "Rot"),
        "no head\n",
    )
    toggle(content_of(root) / "recordings" / name, body)


@edit
def lock_file(root: Path, number: int) -> None:
    toggle(root / ".proofdown.lock", pick(number, "/\n/#home\n/#gone\n", "/\n/plain/\n/x/\n"))


@edit
def lock_file_written(root: Path, number: int) -> None:
    del number
    Project(root).check("--write-lock")


@edit
def baseline(root: Path, number: int) -> None:
    file = root / "proofdown.baseline.json"
    if file.exists() and number % 2:
        file.unlink()
    else:
        Project(root).check("--write-baseline")


@edit
def asset(root: Path, number: int) -> None:
    name = pick(number, "img/a.png", "img/b.png", "own.css", "robots.txt", "plain/index.html")
    toggle(content_of(root) / name, pick(number // 5, b"one", b"two", b"url(img/b.png)"))


@edit
def asset_that_is_a_link(root: Path, number: int) -> None:
    file = content_of(root) / "img" / "link.png"
    if file.parent.is_file():  # made by another edit
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
    """Return every file of the cache in the order of their paths."""
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
