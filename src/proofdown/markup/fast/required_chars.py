"""Prefilter regular expressions by the characters without which they cannot match.

A pattern for emphasis requires a `*` or a `_`, one for a link a `[`. Most texts contain neither,
and searching for a character is many times faster than trying a pattern.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

Read = TypeVar("Read")
# Nearly every text has a character of a class such as `[a-z]`, so it is no filter.
_WIDEST_RANGE = 16
_COMMON = frozenset(" \n")
"""Characters that nearly every text has."""


@lru_cache(maxsize=1024)
def required_chars_of(pattern: re.Pattern[str], excluded: frozenset[str]) -> frozenset[str] | None:
    """Return a set of characters of which every match contains at least one, or None.

    Args:
        pattern: the regular expression.
        excluded: characters that the set must not contain.
    """
    # With IGNORECASE, a literal stands for several characters.
    if pattern.flags & re.IGNORECASE:
        return None
    return read_tree(pattern, _RequiredChars(excluded).of_sequence)


def read_tree(pattern: re.Pattern[str], read: Callable[[Any], Read]) -> Read | None:
    """Return what `read` returns for the parse tree of a regular expression.

    Return None if the private parser of this Python version is different, so that it fails.
    """
    try:
        return read(import_module("re._parser").parse(pattern.pattern, pattern.flags & ~re.UNICODE))
    except (ImportError, AttributeError, TypeError, ValueError, re.error):
        return None


class PrefilteredPattern:
    """A regular expression that skips texts without a character that it requires."""

    def __init__(self, pattern: re.Pattern[str], needed: str) -> None:
        self.pattern, self.needed = pattern, needed

    def search(self, text: str, *span: int) -> re.Match[str] | None:
        """Return the first match in a text, or between two offsets of it."""
        return self.pattern.search(text, *span) if self.needed in text else None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # `copy` asks a new object without attributes; `self.pattern` would recurse forever.
            raise AttributeError(name)
        return getattr(self.pattern, name)


def prefilter(pattern: re.Pattern[str]) -> PrefilteredPattern | None:
    """Return a prefiltered expression, or None if no single rare character is required."""
    required = required_chars_of(pattern, _COMMON)
    return PrefilteredPattern(pattern, *required) if required and len(required) == 1 else None


class _RequiredChars:
    """Computes the required characters from the parse tree of a regular expression."""

    def __init__(self, excluded: frozenset[str]) -> None:
        self.excluded = excluded

    def of_sequence(self, items: Any) -> frozenset[str] | None:
        """Return the smallest set that one of the consecutive parts requires, or None."""
        found = [part for name, value in items if (part := self.of_part(str(name), value))]
        # Sorted, so that the choice between sets of one size does not depend on their order.
        return min(found, key=lambda part: (len(part), sorted(part)), default=None)

    def of_part(self, name: str, value: Any) -> frozenset[str] | None:
        match name:
            case "LITERAL":
                return self._usable({chr(value)})
            case "IN":
                return self._of_class(value)
            case "BRANCH":
                return self._of_branches(value[1])
            case "SUBPATTERN" if not value[1] & re.IGNORECASE:
                return self.of_sequence(value[3])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT" if value[0]:
                return self.of_sequence(value[2])
        return self.of_sequence(value) if name == "ATOMIC_GROUP" else None

    def _of_branches(self, branches: Any) -> frozenset[str] | None:
        """Return what all alternatives require together, or None if one requires nothing."""
        required: set[str] = set()
        for branch in branches:
            found = self.of_sequence(branch)
            if found is None:
                return None
            required |= found
        return frozenset(required)

    def _of_class(self, items: Any) -> frozenset[str] | None:
        """Return the characters of `[…]`, or None for a wide range or a category."""
        found: set[str] = set()
        for name, value in items:
            if str(name) == "LITERAL":
                found.add(chr(value))
            elif str(name) == "RANGE" and value[1] - value[0] < _WIDEST_RANGE:
                found.update(map(chr, range(value[0], value[1] + 1)))
            else:
                return None
        return self._usable(found)

    def _usable(self, found: set[str]) -> frozenset[str] | None:
        return frozenset(found) if found and found.isdisjoint(self.excluded) else None
