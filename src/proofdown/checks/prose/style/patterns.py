"""House style as data: reads `style.yml` and finds what its patterns say."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from proofdown.checks.prose.text.blocks import Block
from proofdown.diagnostics import Finding

_CODE = re.compile(r"(?<!`)(`+)(?!`)[^\n]+?(?<!`)\1(?!`)|<code>[^\n]*?</code>")
_LONG_CODE = re.compile(r"(?<!`)(`{2,})(?!`)[^\n]+?(?<!`)\1(?!`)")
_WHOLE = r"(?<![-\w])(?-i:(?!\w*[a-z][A-Z]))(?:{})(?![-\w])"
"""Words by themselves: no part of a compound with hyphens, and no name such as `allOf`."""
EVERYWHERE = (
    "paragraph",
    "item",
    "heading",
    "cell",
    "title",
    "definition",
    "footnote",
    "alt",
    "head",
)


class StyleRule(Struct, frozen=True, dict=True):
    """One rule of house style."""

    id: str
    code: str
    """Code of the diagnostics it makes."""
    expression: str
    """What its pattern is made from, and how."""
    flags: re.RegexFlag
    message: str
    """May name groups of the pattern: `{0}` is all that was found."""
    replace: dict[str, str]
    """What is written instead, by what was found in small letters; empty where that varies."""
    is_certain: bool
    """Whether the replacement may be made without asking."""
    kinds: frozenset[str]
    """Kinds of blocks it is for."""
    is_markup: bool
    """Whether it looks at the Markdown instead of what is read."""
    reason: str
    example: str
    instead: str
    needs: tuple[str, ...]
    """Texts in small letters of which one must be there; looking for them first saves time."""
    at_most: int
    """How often a block may have it before it counts as meant."""
    catches: tuple[str, ...]
    leaves: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What it looks for; one page needs few of all patterns, and they take long to make."""
        return re.compile(self.expression, self.flags)


@cache
def style_rules() -> tuple[StyleRule, ...]:
    """Return the rules of `style.yml` in their order."""
    text = (Path(__file__).parent / "style.yml").read_text("utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(_rule(entry) for entry in yaml.load(text, loader))  # noqa: S506 (a safe loader)


def _rule(entry: dict[str, Any]) -> StyleRule:
    replace = {str(k): str(v) for k, v in entry.get("replace", {}).items()}
    expression = entry.get("pattern") or _WHOLE.format("|".join(map(re.escape, replace)))
    flags = re.IGNORECASE if entry.get("any-case", bool(replace)) else re.NOFLAG
    tests = entry["tests"]
    return StyleRule(
        id=entry["id"],
        code=entry["code"],
        expression=expression,
        flags=flags,
        message=entry["message"],
        replace=replace,
        is_certain=entry.get("certain", False),
        kinds=frozenset(entry.get("in", EVERYWHERE)),
        is_markup=entry.get("markup", False),
        reason=entry["reason"],
        example=entry["example"],
        instead=entry["instead"],
        needs=tuple(entry["needs"]) if "needs" in entry else tuple(replace),
        at_most=entry.get("at-most", 1 << 30),
        catches=tuple(tests["catch"]),
        leaves=tuple(tests["leave"]),
    )


def find_style(blocks: Sequence[Block]) -> Iterator[Iterator[Finding]]:
    """Yield for each block of a page what the patterns of the house style find in it."""
    for block, rules in zip(blocks, _rules_by_block(blocks), strict=True):
        yield (finding for rule in rules for finding in _apply(rule, block))


def _rules_by_block(blocks: Sequence[Block]) -> list[list[StyleRule]]:
    """Return for each block the rules that can find anything in it."""
    rules: list[list[StyleRule]] = [[] for _ in blocks]
    numbers = _numbers_by_rule(blocks)
    for rule in style_rules():
        for number in numbers[rule.id]:
            if blocks[number].kind in rule.kinds:
                rules[number].append(rule)
    return rules


def _numbers_by_rule(blocks: Sequence[Block]) -> dict[str, set[int]]:
    """Return for each rule, by its name, the numbers of the blocks that have what it needs."""
    found: dict[str, set[int]] = {}
    for is_markup in (False, True):  # one after the other: of a long page each takes much memory
        texts = _InOne([(b.raw.text if is_markup else b.text).lower() for b in blocks])
        rules = (rule for rule in style_rules() if rule.is_markup is is_markup)
        found |= {rule.id: texts.with_any(rule.needs) for rule in rules}
        del texts
    return found


class _InOne:
    """Texts joined to one, in which what is rare is looked for once instead of in each."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = "\n".join(texts)
        self.ends = list(accumulate(len(text) + 1 for text in texts))

    def with_any(self, needs: Iterable[str]) -> set[int]:
        """Return the numbers of the texts in which one of several pieces of a line stands."""
        found: set[int] = set()
        for need in needs:
            at = self.text.find(need)
            while at >= 0:
                number = bisect_right(self.ends, at)
                found.add(number)
                at = self.text.find(need, self.ends[number])
        return found


def _apply(rule: StyleRule, block: Block) -> Iterator[Finding]:
    text = block.raw if rule.is_markup else block.read
    shown = text.text
    if rule.is_markup and "`" in shown:
        code = _LONG_CODE if "`" in rule.expression else _CODE
        shown = code.sub(lambda found: " " * len(found[0]), shown)
    every = list(rule.pattern.finditer(shown))
    for found in every if len(every) <= rule.at_most else ():
        first, last = _span(found)
        yield _finding(rule, " ".join(shown[first:last].split()), *text.span(first, last))


def _span(found: re.Match[str]) -> tuple[int, int]:
    """Return what to point at: the group `at` (`at2`, …) that matched, else everything."""
    names = (name for name in found.re.groupindex if name.startswith("at"))
    return next((found.span(name) for name in names if found[name] is not None), found.span())


def _finding(rule: StyleRule, shown: str, start: int, end: int) -> Finding:
    right = rule.replace.get(shown.lower(), "")
    if right and shown[0].isupper():
        right = right[0].upper() + right[1:]
    message = rule.message.format(shown)
    fix = right if right and rule.is_certain else None
    return Finding(
        rule.code, message, start, end, f"write `{right}`" if right else rule.instead, fix
    )
