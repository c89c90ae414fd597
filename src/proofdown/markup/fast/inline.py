"""Try inline patterns only on texts in which they can match."""

import re
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString

from proofdown.markup.fast.required_chars import required_chars_of
from proofdown.markup.fast.signatures import takes

_APPLY, _HANDLE = "_InlineProcessor__applyPattern", "_InlineProcessor__handleInline"
_PARAMETERS = {
    _APPLY: ["self", "pattern", "data", "patternIndex", "startIndex"],
    _HANDLE: ["self", "data", "patternIndex"],
}
_IN_PLACEHOLDERS = frozenset("\x02\x03: 0123456789abcdefghijklmnopqrstuvwxyz")
"""Characters of the placeholders that replace matches in a text, and the commonest one."""


def prefilter_inline_patterns(markdown: Markdown) -> None:
    """Make a converter skip inline patterns that cannot match in a text."""
    inline = next((p for p in markdown.treeprocessors if type(p) is InlineProcessor), None)
    is_known = all(
        takes(getattr(InlineProcessor, name, None), parameters)
        for name, parameters in _PARAMETERS.items()
    )
    if is_known and inline:
        chooser = _PatternChooser(inline)
        setattr(inline, _HANDLE, chooser.handle)
        inline.run = chooser.run  # type: ignore[method-assign]


class _PatternChooser:
    """Tries on a text only those inline patterns that can match in it.

    While patterns are applied to a text, parts of it are replaced by placeholders, and nothing else
    is added. So if the text does not contain a character that a pattern requires at the start, it
    never will. Patterns without a known required character are always tried.
    """

    def __init__(self, inline: InlineProcessor) -> None:
        self.registry: Any = inline.inlinePatterns
        self.apply, self.run_all = getattr(inline, _APPLY), inline.run
        self.patterns: list[Any] = []
        self.expressions: list[re.Pattern[str]] = []
        self.required: list[frozenset[str] | None] = []
        self.all: frozenset[str] = frozenset()
        self.chosen: dict[frozenset[str], tuple[int, ...]] = {}

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Any:
        """Apply the patterns that the converter currently has to a tree."""
        self._look_up_patterns()
        return self.run_all(tree, ancestors)

    def handle(self, data: str, patternIndex: int = 0) -> str:  # noqa: N803 (the library's name)
        """Return a text with matches of the inline patterns replaced by placeholders."""
        if isinstance(data, AtomicString):
            return data
        start = 0
        for index in self._possible(data):
            is_matched = index >= patternIndex
            while is_matched:
                data, is_matched, start = self.apply(self.patterns[index], data, index, start)
        return data

    def _possible(self, data: str) -> tuple[int, ...]:
        # Few sets of characters occur, so the patterns for each are chosen once and cached.
        present = self.all.intersection(data)
        if present not in self.chosen:
            self.chosen[present] = tuple(
                index
                for index, required in enumerate(self.required)
                if required is None or required & present
            )
        return self.chosen[present]

    def _look_up_patterns(self) -> None:
        """Compute the required characters again if an extension has changed the patterns."""
        patterns = list(self.registry)
        expressions = [pattern.getCompiledRegExp() for pattern in patterns]
        if patterns == self.patterns and expressions == self.expressions:
            return
        self.patterns, self.expressions = patterns, expressions
        self.required = [
            required_chars_of(expression, _IN_PLACEHOLDERS) for expression in expressions
        ]
        self.all = frozenset().union(*(required for required in self.required if required))
        self.chosen = {}
