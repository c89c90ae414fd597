"""One spelling of a term: the same words with and without hyphens, commas, joined and apart."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from proofdown.prose.findings import Finding
from proofdown.prose.texts import Block

_COMPOUND = re.compile(
    r"(?<![\w./@$#-])([a-z]{2,}(?:-[a-z]+)+)(?![\w@/=(-]|\.\w|:\w)(?:[ \n]+([a-z]{3,}))?",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(
    r"(?<![*\w])([*_])(?P<at>[A-Za-z]+(?: [A-Za-z]+)?, [A-Za-z]+(?: [A-Za-z]+)?)\1(?![*\w])"
)
_MARKS = "\"'()[]{}<>.,;:!?*/|\u201c\u201d\u2018\u2019\ufffc"
_NO_MARKS = str.maketrans(dict.fromkeys(_MARKS, " "))
_INNER_CAPITAL = re.compile(r"[a-z][A-Z]")
_MEANS_OTHER = frozenset("re un".split())
_AFTER_NOUN = frozenset(
    "and or the a an in on of to for with is are as at by from that this than then when if but not "
    "was can will be you it its your we has have may must should would which who where also does "
    "into".split()
)


def find_commas(blocks: Sequence[Block]) -> Iterator[Finding]:
    """Yield emphasised terms with a comma that a heading of the page writes without one."""
    headings = " | ".join(" ".join(b.text.lower().split()) for b in blocks if b.kind == "heading")
    for block in blocks:
        if block.kind == "heading" or "," not in block.raw.text:
            continue
        for found in _EMPHASIS.finditer(block.raw.text):
            plain = found["at"].replace(",", "")
            if re.search(rf"\b{re.escape(plain.lower())}\b", headings):
                message = f"the heading writes `{found['at']}` without its comma"
                start, end = block.raw.span(*found.span("at"))
                yield Finding("term-variant", message, start, end, f"write `{plain}`")


def compounds_of(blocks: Iterable[Block]) -> dict[str, int]:
    """Return how often each compound stands before each word: `peer-to-peer migration`."""
    counts: Counter[str] = Counter()
    for block in blocks:
        if "-" in block.text:
            for found in _COMPOUND.finditer(block.text):
                after = (found[2] or "").lower()
                counts[f"{found[1].lower()} {'' if after in _AFTER_NOUN else after}"] += 1
    return dict(counts)


def find_variants(
    compounds: Mapping[str, Mapping[str, int]], texts: Mapping[str, str]
) -> dict[str, tuple[str, int, int]]:
    """Return spellings of terms that a site mixes, each with what it competes with and how often.

    `compounds` are those of each page, `texts` the prose of each page in small letters.
    """
    counts: Counter[str] = Counter()
    for found in compounds.values():
        counts.update(found)
    phrases, alone = _ways_apart(counts), _without_noun(counts)
    joined = {compound: compound.replace("-", "") for compound in alone if _may_join(compound)}
    words, others = _count(texts.values(), set(joined.values()), phrases.values())
    mixed: dict[str, tuple[str, int, int]] = {}
    for pair, phrase in phrases.items():
        if others[phrase]:
            _keep(mixed, pair, counts[pair], phrase, others[phrase])
    for compound, one in joined.items():
        if words[one]:
            _keep(mixed, compound, alone[compound], one, words[one])
    return mixed


def _ways_apart(compounds: Iterable[str]) -> dict[str, str]:
    """Return how each compound before a noun is written without hyphens, the noun included."""
    apart = {pair: pair.replace("-", " ") for pair in compounds if not pair.endswith(" ")}
    return {p: phrase for p, phrase in apart.items() if phrase.split()[0] not in _AFTER_NOUN}


def _without_noun(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how often each compound is written, whatever stands behind it."""
    alone: dict[str, int] = defaultdict(int)
    for pair, count in counts.items():
        alone[pair.partition(" ")[0]] += count
    return alone


def _may_join(compound: str) -> bool:
    return compound.count("-") == 1 and compound.split("-")[0] not in _MEANS_OTHER


def _count(
    texts: Iterable[str], words: AbstractSet[str], phrases: Iterable[str]
) -> tuple[Counter[str], Counter[str]]:
    """Return how often words, and phrases of three words or more, stand in texts."""
    by_second: dict[str, set[str]] = defaultdict(set)
    for phrase in phrases:
        by_second[phrase.split(" ", 2)[1]].add(phrase)
    counts: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for text in texts:
        counts.update(filter(words.__contains__, text.translate(_NO_MARKS).split()))
        here = by_second.keys() & text.split(" ")
        for phrase in set().union(*(by_second[second] for second in here)):
            if phrase in text:
                found[phrase] += len(re.findall(rf"\b{phrase}\b", text))
    return counts, found


def _keep(mixed: dict[str, tuple[str, int, int]], a: str, n: int, b: str, m: int) -> None:
    """Note the rarer of two spellings as the wrong one; of two equal ones, the one apart."""
    wrong, right, few, many = (b, a, m, n) if n >= m else (a, b, n, m)
    mixed[wrong] = (right, few, many)


def find_mixed(
    blocks: Iterable[Block], mixed: Mapping[str, tuple[str, int, int]]
) -> Iterator[Finding]:
    """Yield where a page's blocks write a term in the rarer way."""
    if not mixed:
        return
    patterns = "|".join(
        re.escape(w).replace(r"\ ", r"\s+") for w in sorted(mixed, key=len, reverse=True)
    )
    pattern = re.compile(rf"(?<![\w./-])(?:{patterns})(?![\w/-])", re.IGNORECASE)
    for block in blocks:
        for found in pattern.finditer(block.text):
            shown = " ".join(found[0].split())
            if _INNER_CAPITAL.search(shown):
                continue
            right, few, many = mixed[shown.lower()]
            start, end = block.read.span(*found.span())
            message = f"`{shown}` is `{right}` elsewhere"
            yield Finding(
                "term-variant", message, start, end, f"the site writes it so {many} to {few} times"
            )
