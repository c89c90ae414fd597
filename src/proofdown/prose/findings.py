"""What was found in prose, with the fix where one is certain."""

from msgspec import Struct

CODES = (
    "ampersand",
    "confused-word",
    "leftover-markup",
    "missing-stop",
    "misspelling",
    "mixed-quotes",
    "mixed-spelling",
    "repeated-word",
    "run-together",
    "shouting",
    "term-variant",
    "unbalanced-pair",
    "unknown-word",
    "wrong-article",
)
"""The rules about prose. Where all of them are off, no prose is read."""


class Finding(Struct, frozen=True):
    """Something wrong with the prose of a page; offsets are those of the page's source."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
    fix: str | None = None
    """What certainly belongs in its place; None where a person has to decide."""


class Fix(Struct, frozen=True):
    """A text that certainly belongs between two offsets of a page's source."""

    start: int
    end: int
    text: str
