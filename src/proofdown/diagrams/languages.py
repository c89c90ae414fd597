"""The languages that diagrams are written in, and what others must know of a file in one of them.

Nobody else compares a suffix: a reference that one module takes for a diagram and another does not
leaves a page in the cache that shows an old drawing.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import unescape
from urllib.parse import unquote

from proofdown.config.model import Config
from proofdown.diagrams.dot.language import DOT
from proofdown.diagrams.model.language import DiagramLanguage, Program
from proofdown.source import Source

LANGUAGES: tuple[DiagramLanguage, ...] = (DOT,)


def diagram_suffixes() -> tuple[str, ...]:
    """Return how the names of diagrams end, in any language."""
    return tuple(suffix for language in LANGUAGES for suffix in language.suffixes)


def media_types() -> dict[str, str]:
    """Return the content type of diagrams by their suffix."""
    return {suffix: each.media_type for each in LANGUAGES for suffix in each.suffixes}


def language_of(path: str) -> DiagramLanguage:
    """Return the language of a diagram by its path.

    Raises:
        LookupError: the path is not a diagram's.
    """
    for language in LANGUAGES:
        if path.endswith(language.suffixes):
            return language
    raise LookupError(path)


def diagram_name(config: Config, source: Source) -> str:
    """Return the name of a diagram: its path in the diagrams folder without its suffix."""
    path = source.path.removeprefix(config.diagrams.as_posix() + "/")
    suffix = next(s for s in language_of(path).suffixes if path.endswith(s))
    return path.removesuffix(suffix)


def find_programs(config: Config, sources: Iterable[Source]) -> dict[str, Program]:
    """Return the programs that draw some diagrams, by the names of their languages.

    Raises:
        ToolError: one of them is not installed.
    """
    used = {language.name: language for language in (language_of(s.path) for s in sources)}
    return {name: language.find_program(config) for name, language in used.items()}


def may_show_diagrams(html: str) -> bool:
    """Return whether a reference in some HTML may lead to a diagram, however it is written.

    The cache's key of a page holds the drawings only if it may, so a doubtful one counts.
    """
    # Cheaper than a look whether anything in it is escaped: most HTML has few of these characters.
    return bool(_reference(diagram_suffixes()).search(unquote(unescape(html))))


@lru_cache(maxsize=8)
def _reference(suffixes: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of a suffix in a URL, in which tabs and line breaks count for nothing."""
    spelt = (r"[\t\r\n]*".join(map(re.escape, suffix)) for suffix in suffixes)
    return re.compile("|".join(spelt), re.IGNORECASE)
