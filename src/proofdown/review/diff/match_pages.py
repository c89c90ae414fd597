"""Match the pages of two sites: by path, by address, and by their text."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product

from msgspec import Struct

from proofdown.markup.html.text import plain_text
from proofdown.site.model import ComposedPage, Site

_ALIKE = 0.5
"""The least share of common words for a page to count as moved."""
_MOST_COMPARISONS = 20_000
_MOST_NAMESAKES = 20


class PagePair(Struct, frozen=True):
    """A page before and after; None if it was added or removed."""

    before: ComposedPage | None
    after: ComposedPage | None

    @property
    def is_moved(self) -> bool:
        """Whether its address changed."""
        return bool(
            self.before and self.after and self.before.page.address != self.after.page.address
        )


def match_pages(before: Site | None, after: Site | None) -> tuple[PagePair, ...]:
    """Return the pages of two sites as pairs, moved pages included, sorted by path."""
    old = {built.page.path: built for built in before.pages} if before else {}
    new = {built.page.path: built for built in after.pages} if after else {}
    pairs = [PagePair(old.pop(path), new.pop(path)) for path in sorted(old.keys() & new.keys())]
    by_address = {built.page.address: path for path, built in new.items()}
    for path, built in list(old.items()):
        other = by_address.get(built.page.address)
        if other in new:
            pairs.append(PagePair(old.pop(path), new.pop(other)))
    pairs += _moved(old, new)
    pairs += (PagePair(built, None) for built in old.values())
    pairs += (PagePair(None, built) for built in new.values())
    return tuple(sorted(pairs, key=_path))


def _moved(old: dict[str, ComposedPage], new: dict[str, ComposedPage]) -> list[PagePair]:
    """Remove pages with similar text but different paths from both; return them as pairs."""
    # Counted once for each page, because every old page is compared with every new one.
    words = {id(b): Counter(plain_text(b.html).split()) for b in (*old.values(), *new.values())}
    scores = []
    for path, other_path in _candidates(old, new):
        mine, its = words[id(old[path])], words[id(new[other_path])]
        total = mine.total() + its.total()
        score = 2 * (mine & its).total() / total if total else 0.0
        if score >= _ALIKE:
            # Negative, so that the best pair sorts first; equal ones are in the order of the paths.
            scores.append((-score, path, other_path))
    found = []
    # Greedy: the most similar pair first. Each page is in one pair only.
    for _, path, other_path in sorted(scores):
        if path in old and other_path in new:
            found.append(PagePair(old.pop(path), new.pop(other_path)))
    return found


def _candidates(
    old: dict[str, ComposedPage], new: dict[str, ComposedPage]
) -> Iterator[tuple[str, str]]:
    """Yield pairs of paths to compare: all, or of many pages those with equal names or titles."""
    if len(old) * len(new) <= _MOST_COMPARISONS:
        yield from product(old, new)
        return
    by_name: dict[str, list[str]] = defaultdict(list)
    for path, built in new.items():
        # Every folder may have an `index.md`, so that name says nothing.
        for name in {path.rpartition("/")[2], built.title} - {"index.md"}:
            by_name[name].append(path)
    for path, built in old.items():
        names = {path.rpartition("/")[2], built.title}
        others = {other for name in names for other in by_name.get(name, ())[:_MOST_NAMESAKES]}
        yield from ((path, other) for other in sorted(others))


def _path(pair: PagePair) -> str:
    built = pair.after or pair.before
    return built.page.path if built else ""
