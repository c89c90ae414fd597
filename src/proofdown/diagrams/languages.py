"""The languages of diagrams, and what the other rooms need to know about their files.

Only this module compares suffixes. If two modules disagreed on whether a reference leads to a
diagram, the cache could serve a page that shows an old drawing.
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
    """Return the file name suffixes of all languages."""
    return tuple(suffix for language in LANGUAGES for suffix in language.suffixes)


def media_types() -> dict[str, str]:
    """Return the media type of each suffix."""
    return {suffix: each.media_type for each in LANGUAGES for suffix in each.suffixes}


def language_of(path: str) -> DiagramLanguage:
    """Return the language of a diagram, given its path.

    Raises:
        LookupError: the path is not that of a diagram.
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
    """Return the programs that draw some diagrams, by the name of the language.

    Raises:
        ToolError: one of them is not installed.
    """
    # Only for the languages in use: a site without diagrams needs no program.
    used = {language.name: language for language in (language_of(s.path) for s in sources)}
    return {name: language.find_program(config) for name, language in used.items()}


def may_show_diagrams(html: str) -> bool:
    """Return whether some HTML may refer to a diagram, in whatever way the URL is encoded.

    Only then does the page's cache key include the drawings, so a false positive costs time, but
    a false negative would show an old drawing.
    """
    # Both are cheaper than to check whether anything is escaped: most HTML has few `&` and `%`.
    return bool(_reference(diagram_suffixes()).search(unquote(unescape(html))))


@lru_cache(maxsize=8)
def _reference(suffixes: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern that finds a suffix in a URL."""
    # Browsers ignore tabs and line breaks inside a URL.
    patterns = (r"[\t\r\n]*".join(map(re.escape, suffix)) for suffix in suffixes)
    return re.compile("|".join(patterns), re.IGNORECASE)
