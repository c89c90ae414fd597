"""House style that a pattern cannot express: doubled words and articles."""

import re
from collections.abc import Iterator

from proofdown.checks.prose.text.blocks import Block
from proofdown.checks.prose.text.inline import PART
from proofdown.diagnostics import Finding

# `the the`, but not `$a a`, `it's s` or `a.b b`.
_DOUBLED = re.compile(
    r"(?<![\w'\u2019.$@/-])(?P<word>[^\W\d_]+)(?P<rest>\s+(?P<again>(?P=word)))"
    r"(?![\w'\u2019/@(=-]|[.:]\w)",
    re.IGNORECASE,
)
_MAY_REPEAT = frozenset("that had very so bla blah bye no knock many really ha la".split())
_SURELY_REPEATED = frozenset("the a an if than but your its we they also".split())
"""Words that end no clause. Others do, as in `log in in the morning` and `what it is is`."""
_ARTICLE = re.compile(
    r"(?P<article>[Aa](?<![\w.'\u2019`/-][Aa])n?)\s+(?P<word>[A-Za-z][a-z]+)"
    r"(?![\w'\u2019/=_*]|[.:][\w:]|\((?!e?s\))|-\d)"
)
_SOUNDS_CONSONANT = re.compile(
    r"uni(?!n|m|d|gn|rr|ss)|uni(?:di[rm]|mod)|una(?:ry|ri|nim)|unesco|us[aeiu]|ut[acefio]|ur[aeiou]"
    r"|ub[iu]|uk|ufo|uganda|uu?id|udev|uvi|eu(?!ler)|ewe|one(?!r)|once|oui",
    re.IGNORECASE,
)
_SOUNDS_VOWEL = re.compile(r"hour|honest|honou?r|heir", re.IGNORECASE)
_EITHER = re.compile(
    r"herb|hist|hotel|homage|habit|url|uri|unix|ubuntu|usb|ups|ui|ux|yaml|sql|ssh|svg|sms|ftp|ffmpeg"
    r"|[hlmnrx][b-df-hj-np-tv-xz]|[^aeiouy]+\Z",
    re.IGNORECASE,
)
"""Words pronounced in two ways, or spelt out, as `npm` is and the first letter of `rvalue`."""
_AFTER_LETTER = frozenset(
    "and or is are in as at of on if it under again also alone always after above only".split()
)
"""Words before which *a* is a letter, not an article: `a and b`."""


def find_repeats(block: Block) -> Iterator[Finding]:
    """Yield words that occur twice in a row."""
    for found in _DOUBLED.finditer(block.text):
        word, again = found["word"], found["again"]
        if _is_meant(word, again) or PART in found["rest"]:
            continue
        _, start = block.read.span(*found.span("word"))
        _, end = block.read.span(*found.span("rest"))
        at, _ = block.read.span(*found.span("again"))
        is_plain = end - start == len(found["rest"])
        if not is_plain and "\n" not in found["rest"]:
            continue  # `**Limits** Limits are…`: a label and its sentence
        message = f"`{word}` is repeated"
        if is_plain and word.lower() in _SURELY_REPEATED:
            yield Finding("repeated-word", message, start, end, "remove one", "")
        else:
            yield Finding("repeated-word", message, at, end, "remove one")


def _is_meant(word: str, again: str) -> bool:
    """Return whether a repetition is intended: *that that*, a letter, `chart A a`."""
    is_letter = len(word) == 1 and word not in "ai"
    return is_letter or word.lower() in _MAY_REPEAT or (word.islower() and not again.islower())


def find_articles(block: Block) -> Iterator[Finding]:
    """Yield each `a` before a vowel sound and `an` before a consonant sound."""
    for found in _ARTICLE.finditer(block.text):
        article, word = found["article"], found["word"]
        if _is_left_alone(article, word):
            continue
        is_vowel = word[0].lower() in "aeiou" and not _SOUNDS_CONSONANT.match(word)
        is_vowel = is_vowel or bool(_SOUNDS_VOWEL.match(word))
        if is_vowel != (len(article) == 2):
            right = article[0] + ("n" if is_vowel else "")
            start, end = block.read.span(*found.span("article"))
            after, _ = block.read.span(*found.span("word"))
            if "\n" not in found[0] and after - start != found.start("word") - found.start():
                continue  # `*an* before a consonant`: the word *an*, not an article
            message = f"wrong article in `{article} {word}`"
            yield Finding("wrong-article", message, start, end, f"write `{right} {word}`")


def _is_left_alone(article: str, word: str) -> bool:
    """Return whether it is a letter, not an article, or the word has two pronunciations."""
    is_label = article == "A" and word[0].isupper()
    is_short_name = word[0].isupper() and len(word) == 2
    return is_label or is_short_name or word.lower() in _AFTER_LETTER or bool(_EITHER.match(word))
