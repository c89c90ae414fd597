"""Compare the command lines of a page: which were added and removed, and their options."""

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from proofdown.checks.commands.find import find_commands
from proofdown.markup.page_text import PageText
from proofdown.review.diff.alignment import align, shared_words
from proofdown.site.model import ComposedPage, Site

# A negative number, such as the value in `--offset -3`, is no option.
_NUMBER = re.compile(r"-\d[\d.]*")


class CommandLine(Struct, frozen=True):
    """A command line on a page."""

    text: str
    options: tuple[str, ...]


class CommandChange(Struct, frozen=True, kw_only=True):
    """A command that was added, removed or changed."""

    before: str
    """The command line; empty if the command is new."""
    after: str
    """The command line; empty if the command is gone."""
    gained: tuple[str, ...]
    """Options that it has now and did not have before."""
    lost: tuple[str, ...]


def known_tools(*sites: Site | None) -> frozenset[str]:
    """Return the names of the programs in the settings, which commands in code spans start with."""
    return frozenset(c.command_path[0] for site in sites if site for c in site.config.commands)


def commands_of(built: ComposedPage, tools: frozenset[str]) -> tuple[CommandLine, ...]:
    """Return the command lines of a page, in order."""
    found = []
    for command in find_commands(PageText(built.page), tools):
        if command.is_span and len(command.words) < 2:
            continue  # the name of a tool in a sentence
        # `--port=22` and `--port=23` have the same option.
        options = (w.text.partition("=")[0] for w in command.words if _is_option(w.text))
        found.append(CommandLine(" ".join(w.text for w in command.words), tuple(options)))
    return tuple(found)


def compare_commands(
    before: tuple[CommandLine, ...], after: tuple[CommandLine, ...]
) -> Iterator[CommandChange]:
    """Yield the commands that changed."""
    pairs = align(before, after, lambda c: c.text, lambda b, a: shared_words(b.text, a.text), 0.5)
    for old, new in pairs:
        if old and new and old.text == new.text:
            continue
        options = Counter(old.options if old else ()), Counter(new.options if new else ())
        yield CommandChange(
            before=old.text if old else "",
            after=new.text if new else "",
            gained=tuple((options[1] - options[0]).elements()),
            lost=tuple((options[0] - options[1]).elements()),
        )


def _is_option(word: str) -> bool:
    return word.startswith("-") and len(word) > 1 and not _NUMBER.fullmatch(word)
