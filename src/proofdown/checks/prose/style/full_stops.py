"""Find missing full stops at the end of paragraphs, and of list items whose neighbours have one."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from proofdown.checks.prose.text.blocks import Block
from proofdown.diagnostics import Finding
from proofdown.markup.syntax.grammar import FENCE, MARKER

_ENDED = re.compile(
    r"\d[)\]\s]*\Z|[.!?:;\u2026\ufffc|=>][\"'\u2019\u201d)\]\s]*\Z|[^\w\s\"'\u2019\u201d)\]]\Z"
)
# The end of a sentence before the next one, as between `It works. Then`.
_SENTENCE_BEFORE = re.compile(r"[a-z)\ufffc\d][.!?] +\n?(?=[A-Z])|[a-z)][.!?]\n(?=[A-Z])")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|Dr|Mr|Ms|Mrs|St|No|Inc|approx|resp)\.\s*\Z")
# A paragraph that is emphasised as a whole, which often serves as a heading.
_EMPHASISED = re.compile(
    r"\s*(?P<mark>\*{1,3}|_{1,3})(?![\s*_])[^*]*(?P=mark)\s*(?:\{[^{}]*\})?", re.DOTALL
)
_ONLY_LINK = re.compile(
    r"\s*(?:\[[^\]]*\]\s*(?:\([^)]*\)|\[[^\]]*\])?(?:\{[^{}]*\})?[\s|,\u2022\u00b7\u2014-]*)+"
)
_ENDS_WITH_LINK = re.compile(r"[.!?]\s+\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])\s*\Z")
"""A link on its own after a sentence: `It works. [Details](…)`."""
_FEWEST_WORDS = 4
_LABEL = re.compile(r"[^\s:]+(?: [^\s:]+){0,2}:\s")
"""A label before a value: `Default: 90 days`."""
_LEADS_ON = re.compile(rf"[^\n]*\n\s*(?:{FENCE}|{MARKER} |\||<|!\[|\[!\[|\ufffc| {{4}}|\t|:::|\{{)")
_HARD_BREAK = re.compile(r" {2,}\n|\\\n|<br")


def find_missing_stops(blocks: Sequence[Block], source: str) -> Iterator[Finding]:
    """Yield paragraphs and items without a full stop where most others have one."""
    paragraphs = [b for b in blocks if b.kind == "paragraph" and _is_sentence(b)]
    open_ = [b for b in paragraphs if not _ENDED.search(b.text) and not _leads_on(b, source)]
    # On a page that mostly does without full stops, only whole sentences are reported.
    is_usual = len(open_) * 2 <= len(paragraphs)
    yield from (_finding(b, "paragraph") for b in open_ if is_usual or _has_sentence(b.text))
    items = [b for b in blocks if b.kind == "item"]
    for _, group in groupby(sorted(items, key=lambda b: b.group), key=lambda b: b.group):
        yield from _of_list(list(group))


def _leads_on(block: Block, source: str) -> bool:
    """Return whether a paragraph of one sentence introduces code, a list or a table."""
    end = block.raw.span(0, len(block.raw.text))[1]
    return bool(_LEADS_ON.match(source, end)) and not _has_sentence(block.text)


def _of_list(items: list[Block]) -> Iterator[Finding]:
    sentences = [b for b in items if b.text.strip()]
    ended = [b for b in sentences if b.text.rstrip()[-1:] in ".!?"]
    most = len(ended) >= 3 and len(ended) * 4 >= len(sentences) * 3
    for item in sentences:
        if _ENDED.search(item.text) or item.is_continued or _is_label(item):
            continue
        if (most and len(item.text.split()) >= _FEWEST_WORDS) or (
            _has_sentence(item.text) and ended
        ):
            yield _finding(item, "item")


def _has_sentence(text: str) -> bool:
    """Return whether a text contains a whole sentence before the last one."""
    return any(
        not _ABBREVIATION.search(text[: found.end()]) for found in _SENTENCE_BEFORE.finditer(text)
    )


def _is_sentence(block: Block) -> bool:
    """Return whether a paragraph is a sentence, not a caption, a link, a poem or a label."""
    text, raw = block.text.strip(), block.raw.text
    first = text.lstrip("\"'(\u201c\u2018")[:1]
    return (
        (first.isupper() or first == "\ufffc")
        and len(text.split()) >= _FEWEST_WORDS
        and not _EMPHASISED.fullmatch(raw)
        and not _is_label(block)
        and raw.lstrip("*_")[:1] != "["
        and not _HARD_BREAK.search(raw)
        and not raw.lstrip().startswith(("<", "|", "{", "$", "Copyright "))
        and not raw.rstrip().endswith("}")
        and not block.is_continued
    )


def _is_label(block: Block) -> bool:
    raw = block.raw.text
    is_link = _ONLY_LINK.fullmatch(raw) or _ENDS_WITH_LINK.search(raw)
    return bool(is_link or _LABEL.match(block.text))


def _finding(block: Block, what: str) -> Finding:
    text = block.text.rstrip()
    start, end = block.read.span(len(text) - 1, len(text))
    return Finding("missing-stop", f"this {what} ends without a full stop", start, end, "add `.`")
