"""The site's own words: names and terms that no dictionary has."""

from collections import Counter
from collections.abc import Iterable

from proofdown.checks.prose.read_page import Reading, Unknown

FILES, USES = 3, 6
"""In how many files, or how often, an unknown word must occur to count as the site's own."""


def taught_words(
    readings: Iterable[Reading], words: Iterable[str], names: Iterable[str]
) -> frozenset[str]:
    """Return the words that are certainly the site's own, in lower case.

    These are the `words:` of the settings, and the words of code, targets and file names.
    """
    found = {word.lower() for word in (*words, *names)}
    return frozenset(found.union(*(reading.code_words for reading in readings)))


def used_words(readings: Iterable[Reading]) -> frozenset[str]:
    """Return the unknown words that occur too often to be misspelt.

    They occur in three files, or six times, or both in a heading and in a text.
    """
    files: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    in_headings: set[str] = set()
    in_texts: set[str] = set()
    for reading in readings:
        words = [plain(unknown) for unknown in reading.unknown]
        uses.update(words)
        files.update(set(words))
        for unknown, word in zip(reading.unknown, words, strict=True):
            (in_headings if unknown.is_heading else in_texts).add(word)
    often = {word for word, count in uses.items() if count >= USES}
    widely = {word for word, count in files.items() if count >= FILES}
    return frozenset(often | widely | (in_headings & in_texts))


def plain(unknown: Unknown) -> str:
    """Return a word for comparison: in lower case, without a possessive."""
    text = unknown.text.lower().replace("\u2019", "'")
    return text.removesuffix("'s").removesuffix("'")


def is_own(word: str, own: frozenset[str]) -> bool:
    """Return whether a word or its singular is the site's own."""
    return word in own or (word.endswith("s") and word[:-1] in own)
