"""Apply the house style, whose patterns are data: `style.yml`."""

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
"""Whole words: not a part of a hyphenated compound, nor a name such as `allOf`."""
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
    """The code of its diagnostics."""
    expression: str
    """The source of its pattern."""
    flags: re.RegexFlag
    message: str
    """The message, in which `{0}` is the text that was found."""
    replace: dict[str, str]
    """Replacements by the text that was found, in lower case; empty if they vary."""
    is_certain: bool
    """Whether `--fix` may make the replacement."""
    kinds: frozenset[str]
    """The kinds of blocks that it applies to."""
    is_markup: bool
    """Whether it applies to the Markdown source instead of the text that readers see."""
    reason: str
    example: str
    instead: str
    needs: tuple[str, ...]
    """Lower-case texts of which one must occur. Searching for them first saves time."""
    at_most: int
    """How many matches a block may have; more are taken to be intended."""
    catches: tuple[str, ...]
    leaves: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Its pattern, compiled lazily: a page needs few of them, and compiling is slow."""
        return re.compile(self.expression, self.flags)


@cache
def style_rules() -> tuple[StyleRule, ...]:
    """Return the rules of `style.yml` in their order."""
    text = (Path(__file__).parent / "style.yml").read_text("utf-8")
    # The C loader is many times faster, but PyYAML may be built without it.
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
    """Yield for each block of a page the findings of the house style's patterns."""
    for block, rules in zip(blocks, _rules_by_block(blocks), strict=True):
        yield (finding for rule in rules for finding in _apply(rule, block))


def _rules_by_block(blocks: Sequence[Block]) -> list[list[StyleRule]]:
    """Return for each block the rules that may find something in it."""
    rules: list[list[StyleRule]] = [[] for _ in blocks]
    numbers = _numbers_by_rule(blocks)
    for rule in style_rules():
        for number in numbers[rule.id]:
            if blocks[number].kind in rule.kinds:
                rules[number].append(rule)
    return rules


def _numbers_by_rule(blocks: Sequence[Block]) -> dict[str, set[int]]:
    """Return the numbers of the blocks that contain what a rule needs, by the rule's id."""
    found: dict[str, set[int]] = {}
    # One kind of text after the other, because for a long page each takes a lot of memory.
    for is_markup in (False, True):
        texts = _JoinedTexts([(b.raw.text if is_markup else b.text).lower() for b in blocks])
        rules = (rule for rule in style_rules() if rule.is_markup is is_markup)
        found |= {rule.id: texts.with_any(rule.needs) for rule in rules}
        del texts
    return found


class _JoinedTexts:
    """Texts joined into one, so that a rare string is searched for once, not in each text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = "\n".join(texts)
        # One more for the newline that joins them.
        self.ends = list(accumulate(len(text) + 1 for text in texts))

    def with_any(self, needs: Iterable[str]) -> set[int]:
        """Return the numbers of the texts that contain one of several strings without newlines."""
        found: set[int] = set()
        for need in needs:
            at = self.text.find(need)
            while at >= 0:
                number = bisect_right(self.ends, at)
                found.add(number)
                at = self.text.find(need, self.ends[number])  # go on in the next text
        return found


def _apply(rule: StyleRule, block: Block) -> Iterator[Finding]:
    text = block.raw if rule.is_markup else block.read
    shown = text.text
    if rule.is_markup and "`" in shown:
        # Code is blanked out; for a rule about backticks only code in several of them.
        code = _LONG_CODE if "`" in rule.expression else _CODE
        shown = code.sub(lambda found: " " * len(found[0]), shown)
    every = list(rule.pattern.finditer(shown))
    for found in every if len(every) <= rule.at_most else ():
        first, last = _span(found)
        yield _finding(rule, " ".join(shown[first:last].split()), *text.span(first, last))


def _span(found: re.Match[str]) -> tuple[int, int]:
    """Return the span to report: the group `at` (`at2`, …) that matched, or the whole match."""
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
