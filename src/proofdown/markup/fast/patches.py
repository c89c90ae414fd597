"""Python-Markdown and Pygments made faster from outside, with the same output.

Measured on a thousand pages, half of the time of a conversion goes into patterns tried on texts in
which they cannot match, into a table of contents that nobody asks for, and into the set-up of
Pygments, made again for each block of code. All that is left out here by replacing single functions
of the libraries. Where one of those is not there, or takes other arguments than expected, the
library is left as it is: slower, and right.
"""

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from importlib import import_module
from inspect import signature
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions.tables import TableProcessor
from markdown.extensions.toc import TocTreeprocessor
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString
from pygments.util import ClassNotFound

from proofdown.markup.fast.required_chars import prefilter, required_chars_of

_APPLY, _HANDLE = "_InlineProcessor__applyPattern", "_InlineProcessor__handleInline"
_PARAMETERS = {
    _APPLY: ["self", "pattern", "data", "patternIndex", "startIndex"],
    _HANDLE: ["self", "data", "patternIndex"],
}
_DELIMITERS = "pymdownx.delimiterprocessor"
_KNOWN = ("markdown", "pymdownx", "proofdown")
"""Packages of which no extension asks for the table of contents as HTML."""
_IN_PLACEHOLDERS = frozenset("\x02\x03: 0123456789abcdefghijklmnopqrstuvwxyz")
"""Characters that come into a text while patterns are applied to it, and the commonest one."""

SEARCHED_EVERYWHERE = {
    "markdown.blockprocessors.HashHeaderProcessor": "RE",
    "markdown.extensions.admonition.AdmonitionProcessor": "RE",
    "markdown.extensions.def_list.DefListProcessor": "RE",
    "pymdownx.blocks.BlocksProcessor": "start",
    "pymdownx.details.DetailsProcessor": "START",
    "pymdownx.quotes.QuotesProcessor": "RE",
    "pymdownx.tabbed.TabbedProcessor": "START",
}
"""What a processor looks for in every block, though few have it."""

_FENCE = re.compile(r"^[ >\t]*(?:`{3,}|~{3,})[ \t]*(?:\{[ \t]*\.)?([\w+#-]+)", re.MULTILINE)
"""Where a block of code names its language."""


def speed_up(markdown: Markdown) -> None:
    """Make a converter faster; to be called when it has all its extensions."""
    remember_pygments()
    _speed_up_inline(markdown)
    _speed_up_blocks(markdown.parser)
    _leave_out_toc(markdown)


def _speed_up_inline(markdown: Markdown) -> None:
    inline = next((p for p in markdown.treeprocessors if type(p) is InlineProcessor), None)
    is_known = all(
        _takes(getattr(InlineProcessor, name, None), parameters)
        for name, parameters in _PARAMETERS.items()
    )
    if is_known and inline:
        chooser = _PatternChooser(inline)
        setattr(inline, _HANDLE, chooser.handle)
        inline.run = chooser.run  # type: ignore[method-assign]


def _takes(function: Any, parameters: list[str]) -> bool:
    """Return whether a function takes parameters of these names and no others."""
    return callable(function) and list(signature(function).parameters) == parameters


def _speed_up_blocks(parser: BlockParser) -> None:
    """Let a parser put its processors in order once for many blocks, and look for signs first."""
    if _takes(BlockParser.parseBlocks, ["self", "parent", "blocks"]):
        parser.parseBlocks = partial(_parse_blocks, parser)  # type: ignore[method-assign]
    for processor in parser.blockprocessors:
        if type(processor) is TableProcessor:
            processor.test = partial(_may_be_table, processor.test)  # type: ignore[method-assign]
        name = SEARCHED_EVERYWHERE.get(
            f"{type(processor).__module__}.{type(processor).__name__}", ""
        )
        pattern = getattr(processor, name, None)
        if isinstance(pattern, re.Pattern) and (guarded := prefilter(pattern)):
            setattr(processor, name, guarded)


def _parse_blocks(parser: BlockParser, parent: Element, blocks: list[str]) -> None:
    processors = list(parser.blockprocessors)
    while blocks:
        for processor in processors:
            if processor.test(parent, blocks[0]) and processor.run(parent, blocks) is not False:
                break


def _may_be_table(test: Callable[[Element, str], bool], parent: Element, block: str) -> bool:
    return "|" in block and test(parent, block)


def _leave_out_toc(markdown: Markdown) -> None:
    """Let the table of contents be made as HTML only where the page shows it.

    An extension of somebody else's might ask for it as well, so beside one all stays as it is.
    """
    registries: tuple[Any, ...] = (
        markdown.registeredExtensions,
        markdown.preprocessors,
        markdown.parser.blockprocessors,
        markdown.inlinePatterns,
        markdown.treeprocessors,
        markdown.postprocessors,
    )
    parts = [part for registry in registries for part in registry]
    toc = next((part for part in parts if type(part) is TocTreeprocessor), None)
    is_known = (
        all(type(part).__module__.partition(".")[0] in _KNOWN for part in parts)
        and _takes(getattr(TocTreeprocessor, "build_toc_div", None), ["self", "toc_list"])
        and _takes(getattr(TocTreeprocessor, "replace_marker", None), ["self", "root", "elem"])
    )
    if toc and is_known:
        late = _LazyToc(toc)
        toc.build_toc_div = late.defer  # type: ignore[method-assign]
        toc.replace_marker = late.replace  # type: ignore[method-assign]


class _LazyToc:
    """Makes a page's table of contents where there is a marker for it."""

    def __init__(self, toc: TocTreeprocessor) -> None:
        self.marker, self.build, self.replace_marker = (
            toc.marker,
            toc.build_toc_div,
            toc.replace_marker,
        )
        self.tokens: list[Any] = []

    def defer(self, toc_list: list[Any]) -> Element:
        """Keep what the table is made from, and return an empty one."""
        self.tokens = toc_list
        return Element("div")

    def replace(self, root: Element, elem: Element) -> None:
        """Replace the marker with the table, if there is a marker; `elem` is the empty one."""
        del elem
        if any(part.text and part.text.strip() == self.marker for part in root.iter()):
            self.replace_marker(root, self.build(self.tokens))


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
        self.triggers = [
            required_chars_of(expression, _IN_PLACEHOLDERS) for expression in expressions
        ]
        self.all = frozenset().union(*(triggers for triggers in self.triggers if triggers))
        self.chosen = {}


def defer_delimiters() -> bool:
    """Let PyMdown's expressions for emphasis and the like be made when a text has such a sign.

    They are its largest, and few texts have a sign for marks or insertions. Return whether they
    are put off, which they are not before a module is imported that asks for them.
    """
    delimiter: Any = getattr(sys.modules.get(_DELIMITERS), "Delimiter", None)
    make: Any = getattr(delimiter, "_build_patterns", None)
    if hasattr(delimiter, "__getattr__"):
        return True
    if not _takes(make, ["self", "token"]):
        return False

    def defer(self: Any, token: str) -> None:
        self.token = token

    def find(self: Any, name: str) -> Any:
        if name in ("bad", "boundary", "max_size") and "token" in vars(self):
            make(self, self.token)
        return object.__getattribute__(self, name)

    delimiter._build_patterns, delimiter.__getattr__ = defer, find
    return True


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
    lexer_class = _lexer_class(alias)
    lexer = lexer_class(**options)
    if "_tokens" in vars(lexer) and "_tokens" not in vars(lexer_class):
        # That of a language with variants, such as C#, of which Pygments makes all expressions
        # anew for each lexer, because it takes the class for one that never had any.
        lexer_class._tokens = lexer._tokens
    return lexer


def load_lexers(text: str) -> None:
    """Make the lexers that the blocks of code in a Markdown text ask for, once in this process."""
    for name in set(_FENCE.findall(text)):
        with suppress(ClassNotFound):
            _lexer_by_name(name)


@lru_cache(maxsize=512)
def _lexer_class(alias: str) -> Any:
    # Not before there is code to be coloured: it imports what Pygments makes lexers with.
    from proofdown.markup.fast.lexer import speed_up_lexers

    speed_up_lexers()
    return import_module("pygments.lexers").find_lexer_class_by_name(alias)
