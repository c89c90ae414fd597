"""Extract the words of a block that can be looked up in a dictionary."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from proofdown.checks.prose.text.blocks import Block
from proofdown.checks.prose.text.inline import OBJECT

_CHUNK = re.compile(r"\S+")
_PLAIN = re.compile(r"[\"'(\u201c\u2018]?([A-Za-z]+)[.,;:!?)\"'\u201d\u2019]*")
"""A word with only punctuation around it: most chunks of a text."""
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_PIECE = re.compile(r"[^\u2013\u2014\u2026\ufffc|]+")
_PUNCTUATION = "\"'()[]{}<>.,;:!?*\u2018\u2019\u201c\u201d\u2026\u2013\u2014-|"
_NOT_PROSE = re.compile(
    r"[\d_@=\\#$%^~\u2190-\u21ff+&]|::|\w\.\w|\(\)|\w[(\[{]\w|^[-./~<]|[:/]$|//|[\w)]:\w"
)
_PLAIN_SLASHES = re.compile(r"[A-Za-z'\u2019-]{2,}(?:/[A-Za-z'\u2019-]{2,})+")
# `allOf`, `GHz`, `XMLHttp`: names, which are not looked up.
_INNER_CAPITAL = re.compile(r"[^\W\d_]*[a-z][A-Z]|[^\W\d_]?[A-Z]{2}")
_JOINTS = frozenset("-/@")
# `libvirt 9.0`, `QEMU version 8.2`, `numpy >=1.26`.
_VERSION = re.compile(r"\s+(?:from |version |to |requirement )?[v=<>~^]*\d+\.\d")
_SENTENCE_END = re.compile(r"(?:\A|[.!?:\ufffc\u2022]|\u2014|\u2013|\|)[\s\"'(\u201c\u2018*\[-]*\Z")


class Word(NamedTuple):
    """A word of a block, with its offsets in the block's text."""

    text: str
    start: int
    end: int


def find_words(block: Block) -> Iterator[Word]:
    """Yield the prose words of a block: no code, paths, URLs, numbers or identifiers."""
    for chunk in _CHUNK.finditer(block.text):
        yield from words_of_chunk(chunk[0], chunk.start())


def words_of_chunk(shown: str, start: int) -> Iterator[Word]:
    """Yield the words of a chunk between spaces; `start` is its offset."""
    plain = _PLAIN.fullmatch(shown)
    if plain:  # the fast path for most chunks
        word, start = plain[1], start + plain.start(1)
        if len(word) > 1 and (word.islower() or not _INNER_CAPITAL.match(word)):
            yield Word(word, start, start + len(word))
    elif shown.isascii():
        yield from _words_of(shown, start, is_cut=False)
    else:
        for piece in _PIECE.finditer(shown):
            is_cut = len(piece[0]) < len(shown)
            if not is_cut or not _is_glued(shown, *piece.span()):
                yield from _words_of(piece[0], start + piece.start(), is_cut=is_cut)


def _is_glued(shown: str, start: int, end: int) -> bool:
    """Return whether a piece continues a word that begins or ends as code: `f`ollow."""
    before, after = shown[:start][-1:] == OBJECT, shown[end : end + 1] == OBJECT
    return (before and shown[start].isalpha()) or (after and shown[end - 1].isalpha())


def _words_of(shown: str, start: int, *, is_cut: bool) -> Iterator[Word]:
    core = shown.strip(_PUNCTUATION)
    lead = shown.find(core) if core else 0
    if not core or _is_code(core, shown, lead, is_cut=is_cut):
        return
    for found in _WORD.finditer(core):
        if len(found[0]) > 1 and not _INNER_CAPITAL.match(found[0]):
            yield Word(found[0], start + lead + found.start(), start + lead + found.end())


def _is_code(core: str, shown: str, lead: int, *, is_cut: bool) -> bool:
    """Return whether a chunk is a path, an option, a number or an identifier."""
    if lead and shown[lead - 1] in ".-" and not is_cut:
        return True
    if is_cut and len(core) < _MIN_PIECE_LENGTH:
        return True
    if "/" in core and not _PLAIN_SLASHES.fullmatch(core):
        return True
    return bool(_NOT_PROSE.search(core))


_MIN_PIECE_LENGTH = 3
"""Length of the shortest word that is checked next to code, to skip the s of `host`s."""


def is_name(block: Block, word: Word) -> bool:
    """Return whether a word is a name, judging by its context.

    It is capitalized without being the first of a sentence, is part of a compound (`xdg-open`,
    `pypa/build`), is in a table cell, or has a version number after it.
    """
    text = block.text
    # The end of a sentence, with its brackets and quotes, is in the last eight characters.
    if word.text[0].isupper() and not _SENTENCE_END.search(text[: word.start][-8:]):
        return True
    if text[word.start - 1 : word.start] in _JOINTS or text[word.end : word.end + 1] in _JOINTS:
        return True
    return block.kind == "cell" or bool(_VERSION.match(text, word.end))
