"""The first set of a regular expression: the characters with which a match can begin.

A lexer tries dozens of expressions at each position in the code. For most of them, the character
at that position decides whether they can match, so that they need not be tried.
"""

import re
from functools import lru_cache
from typing import Any

from proofdown.markup.fast.required_chars import read_tree

ASCII = frozenset(map(chr, range(128)))
_DIGITS = frozenset("0123456789")
_WORD = frozenset(c for c in ASCII if c.isalnum() or c == "_")
_SPACES = frozenset(" \t\n\r\f\v")
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_NOT_DIGIT": ASCII - _DIGITS,
    "CATEGORY_WORD": _WORD,
    "CATEGORY_NOT_WORD": ASCII - _WORD,
    "CATEGORY_SPACE": _SPACES | frozenset("\x1c\x1d\x1e\x1f"),
    "CATEGORY_NOT_SPACE": ASCII - _SPACES,
}
"""The ASCII characters that may be in a category: Unicode and ASCII rules differ on spaces."""
_FOLDED_FROM_UNICODE = frozenset("ikIKsS")
"""ASCII letters that match a non-ASCII one if case is ignored, as K matches the kelvin sign."""

_Part = tuple[frozenset[str], bool]
"""The characters that a part can begin with, and whether it can match the empty string."""


@lru_cache(maxsize=1 << 14)
def first_chars_of(pattern: re.Pattern[str]) -> frozenset[str] | None:
    """Return the ASCII characters that can begin a match, or None if it can be empty.

    The set may be too large, but never too small. Non-ASCII characters are not distinguished:
    assume that every expression can match there.
    """
    any_case = bool(pattern.flags & re.IGNORECASE)
    part = read_tree(pattern, lambda tree: _of_sequence(tree, any_case))
    if part is None:
        return None
    starts, may_be_empty = part
    return None if may_be_empty else starts


def _of_sequence(items: Any, any_case: bool) -> _Part:
    starts: frozenset[str] = frozenset()
    for name, value in items:
        found, may_be_empty = _of_part(str(name), value, any_case)
        starts |= found
        if not may_be_empty:
            return starts, False
    return starts, True


def _of_part(name: str, value: Any, any_case: bool) -> _Part:
    match name:
        case "LITERAL":
            part = _cased({value}, any_case), False
        case "NOT_LITERAL":
            part = ASCII if any_case else ASCII - {chr(value)}, False
        case "ANY":
            part = ASCII, False
        case "IN":
            part = _of_class(value, any_case), False
        # These match no character, so the part after them decides.
        case "AT" | "ASSERT" | "ASSERT_NOT":
            part = frozenset(), True
        case "BRANCH":
            branches = [_of_sequence(branch, any_case) for branch in value[1]]
            part = (
                frozenset().union(*(branch[0] for branch in branches)),
                any(branch[1] for branch in branches),
            )
        case "SUBPATTERN":
            is_on, is_off = value[1] & re.IGNORECASE, value[2] & re.IGNORECASE
            part = _of_sequence(value[3], bool(is_on or (any_case and not is_off)))
        case "ATOMIC_GROUP":
            part = _of_sequence(value, any_case)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            starts, may_be_empty = _of_sequence(value[2], any_case)
            part = starts, may_be_empty or not value[0]
        case _:  # such as a back-reference: assume the most
            part = ASCII, True
    return part


def _of_class(items: Any, any_case: bool) -> frozenset[str]:
    is_negated = str(items[0][0]) == "NEGATE"
    points: set[int] = set()
    starts: set[str] = set()
    for name, value in items[is_negated:]:
        if str(name) == "LITERAL":
            points.add(value)
        elif str(name) == "RANGE":
            # The part of a range beyond ASCII does not matter, except that there is one.
            points.update(range(value[0], min(value[1], 128) + 1))
            points.add(value[1])
        elif is_negated or str(value) not in _CATEGORIES:
            return ASCII
        else:
            starts |= _CATEGORIES[str(value)]
    if is_negated:
        return ASCII if any_case else ASCII.difference(map(chr, points))
    return _cased(points, any_case) | starts


def _cased(points: set[int], any_case: bool) -> frozenset[str]:
    """Return the ASCII characters among code points; with `any_case`, in both cases."""
    found = ASCII.intersection(map(chr, points))
    if not any_case:
        return found
    others = _FOLDED_FROM_UNICODE if len(found) < len(points) else frozenset()
    return found | others | {c for one in found for c in (one.lower(), one.upper())}
