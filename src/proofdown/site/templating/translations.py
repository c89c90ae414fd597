"""The theme's own texts in the site's language, and its scripts with these texts inserted."""

import json
import re
from pathlib import Path

from rcssmin import cssmin
from rjsmin import jsmin

from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, Report, did_you_mean
from proofdown.fields import Fields, describe
from proofdown.source import Source, decode
from proofdown.yamltree import Mapping, Scalar, load_tree

WORDS_FILE = "words.yml"
"""File in the templates folder with the site's own texts."""

_PART = re.compile(r"\{\w+\}")
_MARK = "/* words */ {}"
"""The place in a script that is replaced by the texts it uses."""


def load_words(
    config: Config, theme: Path, source: Source | None, report: Report
) -> dict[str, str]:
    """Return the theme's texts by key: the site's own, else in its language, else English.

    A key that the theme does not have is reported, and so is a `{part}` that its text lacks.

    Args:
        config: the site's settings.
        theme: folder of the theme.
        source: the site's own texts, if it has any.
        report: gets the problems.
    """
    words = read_words(theme / "words" / "en.yml")
    language = config.language.split("-")[0].lower()
    translated = theme / "words" / f"{language}.yml"
    # The language becomes a part of a path, so `../x` must not get through.
    if language.isalpha() and translated.is_file():
        words |= read_words(translated)
    tree = load_tree(source, report) if source else None
    if isinstance(tree, Mapping):
        fields = Fields(tree, report)
        words = {key: _own_word(key, word, fields, report) for key, word in words.items()}
        fields.reject_unknown("a word of the theme")
    elif tree is not None:
        message = f"the theme's words are {describe(tree)}, not a mapping"
        report.add(Diagnostic("invalid-value", message, tree.location))
    return words


def _own_word(key: str, word: str, fields: Fields, report: Report) -> str:
    """Return the site's own text for a key, or the theme's if there is none."""
    own = fields.scalar(key)
    if own is None:
        return word
    known = _PART.findall(word)
    for part in _PART.findall(own.text):
        if part not in known:
            parts = " and ".join(f"`{name}`" for name in known)
            help_ = did_you_mean(part, known) or (f"there is {parts}" if known else "leave it out")
            message = f"`{key}` has no placeholder `{part}`"
            report.add(Diagnostic("invalid-value", message, own.location, help_))
    return own.text


def minify(name: str, data: bytes, words: dict[str, str]) -> bytes:
    """Return a file of the theme without comments and needless space.

    A script gets those texts that it refers to as `words.key`.
    """
    if name.endswith(".css"):
        return str(cssmin(data.decode())).encode()
    if not name.endswith(".js"):
        return data
    script = data.decode()
    used = {key: word for key, word in words.items() if f"words.{key}" in script}
    script = script.replace(_MARK, json.dumps(used, ensure_ascii=False), 1)
    return str(jsmin(script)).encode()


def read_words(file: Path) -> dict[str, str]:
    """Return the texts in one of the theme's own files, by key."""
    tree = load_tree(Source(file.name, decode(file.read_bytes())), Report())
    entries = tree if isinstance(tree, Mapping) else ()
    return {key.text: value.text for key, value in entries if isinstance(value, Scalar)}
