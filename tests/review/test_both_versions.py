"""Whatever changes, the report shows both versions completely: nothing lost, nothing invented."""

import random
from itertools import pairwise
from pathlib import Path

from lxml import html

from proofdown.review.compare import PageReview, compare_sides
from proofdown.review.diff.page_tree import parse_html
from proofdown.review.options import ReviewOptions
from proofdown.review.sides import built_sides
from proofdown.runtime.progress import no_progress
from tests.support.git_sites import History

WORDS = (
    "guest host daemon port memory disk network copies waits starts stops the a of and to with "
    "`--live` **never** [there](index.md) always, sometimes; (perhaps) 49152 30 seconds"
).split(" ")
PAGES = 60
BEFORE, AFTER = ("ins", "added"), ("del", "removed")
"""The element and the class that are not part of the page before, and after."""


class Writer:
    """Generates random pages, and changes them."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 (no secret is made of it)

    def sentence(self) -> str:
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(3, 14))) + "."

    def row(self, width: int) -> list[str]:
        return [self.chance.choice(WORDS) for _ in range(width)]

    def block(self) -> list[list[str]]:
        """Return a block as its kind and its parts: lines, items or rows of cells."""
        kind = self.chance.choice(("text", "text", "heading", "list", "table", "code", "quote"))
        if kind == "table":
            width = self.chance.randint(2, 4)
            return [[kind], *(self.row(width) for _ in range(self.chance.randint(2, 5)))]
        count = 1 if kind == "heading" else self.chance.randint(1, 4)
        return [[kind], *([self.sentence()] for _ in range(count))]

    def page(self) -> list[list[list[str]]]:
        return [self.block() for _ in range(self.chance.randint(2, 8))]

    def changed(self, page: list[list[list[str]]]) -> list[list[list[str]]]:
        """Return a copy of a page with a few changes: blocks, lines, rows, columns, words."""
        page = [[list(part) for part in block] for block in page]
        for _ in range(self.chance.randint(1, 4)):
            location = self.chance.randrange(len(page))
            what = self.chance.choice(("new", "gone", "move", "part", "part", "word", "word"))
            if what == "new":
                page.insert(location, self.block())
            elif what == "gone" and len(page) > 1:
                del page[location]
            elif what == "move":
                page.append(page.pop(location))
            else:
                self.change(page[location], what)
        return page

    def change(self, block: list[list[str]], what: str) -> None:
        number = self.chance.randrange(1, len(block))
        if block[0] == ["table"]:
            column = self.chance.randrange(len(block[1]))
            if what == "part" and len(block[1]) > 2:
                for row in block[1:]:
                    del row[column]
            else:
                block[number][column] = self.chance.choice(WORDS)
        elif what == "part":
            block.insert(number, [self.sentence()])
        else:
            words = block[number][0].split(" ")
            words[self.chance.randrange(len(words))] = self.chance.choice(WORDS)
            block[number] = [" ".join(words)]


def markdown(page: list[list[list[str]]]) -> str:
    """Return a page as Markdown."""
    parts = ["# Page"]
    for (kind,), *lines in page:
        texts = [line[0] for line in lines]
        if kind == "table":
            rows = ["| " + " | ".join(row) + " |" for row in lines]
            parts.append("\n".join([rows[0], "|" + " --- |" * len(lines[0]), *rows[1:]]))
        elif kind == "code":
            parts.append("\n".join(["```text", *texts, "```"]))
        else:
            lead = {"heading": "## ", "list": "- ", "quote": "> "}.get(kind, "")
            parts.append("\n".join(lead + text for text in texts))
    return "\n\n".join(parts) + "\n"


def words_shown(page: PageReview, without: tuple[str, str]) -> list[str]:
    """Return the words of a page's report without those of one side."""
    element, name = without
    found: list[str] = []
    for segment in page.changes.segments:
        root = parse_html(segment.html)
        for mark in list(root.iter()):
            is_other = mark.tag == element or name in (mark.get("class") or "").split()
            if is_other and mark.getparent() is not None:
                mark.tail = " " + (mark.tail or "")
                mark.drop_tree()
        found += _words(root)
    return found


def _words(root: html.HtmlElement) -> list[str]:
    for part in root.iter():
        part.tail = (part.tail or "") + (
            " " if part.tag in ("td", "th", "p", "li", "span", "h1", "h2") else ""
        )
    return " ".join(root.itertext()).split()


def letters(words: list[str]) -> str:
    """Return words without the white space between them and without link targets."""
    return "".join(word for before, word in pairwise(["", *words]) if "Link:" not in (before, word))


def test_each_side_of_a_report_reads_as_the_page_did(tmp_path: Path) -> None:
    writer = Writer(2011)
    pages = {f"content/p{number}.md": writer.page() for number in range(PAGES)}
    first: dict[str, str | bytes] = {path: markdown(page) for path, page in pages.items()}
    history = History.make(tmp_path / "site", {"content/index.md": "# Home\n\nHi.\n", **first})
    history.project.write({path: markdown(writer.changed(page)) for path, page in pages.items()})
    with built_sides(history.root, ReviewOptions(), no_progress) as sides:
        review = compare_sides(*sides)
    assert len(review.pages) > PAGES * 0.8
    for page in review.pages:
        for tree, without in zip(page.trees, (BEFORE, AFTER), strict=True):
            shown = letters(words_shown(page, without))
            real = letters(tree.text.split())
            assert shown == real, (page.path, without)
