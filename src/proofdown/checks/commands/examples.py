"""Check that an announced example follows."""

import re
from collections.abc import Iterator
from itertools import islice, zip_longest

from msgspec import Struct

from proofdown.diagnostics import Diagnostic
from proofdown.markup.syntax.grammar import COMMENT, FENCE, HASHES, MARGIN, MARKER, UNDERLINE
from proofdown.markup.syntax.masking import mask_code
from proofdown.site.model import ComposedPage, SiteContext

_LEAD_IN = r"(?:for example|for instance|e\.g\.?|eg|such as|like this|like so|as follows|examples?)"
# The end of `Use it, for example with two hosts:`.
_ANNOUNCES = re.compile(rf"\b{_LEAD_IN}\b[^.!?\n]*:\s*$", re.IGNORECASE)
_GIVEN = re.compile(
    r"such as\s+(?!(?:this|these|the following)\b)[^\s:]"
    r"|(?:for example|for instance|e\.g\.?|eg)\b,?\s*[`\"\u201c\u00ab]"
    rf"|{_LEAD_IN}[^()\n]*\w[^()\n]*\)",
    re.IGNORECASE,
)
"""An example in the announcing sentence itself: right after the words, or in their brackets."""
_ENDS_SO = re.compile(
    r"\b(?:for example|for instance|e\.g\.?|eg|such as|like this|like so|as follows)[,:]?\s*$",
    re.IGNORECASE,
)
_BEGINS_SO = re.compile(r"\s*(?:eg|e\.g\.?)[\s,:][^.!?]*[^.!?\s]\s*$", re.IGNORECASE)
# A line of a code block such as `# e.g. using TLS`; with `$` it would be a command.
_IN_BLOCK = re.compile(r"\s*(?:#\s*)?(?:eg|e\.g\.?|for example)(?=[\s:,]|$)[^`$]*", re.IGNORECASE)
_MARKER = re.compile(rf"(?P<indent>{MARGIN}){MARKER}[ \t]+")
_HEADING = re.compile(rf" {{0,3}}{HASHES}[ \t]|[ \t]*{UNDERLINE}[ \t]*$")
_FENCE = re.compile(FENCE)
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*")
_SHOWS = re.compile(r"[`\"“«*_\[<{$|:]|\d|https?:")
"""What makes a paragraph an example: code, a quotation, a link, emphasis, a number."""
_EMPTY_LINES = re.compile(r"(?:[ \t]*\n)*")
_COMMENT = re.compile(rf"\s*{COMMENT}\s*", re.DOTALL)
_NEXT_LINES = 12
"""How many lines after an announcement are searched for the example."""
_LONGEST_END = len("for instance,")
_EG = re.compile(r"e\.?g", re.IGNORECASE)


class _Paragraph(Struct, frozen=True, kw_only=True):
    text: str
    start: int
    """Offset in the body."""
    end: int
    """Offset of the line after it."""
    indent: int
    """The indentation of its list item; -1 outside lists."""


def empty_example(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """An announced example that does not follow.

    ## What it does
    Finds paragraphs that end with "for example", "such as" and the like, or with a colon after
    such words, or that begin with "e.g." and end without a full stop, if no example follows but a
    heading, the end of the page or of the list item, or a paragraph that cannot be an example. An
    example in the sentence itself ("such as `a` and `b`:") counts. In code blocks, finds
    `eg using …` with nothing after it.

    ## Why it matters
    The author meant to add the example later, and readers look for it in vain.

    ## Example
    ```markdown
    Both connections can use one URI, for example:

    ## The next heading
    ```

    ## Instead
    Give the example, or remove the announcement.
    """
    body = built.page.body
    for paragraph in _paragraphs(body, built.text.without_fences):
        found = find_announcement(paragraph.text) if may_announce(paragraph.text) else None
        if found and not _is_followed(paragraph, _next(body, paragraph.end)):
            start, end = paragraph.start + found.start(), paragraph.start + found.end()
            yield _problem(built, start, end)
    yield from _in_blocks(built)


def may_announce(text: str) -> bool:
    """Return whether a paragraph may be an announcement. Fast: mostly the last characters decide.

    Code is not blanked out, so a paragraph that ends in code may pass. `find_announcement` rejects
    it.
    """
    shown = text.rstrip()
    if shown[-1:] in (":", ""):
        return True
    if _ENDS_SO.search(shown[-_LONGEST_END:]):
        return True
    return shown[-1] not in ".!?" and _EG.search(shown) is not None


def find_announcement(text: str) -> re.Match[str] | None:
    """Return the match of an announcement at the end of a paragraph, or None."""
    plain = mask_code(text).rstrip()
    found = _ANNOUNCES.search(plain) or _ENDS_SO.search(plain) or _BEGINS_SO.match(plain)
    is_whole = found and text[found.end() :].strip() == "" and not _GIVEN.match(text, found.start())
    return found if is_whole and not plain.endswith("::") else None


def _problem(built: ComposedPage, start: int, end: int) -> Diagnostic:
    text = built.page.body[start:end]
    start += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    help_ = "give one, or remove the announcement"
    return Diagnostic("empty-example", "no example follows", built.text.location(start, end), help_)


def _paragraphs(body: str, hidden: str) -> Iterator[_Paragraph]:
    """Yield the paragraphs and list items of a page.

    Args:
        body: the page's body.
        hidden: the body with fenced code blanked out.
    """
    start, indent = -1, -1
    for offset, line in _lines(body):
        is_text = bool(line.strip()) and hidden.startswith(line, offset)
        marker = _MARKER.match(line) if is_text else None
        is_start = marker is not None or (is_text and _HEADING.match(line) is not None)
        if start >= 0 and (not is_text or is_start):
            text = body[start : offset - 1]
            yield _Paragraph(text=text, start=start, end=offset, indent=indent)
            start = -1
        if is_text and not _HEADING.match(line) and "|" not in line:
            if marker:
                start, indent = offset + marker.end(), len(marker["indent"])
            elif start < 0:
                indent = indent if line[:1].isspace() else -1
                start = offset + len(line) - len(line.lstrip())
    if start >= 0:
        yield _Paragraph(text=body[start:], start=start, end=len(body), indent=indent)


def _lines(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text with their offsets. Lazy: the list of a long text is large."""
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        start = end + 1


def _next(body: str, start: int) -> str:
    """Return the next lines from an offset, without comments and without leading empty lines."""
    lines = (line for _, line in islice(_lines(body, start), _NEXT_LINES))
    # Readers do not see comments, so a comment is not an example.
    rest = _COMMENT.sub("\n", "\n".join(lines))
    found = _EMPTY_LINES.match(rest)
    return rest[found.end() :] if found else rest


def _is_followed(paragraph: _Paragraph, after: str) -> bool:
    """Return whether the text after a paragraph may be its example, or introduce it in turn."""
    following, _, rest = after.partition("\n\n")
    first = following.split("\n", 1)[0]
    if _RULE.fullmatch(first):
        return True
    if not first.strip() or _HEADING.match(first):
        return False
    if (marker := _MARKER.match(first)) and "`" not in first:
        return paragraph.indent < 0 or len(marker["indent"]) > paragraph.indent
    wide = first.expandtabs(4)
    is_set_apart = len(wide) - len(wide.lstrip()) > max(paragraph.indent + 3, 0)
    starts_otherwise = first.lstrip()[:1] in "`~!<>|:=?$%+@\\"
    is_before_code = _FENCE.match(rest.lstrip()) is not None
    is_example = _SHOWS.search(following) is not None
    return is_set_apart or starts_otherwise or is_before_code or is_example


def _in_blocks(built: ComposedPage) -> Iterator[Diagnostic]:
    for block in built.text.code_blocks:
        # In other languages the words may be part of a program.
        if not block.is_shell and block.language != "text":
            continue
        lines = [line for line in block.lines if line.text.strip()]
        for line, following in zip_longest(lines, lines[1:]):
            is_announced = _IN_BLOCK.fullmatch(line.text) is not None
            is_last = following is None or _IN_BLOCK.fullmatch(following.text) is not None
            if is_announced and is_last and len(line.text.split()) > 1:
                yield _problem(built, line.start, line.end)
