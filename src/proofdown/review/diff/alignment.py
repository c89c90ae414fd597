"""Align two sequences: which items stayed, changed, were added and were removed."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

Pair = tuple[T | None, T | None]
"""An item before and after; None if it was added or removed."""

_FEW_COMPARISONS = 2_500
"""Up to this many pairs, every item is compared with every other."""
_MOST_COMPARISONS = 40_000
"""Above this many pairs in one gap, items are not compared for similarity."""


def align(
    before: Sequence[T],
    after: Sequence[T],
    key: Callable[[T], Hashable],
    likeness: Callable[[T, T], float],
    threshold: float = 0.45,
) -> list[Pair[T]]:
    """Return pairs of items, in the order of both sequences.

    Each item is paired with the most similar one, if they are similar enough; removed items come
    before added ones. In long sequences, equal runs are paired first, and items are compared for
    similarity only in the gaps between them.

    Args:
        before: the items before.
        after: the items after.
        key: returns the key of an item; items with equal keys are the same.
        likeness: returns the similarity of two items, from 0 to 1.
        threshold: the least similarity of an item to its changed version.
    """
    old, new = [key(b) for b in before], [key(a) for a in after]
    # Most edits touch a few items of a long sequence, so common ends are cut off first.
    head = _shared_head(old, new)
    tail = _shared_head(old[head:][::-1], new[head:][::-1])
    ends = len(before) - tail, len(after) - tail
    middle = _align_middle(
        (before[head : ends[0]], old[head : ends[0]]),
        (after[head : ends[1]], new[head : ends[1]]),
        likeness,
        threshold,
    )
    return [
        *zip(before[:head], after[:head], strict=True),
        *middle,
        *zip(before[ends[0] :], after[ends[1] :], strict=True),
    ]


def _shared_head(before: Sequence[Hashable], after: Sequence[Hashable]) -> int:
    """Return the length of the common prefix."""
    shared = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _align_middle(
    before: tuple[Sequence[T], Sequence[Hashable]],
    after: tuple[Sequence[T], Sequence[Hashable]],
    likeness: Callable[[T, T], float],
    threshold: float,
) -> Iterator[Pair[T]]:
    """Yield the pairs of two sequences, each given as items and their keys."""
    (old, old_keys), (new, new_keys) = before, after
    spans = [("replace", 0, len(old), 0, len(new))]
    if len(old) * len(new) > _FEW_COMPARISONS:
        # `autojunk` would ignore items that are frequent in sequences of 200 or more.
        spans = list(SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_opcodes())
    for tag, start, end, first, last in spans:
        if tag == "equal":
            yield from zip(old[start:end], new[first:last], strict=True)
            continue
        for i, j in _pair_alike(old[start:end], new[first:last], likeness, threshold):
            yield (
                None if i is None else old[start + i],
                None if j is None else new[first + j],
            )


def _pair_alike(
    before: Sequence[T], after: Sequence[T], likeness: Callable[[T, T], float], threshold: float
) -> Iterator[tuple[int | None, int | None]]:
    """Yield pairs of indices into two short sequences, maximizing the sum of similarities."""
    if not before or not after or len(before) * len(after) > _MOST_COMPARISONS:
        yield from ((i, None) for i in range(len(before)))
        yield from ((None, j) for j in range(len(after)))
        return
    alike = [[likeness(b, a) for a in after] for b in before]
    best = _best_sums(alike, threshold)
    i = j = 0
    while i < len(before) or j < len(after):
        if i < len(before) and j < len(after):
            score = alike[i][j]
            if score >= threshold and best[i][j] == score + best[i + 1][j + 1]:
                yield i, j
                i, j = i + 1, j + 1
                continue
        # Removed items first, as in a unified diff, wherever both choices reach the same sum.
        if i < len(before) and (j == len(after) or best[i + 1][j] == best[i][j]):
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


def _best_sums(alike: list[list[float]], threshold: float) -> list[list[float]]:
    """Return, for each pair of indices, the greatest sum of similarities of the items from there.

    This is the table of the Needleman-Wunsch algorithm, with no penalty for gaps.
    """
    rows, columns = len(alike), len(alike[0])
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            score = alike[i][j]
            paired = score + best[i + 1][j + 1] if score >= threshold else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    return best


@lru_cache(maxsize=4096)  # each text is compared with many others
def _words(text: str) -> Counter[str]:
    return Counter(text.split())


def shared_words(one: str, other: str) -> float:
    """Return the share of words that two texts have in common, from 0 to 1."""
    words, others = _words(one), _words(other)
    total = words.total() + others.total()
    # The Dice coefficient of the two multisets of words.
    return 2 * (words & others).total() / total if total else 1.0
