"""Restrict the files that Markdown extensions include to those of the site.

PyMdown's `snippets` and `b64` check only the path as text. A symbolic link inside the site can
lead out of it, and a hidden file such as `.env` may contain secrets.
"""

import os
import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from markdown import Markdown

from proofdown.files import LARGEST_TEXT, fault_of_link, is_left_out

# The `src` attribute with its quotes, as in ` src="logo.png"`.
_SOURCE = re.compile(r"\ssrc\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE)


def fault_of_include(file: str, bases: Iterable[str], root: Path) -> str:
    """Return why a file must not be included in a page; empty if it may be.

    Args:
        file: its path.
        bases: folders and files that the settings allow to include from; they may be hidden.
        root: the site's root.
    """
    # The file that is read in the end, whatever links lead to it.
    real = Path(os.path.realpath(file))
    if not real.is_file():
        return "is not a file"
    if real.stat().st_size > LARGEST_TEXT:
        return f"has more than {LARGEST_TEXT >> 20} MB, which is too much"
    below = [os.path.relpath(real, os.path.realpath(base)) for base in bases]
    if any(not _is_hidden(path) for path in below if path.split("/")[0] != ".."):
        return ""
    if any(path.split("/")[0] != ".." for path in below):
        return "is hidden, and hidden files are not read"
    return fault_of_link(file, root)


def _is_hidden(path: str) -> bool:
    return path != "." and any(is_left_out(part) for part in path.split("/"))


def guard_snippets(markdown: Markdown, root: Path) -> None:
    """Allow a converter's snippets to be files of the site only."""
    for processor in markdown.preprocessors:
        if type(processor).__module__ == "pymdownx.snippets":
            _guard_snippets(processor, root)


def _guard_snippets(processor: Any, root: Path) -> None:
    # Imported here, so that sites without the extension do not load it.
    from pymdownx.snippets import SnippetMissingError

    def find(find_by_path: Callable[[str], str | None], path: str) -> str | None:
        found = find_by_path(path)
        fault = found and fault_of_include(found, processor.base_path, root)
        if fault:
            raise SnippetMissingError(f"the snippet `{path}` {fault}")
        return found

    processor.get_snippet_path = partial(find, processor.get_snippet_path)


def guard_pictures(markdown: Markdown, root: Path) -> None:
    """Allow a converter's embedded pictures to be files of the site only."""
    for processor in markdown.postprocessors:
        if type(processor).__module__ == "pymdownx.b64":
            _guard_pictures(processor, root)


def _guard_pictures(processor: Any, root: Path) -> None:
    from pymdownx import b64

    def run(text: str) -> str:
        base = Path(processor.config["base_path"]).absolute()
        top = Path(processor.config["root_path"] or base).absolute()
        is_restricted = processor.config["restrict_path"]

        def embed(found: re.Match[str]) -> str:
            source = _SOURCE.search(found["attr"] or "")
            file = base / source[1][1:-1] if source else base
            if file.is_file() and fault_of_include(str(file), [str(top)], root):
                # Left as it is: an `<img>` that refers to the file.
                return found[0]
            embedded: str = b64.repl(found, str(base), str(top), restrict_path=is_restricted)
            return embedded

        replaced: str = b64.RE_TAG_HTML.sub(embed, text)
        return replaced

    processor.run = run
