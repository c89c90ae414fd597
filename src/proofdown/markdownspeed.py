"""Python-Markdown and Pygments made faster from outside, with the same output.

Measured on a thousand pages, half of the time of a conversion goes into inline patterns tried on
texts in which they cannot match, and into the set-up of Pygments, made again for each block of
code. Both are left out here by replacing single functions of the libraries. Where one of those is
not there, or takes other arguments than expected, the library is left as it is: slower, and right.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from inspect import signature
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString
from pygments.util import ClassNotFound

from proofdown.triggers import triggers_of

_APPLY, _HANDLE = "_InlineProcessor__applyPattern", "_InlineProcessor__handleInline"
_PARAMETERS = {
    _APPLY: ["self", "pattern", "data", "patternIndex", "startIndex"],
    _HANDLE: ["self", "data", "patternIndex"],
}
_IN_PLACEHOLDERS = frozenset("\x02\x03: 0123456789abcdefghijklmnopqrstuvwxyz")
"""Characters that come into a text while patterns are applied to it, and the commonest one."""

_FENCE = re.compile(r"^[ >\t]*(?:`{3,}|~{3,})[ \t]*(?:\{[ \t]*\.)?([\w+#-]+)", re.MULTILINE)
"""Where a block of code names its language."""


def speed_up(markdown: Markdown) -> None:
    """Make a converter faster; to be called when it has all its extensions."""
    remember_pygments()
    inline = next((p for p in markdown.treeprocessors if type(p) is InlineProcessor), None)
    is_known = all(
        list(signature(getattr(InlineProcessor, name, lambda: None)).parameters) == parameters
        for name, parameters in _PARAMETERS.items()
    )
    if is_known and inline:
        chooser = _PatternChooser(inline)
        setattr(inline, _HANDLE, chooser.handle)
        inline.run = chooser.run  # type: ignore[method-assign]


class _PatternChooser:
    """Tries on a text only those inline patterns that can match in it.

    While patterns are applied to a text, parts of it give way to placeholders, and nothing else
    comes in. So a character that a pattern needs and that the text does not have at the beginning
    is not there later either. Patterns of which no such character is known are always tried.
    """

    def __init__(self, inline: InlineProcessor) -> None:
        self.registry: Any = inline.inlinePatterns
        self.apply, self.run_all = getattr(inline, _APPLY), inline.run
        self.patterns: list[Any] = []
        self.expressions: list[re.Pattern[str]] = []
        self.triggers: list[frozenset[str] | None] = []
        self.all: frozenset[str] = frozenset()
        self.chosen: dict[frozenset[str], tuple[int, ...]] = {}

    def run(self, tree: Element, ancestors: list[str] | None = None) -> Any:
        """Apply the patterns that the converter has by now to a tree."""
        self._look_up_patterns()
        return self.run_all(tree, ancestors)

    def handle(self, data: str, patternIndex: int = 0) -> str:  # noqa: N803 (the library's name)
        """Return a text with what the inline patterns match replaced by placeholders."""
        if isinstance(data, AtomicString):
            return data
        start = 0
        for index in self._possible(data):
            is_matched = index >= patternIndex
            while is_matched:
                data, is_matched, start = self.apply(self.patterns[index], data, index, start)
        return data

    def _possible(self, data: str) -> tuple[int, ...]:
        present = self.all.intersection(data)
        if present not in self.chosen:
            self.chosen[present] = tuple(
                index
                for index, triggers in enumerate(self.triggers)
                if triggers is None or triggers & present
            )
        return self.chosen[present]

    def _look_up_patterns(self) -> None:
        """Read the triggers again where an extension has changed the patterns."""
        patterns = list(self.registry)
        expressions = [pattern.getCompiledRegExp() for pattern in patterns]
        if patterns == self.patterns and expressions == self.expressions:
            return
        self.patterns, self.expressions = patterns, expressions
        self.triggers = [triggers_of(expression, _IN_PLACEHOLDERS) for expression in expressions]
        self.all = frozenset().union(*(triggers for triggers in self.triggers if triggers))
        self.chosen = {}


@lru_cache(maxsize=1)
def remember_pygments() -> tuple[str, ...]:
    """Let Pygments' set-up be made once for all blocks of code; return what is remembered now."""
    highlight: Any = import_module("pymdownx.highlight")
    remembered = []
    for name in ("BlockHtmlFormatter", "InlineHtmlFormatter"):
        formatter = getattr(highlight, name, None)
        if hasattr(formatter, "_create_stylesheet"):
            _remember_stylesheets(formatter)
            remembered.append(name)
    if hasattr(highlight, "get_lexer_by_name"):
        highlight.get_lexer_by_name = _lexer_by_name
        remembered.append("get_lexer_by_name")
    return tuple(remembered)


def _remember_stylesheets(formatter: Any) -> None:
    """Let a class of formatters make the styles of each token once for each style."""
    make: Callable[[Any], None] = formatter._create_stylesheet
    made: dict[tuple[Any, str], tuple[Any, Any]] = {}

    def create_stylesheet(self: Any) -> None:
        key = (self.style, self.classprefix)
        if key not in made:
            make(self)
            made[key] = self.ttype2class, self.class2style
        self.ttype2class, self.class2style = made[key]

    formatter._create_stylesheet = create_stylesheet


def _lexer_by_name(alias: str, **options: Any) -> Any:
    """Return a new lexer as Pygments' `get_lexer_by_name` does."""
    return _lexer_class(alias)(**options)


def load_lexers(text: str) -> None:
    """Make the lexers that the blocks of code in a Markdown text ask for, once in this process."""
    for name in set(_FENCE.findall(text)):
        with suppress(ClassNotFound):
            _lexer_by_name(name)


@lru_cache(maxsize=512)
def _lexer_class(alias: str) -> Any:
    return import_module("pygments.lexers").find_lexer_class_by_name(alias)
