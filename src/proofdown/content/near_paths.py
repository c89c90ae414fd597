"""Find the paths of a site that are similar to one that is missing.

To compare a missing path with every path of a large site, letter by letter, would take longer than
to build it. A trigram index finds the few candidates that share the most trigrams.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from proofdown.diagnostics import did_you_mean

MOST_COMPARED = 12
"""How many paths are compared letter by letter."""
_FEW = 64
"""Up to so many words, an index would cost more than it saves."""


class NearPaths:
    """A trigram index of paths."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = sorted(paths)
        self.by_name: dict[str, list[str]] = defaultdict(list)
        """The paths that end in each file name."""
        self._by_trigram: dict[str, list[int]] = defaultdict(list)
        for number, path in enumerate(self.paths):
            self.by_name[path.rsplit("/", 1)[-1]].append(path)
            for trigram in _trigrams(path):
                self._by_trigram[trigram].append(number)
        # A trigram that many paths have, such as one of a common folder, does not discriminate.
        self._most_paths = max(_FEW, len(self.paths) // 8)

    def near(self, path: str) -> list[str]:
        """Return the paths that share the most trigrams with one, best first.

        There are at most `MOST_COMPARED` of them.
        """
        counts: Counter[int] = Counter()
        for trigram in sorted(_trigrams(path)):
            numbers = self._by_trigram.get(trigram, ())
            if len(numbers) <= self._most_paths:
                counts.update(numbers)
        best = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_COMPARED]
        return [self.paths[number] for number, _ in best]


def _trigrams(path: str) -> set[str]:
    """Return the trigrams of a path, whose start and end are marked by a slash."""
    marked = f"/{path.lower()}/"
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


class Guesser:
    """Guesses which known word was meant, comparing only similar ones if there are many.

    Args:
        known: the words to choose from.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = known

    @cached_property
    def _near(self) -> NearPaths:
        return NearPaths(self._known)

    def likely(self, word: str) -> Collection[str]:
        """Return the known words that a word should be compared with, letter by letter."""
        return self._known if len(self._known) <= _FEW else self._near.near(word)

    def did_you_mean(self, word: str) -> str:
        """Return `did you mean …?` with the closest known word, or "" if none is close."""
        return did_you_mean(word, self.likely(word))
