"""Which paths of a site are worth comparing with one that is missing.

Comparing a missing path with every path of a large site, letter by letter, would take longer than
building it. An index of the three-letter parts of each path finds the few that share most.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from proofdown.diagnostics import did_you_mean

MOST_COMPARED = 12
"""How many paths are compared letter by letter."""
_FEW = 64


class NearPaths:
    """Finds paths that look like another one."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = sorted(paths)
        self.by_name: dict[str, list[str]] = defaultdict(list)
        """The paths that end in each file name."""
        self._with_part: dict[str, list[int]] = defaultdict(list)
        for number, path in enumerate(self.paths):
            self.by_name[path.rsplit("/", 1)[-1]].append(path)
            for part in _parts(path):
                self._with_part[part].append(number)
        # A part that most paths have, such as that of a common folder, tells nothing apart.
        self._most_often = max(_FEW, len(self.paths) // 8)

    def near(self, path: str) -> list[str]:
        """Return the paths that share most parts with one, at most `MOST_COMPARED`, best first."""
        counts: Counter[int] = Counter()
        for part in sorted(_parts(path)):
            numbers = self._with_part.get(part, ())
            if len(numbers) <= self._most_often:
                counts.update(numbers)
        best = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_COMPARED]
        return [self.paths[number] for number, _ in best]


def _parts(path: str) -> set[str]:
    """Return every three letters in a row of a path, its start and end marked."""
    marked = f"/{path.lower()}/"
    return {marked[at : at + 3] for at in range(len(marked) - 2)}


class Guesser:
    """Guesses which known word was meant; of many words, only those that look like it are compared.

    Args:
        known: the words that there are.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = known

    @cached_property
    def _near(self) -> NearPaths:
        return NearPaths(self._known)

    def likely(self, word: str) -> Collection[str]:
        """Return the known words that are worth comparing with one, letter by letter."""
        return self._known if len(self._known) <= _FEW else self._near.near(word)

    def did_you_mean(self, word: str) -> str:
        """Return `did you mean …?` with the best guess, or an empty text."""
        return did_you_mean(word, self.likely(word))
