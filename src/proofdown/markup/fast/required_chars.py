"""Characters without which a regular expression cannot match, read from the expression itself.

A pattern for emphasis needs a `*` or a `_`, one for a link a `[`. Most texts have neither, and to
look for a character is many times faster than to try a pattern.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

Read = TypeVar("Read")
_WIDEST_RANGE = 16
_COMMON = frozenset(" \n")
"""Characters that nearly every text has."""


@lru_cache(maxsize=1024)
def required_chars_of(
    pattern: re.Pattern[str], passed_over: frozenset[str]
) -> frozenset[str] | None:
    """Return a set of characters of which every match has at least one, or None if none is known.

    Args:
        pattern: the regular expression.
        passed_over: characters that are to be in no such set.
    """
    if pattern.flags & re.IGNORECASE:
        return None
    return read_tree(pattern, _Triggers(passed_over).of_sequence)


def read_tree(pattern: re.Pattern[str], read: Callable[[Any], Read]) -> Read | None:
    """Return what is read from the tree that Python's own parser makes of a regular expression.

    None where the parser is that of another Python, so that nothing can be read.
    """
    try:
        return read(import_module("re._parser").parse(pattern.pattern, pattern.flags & ~re.UNICODE))
    except (ImportError, AttributeError, TypeError, ValueError, re.error):
        return None


class PrefilteredPattern:
    """A regular expression that is not tried on a text without a character that it needs."""

    def __init__(self, pattern: re.Pattern[str], needed: str) -> None:
        self.pattern, self.needed = pattern, needed

    def search(self, text: str, *span: int) -> re.Match[str] | None:
        """Return the first match in a text, or between two offsets of it."""
        return self.pattern.search(text, *span) if self.needed in text else None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)  # a copy that is not yet filled has no expression to ask
        return getattr(self.pattern, name)


def prefilter(pattern: re.Pattern[str]) -> PrefilteredPattern | None:
    """Return an expression guarded, if there is one character that it needs and few texts have."""
    triggers = required_chars_of(pattern, _COMMON)
    return PrefilteredPattern(pattern, *triggers) if triggers and len(triggers) == 1 else None


class _Triggers:
    """Walks the tree that Python's own parser makes of a regular expression."""

    def __init__(self, passed_over: frozenset[str]) -> None:
        self.passed_over = passed_over

    def of_sequence(self, items: Any) -> frozenset[str] | None:
        """Return the smallest set that one of the parts in a row gives."""
        found = [part for name, value in items if (part := self.of_part(str(name), value))]
        return min(found, key=lambda part: (len(part), sorted(part)), default=None)

    def of_part(self, name: str, value: Any) -> frozenset[str] | None:
        match name:
            case "LITERAL":
                return self._usable({chr(value)})
            case "IN":
                return self._of_class(value)
            case "BRANCH":
                return self._of_ways(value[1])
            case "SUBPATTERN" if not value[1] & re.IGNORECASE:
                return self.of_sequence(value[3])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT" if value[0]:
                return self.of_sequence(value[2])
        return self.of_sequence(value) if name == "ATOMIC_GROUP" else None

    def _of_ways(self, ways: Any) -> frozenset[str] | None:
        """Return what one of several ways needs; None where one of them needs nothing."""
        needed: set[str] = set()
        for way in ways:
            found = self.of_sequence(way)
            if found is None:
                return None
            needed |= found
        return frozenset(needed)

    def _of_class(self, items: Any) -> frozenset[str] | None:
        """Return the characters of `[…]`; None for many, or for a category such as digits."""
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
        return frozenset(found) if found and found.isdisjoint(self.passed_over) else None
