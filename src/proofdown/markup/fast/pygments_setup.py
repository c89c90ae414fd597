"""Pygments' set-up, made once for all blocks of code instead of for each."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any

from pygments.util import ClassNotFound

from proofdown.markup.syntax.grammar import FENCE, MARGIN

_FENCE = re.compile(rf"^{MARGIN}{FENCE}[ \t]*(?:\{{[ \t]*\.)?([\w+#-]+)", re.MULTILINE)
"""Where a block of code names its language."""
_FORMATTERS = ("BlockHtmlFormatter", "InlineHtmlFormatter")


@lru_cache(maxsize=1)
def keep_stylesheets() -> tuple[str, ...]:
    """Let formatters make the styles of each token once; return the formatters that do now."""
    highlight: Any = import_module("pymdownx.highlight")
    found = {name: getattr(highlight, name, None) for name in _FORMATTERS}
    known = {name: one for name, one in found.items() if hasattr(one, "_create_stylesheet")}
    for formatter in known.values():
        _keep_stylesheets_of(formatter)
    return tuple(known)


def _keep_stylesheets_of(formatter: Any) -> None:
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


@lru_cache(maxsize=1)
def keep_lexers() -> bool:
    """Let PyMdown look up the lexer of a language once; return whether that could be done."""
    highlight: Any = import_module("pymdownx.highlight")
    if not hasattr(highlight, "get_lexer_by_name"):
        return False
    highlight.get_lexer_by_name = _lexer_by_name
    return True


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
