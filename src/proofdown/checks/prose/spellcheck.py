"""Find misspellings and mixed spellings in a site, given what was read of all its pages."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from proofdown.checks.prose.lexicon.spelling import other_spelling
from proofdown.checks.prose.lexicon.suggestions import MOST_GUESSES, Suggestions, suggest_own
from proofdown.checks.prose.read_page import Reading, Regional, Unknown
from proofdown.checks.prose.vocabulary import is_own, plain, taught_words, used_words
from proofdown.config.language import AMERICAN, BRITISH
from proofdown.diagnostics import Finding

_MOST_GUESSED = 100
"""Unknown words of a page that get suggestions, each of which takes some milliseconds."""
_MOST_NAMES = 1000
"""Unknown words with a capital on a page that may be misspelt; the rest are taken for names."""
_WRITTEN = {"american": "American", "british": "British", "ize": "-ize", "ise": "-ise"}


def judge_site(
    readings: Mapping[str, Reading],
    words: Iterable[str],
    names: Iterable[str],
    english: str = "",
    guesses: Suggestions | None = None,
) -> dict[str, list[Finding]]:
    """Return the findings about each page of a site, by the page's path.

    Args:
        readings: what was read of each page, by its path.
        words: the words of the settings.
        names: other words that the site's files contain.
        english: `american` or `british`; empty for the one that the site uses more often.
        guesses: known suggestions; new ones are added to them.
    """
    taught = taught_words(readings.values(), words, names)
    own = taught | used_words(readings.values())
    odd = _odd_varieties(readings.values(), english)
    guesses = guesses or Suggestions()
    return {
        path: sorted(
            [
                *reading.findings,
                *_misspellings(reading, taught, own, guesses),
                *(_mixed(word, odd) for word in reading.regional if word.section in odd),
            ],
            key=lambda f: (f.start, f.end, f.code),
        )
        for path, reading in readings.items()
    }


def _misspellings(
    reading: Reading,
    taught: frozenset[str],
    own: frozenset[str],
    guesses: Suggestions,
) -> Iterator[Finding]:
    starts, ends = _reach(reading.findings)
    count = names = 0
    for unknown in reading.unknown:
        before = bisect_right(starts, unknown.start)
        if before and unknown.end <= ends[before - 1]:  # another finding includes it
            continue
        fix = unknown.fix
        # Frequent use does not turn a certain misspelling into a word of the site.
        if fix and not is_own(plain(unknown), taught):
            message = f"`{unknown.text}` is not a word"
            help_ = f"did you mean `{fix}`?"
            yield Finding("misspelling", message, unknown.start, unknown.end, help_, fix)
        elif not is_own(plain(unknown), own):
            names += unknown.is_name
            if not _is_judged(unknown, guesses, can_guess=names <= _MOST_NAMES):
                continue
            count += 1
            near: tuple[str, ...] = ()
            if count <= _MOST_GUESSED:
                near = (*suggest_own(unknown.text, own), *guesses.of(unknown.text))
            yield _unknown(unknown, tuple(dict.fromkeys(near))[:MOST_GUESSES])


def _reach(findings: Iterable[Finding]) -> tuple[list[int], list[int]]:
    """Return the starts of findings, in order, and for each the last end up to there."""
    spans = sorted((f.start, f.end) for f in findings)
    return [start for start, _ in spans], list(accumulate((end for _, end in spans), max))


def _is_judged(unknown: Unknown, guesses: Suggestions, *, can_guess: bool) -> bool:
    """Return whether to report an unknown word: if it cannot be a name, or resembles a word."""
    return not unknown.is_name or (can_guess and guesses.is_near(unknown.text))


def _unknown(unknown: Unknown, guesses: tuple[str, ...]) -> Finding:
    message = f"`{unknown.text}` is in no dictionary"
    shown = " or ".join(f"`{guess}`" for guess in guesses)
    help_ = (
        f"did you mean {shown}?"
        if guesses
        else "add it to `words:` in proofdown.yml if it is right"
    )
    return Finding("unknown-word", message, unknown.start, unknown.end, help_)


def _odd_varieties(readings: Iterable[Reading], english: str) -> dict[str, str]:
    """Return the varieties that a site should not use, each with the one that it uses instead."""
    counts = Counter(word.section for reading in readings for word in reading.regional)
    american, british = counts["american"], counts["british"]
    if not english and (american or british):
        english = AMERICAN if american >= british else BRITISH
    if english == AMERICAN:
        return {"british": "American", "ise": "American"}
    odd = {"american": "British"} if english == BRITISH else {}
    if counts["ise"] and counts["ize"]:
        rare, usual = ("ize", "-ise") if counts["ize"] <= counts["ise"] else ("ise", "-ize")
        odd[rare] = usual
    return odd


def _mixed(word: Regional, odd: Mapping[str, str]) -> Finding:
    usual = odd[word.section]
    # On an American site, -ise is British, not one of two British spellings.
    found = "British" if usual == "American" else _WRITTEN[word.section]
    message = f"`{word.text}` is {found} spelling, but the site's is {usual}"
    other = other_spelling(word.text)
    help_ = f"write `{other}`" if other else ""
    return Finding("mixed-spelling", message, word.start, word.end, help_)
