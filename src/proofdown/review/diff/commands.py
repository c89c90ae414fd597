"""Command lines of a page compared: which came and went, and options gained and lost."""

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from proofdown.checks.commands.find import find_commands
from proofdown.markup.page_text import PageText
from proofdown.review.diff.alignment import align, shared_words
from proofdown.site.model import BuiltPage, Site

_NUMBER = re.compile(r"-\d[\d.]*")


class CommandLine(Struct, frozen=True):
    """A command as a page has it."""

    text: str
    options: tuple[str, ...]


class CommandChange(Struct, frozen=True):
    """A command that came, went or changed."""

    before: str
    """The command line; empty where there is none."""
    after: str
    gained: tuple[str, ...]
    """Options that it has now and had not before."""
    lost: tuple[str, ...]


def known_tools(*sites: Site | None) -> frozenset[str]:
    """Return the programs that sites know: what their code spans may be commands of."""
    return frozenset(c.command_path[0] for site in sites if site for c in site.config.commands)


def commands_of(built: BuiltPage, tools: frozenset[str]) -> tuple[CommandLine, ...]:
    """Return the command lines of a page, in order."""
    found = []
    for command in find_commands(PageText(built.page), tools):
        if command.is_span and len(command.words) < 2:
            continue  # the name of a tool in a sentence
        options = (w.text.partition("=")[0] for w in command.words if _is_option(w.text))
        found.append(CommandLine(" ".join(w.text for w in command.words), tuple(options)))
    return tuple(found)


def compare_commands(
    before: tuple[CommandLine, ...], after: tuple[CommandLine, ...]
) -> Iterator[CommandChange]:
    """Yield the commands that are not as they were."""
    pairs = align(before, after, lambda c: c.text, lambda b, a: shared_words(b.text, a.text), 0.5)
    for old, new in pairs:
        if old and new and old.text == new.text:
            continue
        options = Counter(old.options if old else ()), Counter(new.options if new else ())
        yield CommandChange(
            old.text if old else "",
            new.text if new else "",
            tuple((options[1] - options[0]).elements()),
            tuple((options[0] - options[1]).elements()),
        )


def _is_option(word: str) -> bool:
    return word.startswith("-") and len(word) > 1 and not _NUMBER.fullmatch(word)
