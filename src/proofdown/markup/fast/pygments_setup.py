"""Set up Pygments once for all code blocks, instead of for each."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any

from pygments.util import ClassNotFound

from proofdown.markup.syntax.grammar import FENCE, MARGIN

_FENCE = re.compile(rf"^{MARGIN}{FENCE}[ \t]*(?:\{{[ \t]*\.)?([\w+#-]+)", re.MULTILINE)
"""The opening of a code block that names its language."""
_FORMATTERS = ("BlockHtmlFormatter", "InlineHtmlFormatter")


@lru_cache(maxsize=1)
def keep_stylesheets() -> tuple[str, ...]:
    """Make formatters compute token styles once; return the patched formatters' names."""
    highlight: Any = import_module("pymdownx.highlight")
    found = {name: getattr(highlight, name, None) for name in _FORMATTERS}
    known = {name: one for name, one in found.items() if hasattr(one, "_create_stylesheet")}
    for formatter in known.values():
        _keep_stylesheets_of(formatter)
    return tuple(known)


def _keep_stylesheets_of(formatter: Any) -> None:
    """Make a formatter class compute token styles once for each style and prefix."""
    create: Callable[[Any], None] = formatter._create_stylesheet
    cached: dict[tuple[Any, str], tuple[Any, Any]] = {}

    def create_stylesheet(self: Any) -> None:
        key = (self.style, self.classprefix)
        if key not in cached:
            create(self)
            cached[key] = self.ttype2class, self.class2style
        self.ttype2class, self.class2style = cached[key]

    formatter._create_stylesheet = create_stylesheet


@lru_cache(maxsize=1)
def keep_lexers() -> bool:
    """Make PyMdown look up each language's lexer once; return whether that is possible."""
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
        # For a language with variants, such as C#, Pygments stores the expressions on the lexer
        # only. Each new lexer compiles them again, because its class seems not to be set up yet.
        lexer_class._tokens = lexer._tokens
    return lexer


def load_lexers(text: str) -> None:
    """Load the lexers of all languages that code blocks in a Markdown text name."""
    for name in set(_FENCE.findall(text)):
        with suppress(ClassNotFound):
            _lexer_by_name(name)


@lru_cache(maxsize=512)
def _lexer_class(alias: str) -> Any:
    # Imported only when there is code to highlight, because importing Pygments' lexer classes is
    # slow.
    from proofdown.markup.fast.lexer import speed_up_lexers

    speed_up_lexers()
    return import_module("pygments.lexers").find_lexer_class_by_name(alias)
