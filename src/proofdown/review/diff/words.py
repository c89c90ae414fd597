"""Compare texts word by word: HTML with the changes marked in it, and lines of code."""

import re
from difflib import SequenceMatcher

from lxml import html
from lxml.html.diff import htmldiff
from msgspec import Struct

from proofdown.review.diff.alignment import Pair, align, shared_words
from proofdown.review.diff.page_tree import html_escape

# White space, words such as `post-copy`, and single signs; together they cover every character.
_TOKEN = re.compile(r"\s+|[\w-]+|[^\w\s]")
_EMPTY_MARK = re.compile(r"<(ins|del)>\s*</\1>")


class Line(Struct, frozen=True):
    """A line of code before and after; None if it was added or removed."""

    before: str | None
    after: str | None

    @property
    def is_changed(self) -> bool:
        """Whether it changed."""
        return self.before != self.after


def marked_html(before: str, after: str) -> str | None:
    """Return HTML with the changes marked as `<del>` and `<ins>`, in this order.

    None if there is nothing to mark, because only the formatting changed and not the words.
    """
    # To readers, white space that was added or removed is no change.
    found = _EMPTY_MARK.sub("", htmldiff(before, after))
    if "<ins>" not in found and "<del>" not in found:
        return None
    root = html.fragment_fromstring(found, create_parent="div")
    for mark in list(root.iter("ins")):
        _put_deletion_first(mark)
    parts = [html_escape(root.text or "")]
    return "".join([*parts, *(html.tostring(child, encoding="unicode") for child in root)]).strip()


def _put_deletion_first(mark: html.HtmlElement) -> None:
    """Swap an insertion with the deletion that directly follows it."""
    deletion = mark.getnext()
    # With text between the two, they mark different places.
    if deletion is None or deletion.tag != "del" or (mark.tail or "").strip():
        return
    parent, tails = mark.getparent(), (mark.tail, deletion.tail)
    if parent is None:
        return
    parent.insert(parent.index(mark), deletion)
    # lxml moves the text after an element together with it, so the tails are put back in order.
    deletion.tail, mark.tail = tails


def compare_lines(before: str, after: str) -> tuple[Line, ...]:
    """Return the lines of two texts as pairs, similar lines together."""
    pairs: list[Pair[str]] = align(
        before.rstrip("\n").split("\n"),
        after.rstrip("\n").split("\n"),
        str,
        lambda one, other: shared_words(one, other) if one.strip() and other.strip() else 0.0,
        0.5,
    )
    return tuple(Line(b, a) for b, a in pairs)


def marked_line(line: Line) -> tuple[str, str]:
    """Return a changed line as HTML, before and after, with the changed words marked."""
    if line.before is None or line.after is None:
        return html_escape(line.before or ""), html_escape(line.after or "")
    old, new = _TOKEN.findall(line.before), _TOKEN.findall(line.after)
    parts: tuple[list[str], list[str]] = ([], [])
    for tag, *spans in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        texts = ("".join(old[spans[0] : spans[1]]), "".join(new[spans[2] : spans[3]]))
        for part, text, mark in zip(parts, texts, ("del", "ins"), strict=True):
            shown = html_escape(text)
            part.append(shown if tag == "equal" or not text else f"<{mark}>{shown}</{mark}>")
    return "".join(parts[0]), "".join(parts[1])
