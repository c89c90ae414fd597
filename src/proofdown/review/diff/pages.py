"""Compare two pages block by block: list the changes, and mark them in the page's HTML."""

from collections.abc import Sequence
from itertools import zip_longest

from msgspec import Struct

from proofdown.diagrams.drawing import Drawing
from proofdown.markup.classes import DRAWING
from proofdown.review.diff.alignment import Pair, align, shared_words
from proofdown.review.diff.graphs import GraphChange, compare_drawings, whole_drawing
from proofdown.review.diff.page_tree import PLACEHOLDER, Block, PageTree, Picture, inner_html
from proofdown.review.diff.tables import TableChange, compare_tables, whole_table
from proofdown.review.diff.words import Line, compare_lines, marked_html, marked_line


class TextChange(Struct, frozen=True):
    """A passage of text that was added, removed or changed; a missing version is empty."""

    where: str
    """The heading that it is under."""
    before: str
    after: str


class CodeChange(Struct, frozen=True):
    """A block of code that was added, removed or changed."""

    where: str
    lines: tuple[Line, ...]


class PictureChange(Struct, frozen=True):
    """An image that was added, removed or replaced."""

    where: str
    before: Picture | None
    after: Picture | None


class Segment(Struct, frozen=True):
    """A part of a page for the report."""

    is_changed: bool
    html: str
    """Its HTML, with `<ins>` and `<del>` marks, and with placeholders for images."""


class PageChanges(Struct):
    """The changes of a page's text."""

    segments: list[Segment] = []
    texts: list[TextChange] = []
    codes: list[CodeChange] = []
    tables: list[TableChange] = []
    drawings: list[GraphChange] = []
    pictures: list[PictureChange] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed for readers."""
        return not any(segment.is_changed for segment in self.segments)


def compare_pages(before: PageTree, after: PageTree) -> PageChanges:
    """Return what changed between two pages for readers."""
    differ = _Differ(before, after)
    differ.compare_all(before.blocks, after.blocks)
    return differ.changes


def _likeness(before: Block, after: Block) -> float:
    if before.kind != after.kind or before.tag != after.tag:
        return 0.0
    if before.kind == "drawing":
        is_same = before.drawing and after.drawing and before.drawing.name == after.drawing.name
        return 1.0 if is_same else 0.5
    if before.kind == "table":  # even if rewritten, it is more likely changed than replaced
        return max(0.5, shared_words(before.text, after.text))
    if not before.text and not after.text:
        return 0.5  # both are pictures, and one probably replaced the other
    return shared_words(before.text, after.text)


class _Differ:
    def __init__(self, before: PageTree, after: PageTree) -> None:
        self.before, self.after = before, after
        self.changes = PageChanges()
        self.where = ""

    def compare_all(self, before: Sequence[Block], after: Sequence[Block]) -> None:
        """Compare the top-level blocks of both pages, and add a segment for each."""
        for pair in self.pairs(before, after):
            block = pair[1] or pair[0]
            if block is not None and block.tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
                self.where = block.text
            old, new = pair
            if old is not None and new is not None and old.key == new.key:
                self.changes.segments.append(Segment(False, new.html))
            else:
                self.changes.segments.append(Segment(True, self.compare(pair)))

    def pairs(self, before: Sequence[Block], after: Sequence[Block]) -> list[Pair[Block]]:
        return align(before, after, lambda block: block.key, _likeness, 0.4)

    def compare(self, pair: Pair[Block]) -> str:
        """Record the changes of a pair of blocks; return both as one with the changes marked."""
        before, after = pair
        if before is None or after is None:
            return self.whole(before, after)
        if before.kind == "group":
            inner = "".join(
                new.html if old and new and old.key == new.key else self.compare((old, new))
                for old, new in self.pairs(before.children, after.children)
            )
            return f"{_opening(after)}{inner}</{after.tag}>"
        if before.kind == "table":
            self.changes.tables.append(found := compare_tables(before, after, self.where))
            return found.html
        if before.kind == "code":
            return self.code(before, after)
        if before.drawing and after.drawing:
            return self.drawing(before.drawing, after.drawing)
        return self.text(before, after)

    def whole(self, before: Block | None, after: Block | None) -> str:
        """Return an added or removed block, with its content marked as such."""
        block = after or before
        if block is None:
            return ""
        self.record_whole(block, is_new=after is not None)
        kind, mark = ("added", "ins") if after else ("removed", "del")
        if block.drawing:
            return f'<div class="{kind}">{block.html}</div>'
        inner = inner_html(block)
        # Only around text: `<ins>` directly in a list or a table is invalid HTML.
        inner = f"<{mark}>{inner}</{mark}>" if block.kind == "text" else inner
        return f"{_opening(block, kind)}{inner}</{block.tag}>"

    def record_whole(self, block: Block, *, is_new: bool) -> None:
        """Record everything in a block that was added or removed."""
        texts = ("", block.text) if is_new else (block.text, "")
        if block.kind == "group":
            for child in block.children:
                self.record_whole(child, is_new=is_new)
        elif block.kind == "code":
            # Not `splitlines`, which also splits at a form feed or U+2028.
            lines = str(block.element.text_content()).rstrip("\n").split("\n")
            pairs = (Line(None, line) if is_new else Line(line, None) for line in lines)
            self.changes.codes.append(CodeChange(self.where, tuple(pairs)))
        elif block.kind == "table":
            self.changes.tables.append(whole_table(block, self.where, is_new=is_new))
        elif block.drawing:
            self.changes.drawings.append(whole_drawing(block.drawing, self.where, is_new=is_new))
        elif not self.record_pictures(*((None, block) if is_new else (block, None))) or block.text:
            self.changes.texts.append(TextChange(self.where, *texts))

    def text(self, before: Block, after: Block) -> str:
        inner = marked_html(inner_html(before), inner_html(after))
        if inner is None:
            return self.whole(before, None) + self.whole(None, after)
        if before.text != after.text or not self.record_pictures(before, after):
            self.changes.texts.append(TextChange(self.where, *_distinct_texts(before, after)))
        return f"{_opening(after)}{inner}</{after.tag}>"

    def code(self, before: Block, after: Block) -> str:
        old, new = (str(block.element.text_content()) for block in (before, after))
        change = CodeChange(self.where, compare_lines(old, new))
        self.changes.codes.append(change)
        return code_html(change.lines)

    def drawing(self, old: Drawing, new: Drawing) -> str:
        change = compare_drawings(old, new, self.where)
        self.changes.drawings.append(change)
        number = len(self.changes.drawings) - 1
        return f'<div class="{DRAWING}"><img src="{PLACEHOLDER}change-{number}"></div>'

    def record_pictures(self, before: Block | None, after: Block | None) -> bool:
        """Record the images that changed between two blocks; return whether any did."""
        old = _pictures(before, self.before) if before else {}
        new = _pictures(after, self.after) if after else {}
        removed = [picture for key, picture in old.items() if key not in new]
        added = [picture for key, picture in new.items() if key not in old]
        # By position: a picture that is gone and one that is new are one that was replaced.
        for was, now in zip_longest(removed, added):
            self.changes.pictures.append(PictureChange(self.where, was, now))
        return bool(removed or added)


def _distinct_texts(before: Block, after: Block) -> tuple[str, str]:
    """Return the texts of two blocks; if they are equal, with the targets of their links."""
    if before.text != after.text:
        return before.text, after.text
    links = (
        ", ".join(link.get("href") or "" for link in block.element.iter("a"))
        for block in (before, after)
    )
    old, new = (f"{before.text} (→ {link})" if link else before.text for link in links)
    return old, new


def _pictures(block: Block, tree: PageTree) -> dict[str, Picture]:
    keys = [
        (image.get("src") or "").removeprefix(PLACEHOLDER) for image in block.element.iter("img")
    ]
    return {key: tree.pictures[key] for key in keys if key in tree.pictures}


def _opening(block: Block, kind: str = "") -> str:
    """Return a block's start tag, with `kind` as an additional class."""
    opening = block.html[: block.html.index(">") + 1]
    if not kind:
        return opening
    # A second `class` attribute would be ignored by browsers.
    if ' class="' in opening:
        return opening.replace(' class="', f' class="{kind} ', 1)
    return f'{opening[:-1]} class="{kind}">'


def code_html(lines: Sequence[Line]) -> str:
    """Return code as HTML, with its changed lines marked."""
    parts = []
    for line in lines:
        if not line.is_changed:
            parts.append(f'<span class="line">{marked_line(line)[1]}</span>')
            continue
        before, after = marked_line(line)
        if line.before is not None:
            parts.append(f'<span class="line removed">{before}</span>')
        if line.after is not None:
            parts.append(f'<span class="line added">{after}</span>')
    return f"<pre><code>{''.join(parts)}</code></pre>"
