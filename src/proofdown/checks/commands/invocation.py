"""Parse a command line with a synopsis: which word is which option, value or argument."""

import re
from collections.abc import Iterable

from msgspec import Struct

from proofdown.checks.commands.find import Command
from proofdown.checks.commands.help import Option, Synopsis, Takes
from proofdown.checks.commands.lexer import Word

_SKETCHED = re.compile(
    r"\[.*|.*\]|.*…|\.\.\.|.*\|.*|<?(?:options?|flags?|args?)>?\.*", re.IGNORECASE
)
_NUMBER = re.compile(r"-\d[\d.]*")
_STANDS_ALONE = ("--help", "-h", "--version", "-V", "--usage", "-?")


class Given(Struct, frozen=True, kw_only=True):
    """An option as it is given on a command line."""

    name: str
    """The option as written, without its value."""
    word: Word
    option: Option | None
    """None if the synopsis has no such option."""
    value: Word | None = None


class Invocation(Struct, kw_only=True):
    """A parsed command line."""

    command: Command
    command_path: str
    synopsis: Synopsis
    options: list[Given] = []
    arguments: list[Word] = []
    is_sketch: bool = False
    """Whether parts are omitted or inserted by the shell, so that arguments cannot be counted."""

    @property
    def is_whole(self) -> bool:
        """Whether readers can run it: it is in a block, or has all required arguments."""
        return not self.command.is_span or len(self.arguments) >= max(self.synopsis.fewest, 1)

    @property
    def asks_for_help(self) -> bool:
        """Whether it only prints help or a version."""
        return any(given.name in _STANDS_ALONE for given in self.options)

    def named(self) -> dict[str, tuple[Given | None, Word | None]]:
        """Return the options by name, each with its value, including those given by position."""
        found: dict[str, tuple[Given | None, Word | None]] = {
            given.option.name: (given, given.value) for given in self.options if given.option
        }
        if self.synopsis.is_virsh and not self.is_sketch:
            # A value without its option belongs to the first option that is not given by name.
            left = [o for o in self.synopsis.valued if o.name not in found]
            for option, word in zip(left, self.arguments, strict=False):
                found[option.name] = (None, word)
        return found


def match_command_path(
    words: tuple[Word, ...], command_path: tuple[str, ...], shared: Synopsis | None
) -> int | None:
    """Return where the arguments begin, or None if a command has another command path.

    Args:
        words: the command's words. The first is the program, which is known to match.
        command_path: the words of the path, such as `("virsh", "migrate")`.
        shared: the synopsis of the program itself, whose options may precede a subcommand.
    """
    at = 1
    for name in command_path[1:]:
        while at < len(words) and words[at].text != name and words[at].text.startswith("-"):
            text = words[at].text
            option = shared.find(text.partition("=")[0]) if shared else None
            at += 1
            # Without a synopsis of the program, any of its options may take a value.
            takes_next = option.takes is Takes.VALUE if option else shared is None
            is_word = at < len(words) and not words[at].text.startswith("-")
            if takes_next and "=" not in text and is_word and words[at].text != name:
                at += 1
        if at >= len(words) or words[at].text != name:
            return None
        at += 1
    return at


def read_invocation(
    command: Command, command_path: str, synopsis: Synopsis, words: Iterable[Word]
) -> Invocation:
    """Parse the words that follow the command path of a command."""
    invocation = Invocation(command=command, command_path=command_path, synopsis=synopsis)
    reader = _Reader(invocation, list(words))
    reader.read()
    return reader.invocation


class _Reader:
    def __init__(self, invocation: Invocation, words: list[Word]) -> None:
        self.invocation, self.synopsis = invocation, invocation.synopsis
        self.left = list(reversed(words))

    def read(self) -> None:
        invocation = self.invocation
        while self.left:
            word = self.left.pop()
            text = word.text
            if text == "--":
                invocation.arguments += reversed(self.left)
                return
            if word.is_plain and _SKETCHED.fullmatch(text):
                invocation.is_sketch = True
                text = text.strip("[].…")
            elif word.is_expanded:
                invocation.is_sketch = True
            if text.startswith("--"):
                self.long(word, text)
            elif text.startswith("-") and len(text) > 1 and not _NUMBER.fullmatch(text):
                self.short(word, text)
            elif not (invocation.is_sketch and word.is_plain and _SKETCHED.fullmatch(word.text)):
                invocation.arguments.append(word)
                if self.synopsis.has_subcommands:
                    return  # what follows belongs to the subcommand
                if self.synopsis.is_open and self.left:
                    invocation.is_sketch = True
                    return

    def long(self, word: Word, text: str) -> None:
        name, equals, value = text.partition("=")
        option = self.synopsis.find(name)
        if equals:
            after = Word(value, word.start + len(name) + 1, word.end, word.is_plain)
            self.add(Given(name=name, word=word, option=option, value=after))
        else:
            self.with_value(name, word, option)

    def short(self, word: Word, text: str) -> None:
        """Read `-v`, `-xvf FILE`, `-n5`, or a long option with one dash."""
        whole = self.synopsis.find(text.partition("=")[0])
        if whole or self.synopsis.is_virsh:
            self.with_value(text, word, whole)
            return
        for number, letter in enumerate(text[1:], start=1):
            option = self.synopsis.find(f"-{letter}")
            if option is None:
                name = text if number == 1 else f"-{letter}"
                self.add(Given(name=name, word=word, option=None))
                return
            if option.takes is not Takes.NOTHING and text[number + 1 :]:
                value = Word(text[number + 1 :], word.start + number + 1, word.end, word.is_plain)
                self.add(Given(name=f"-{letter}", word=word, option=option, value=value))
                return
            if number == len(text) - 1:
                self.with_value(f"-{letter}", word, option)
            else:
                self.add(Given(name=f"-{letter}", word=word, option=option))

    def with_value(self, name: str, word: Word, option: Option | None) -> None:
        """Add an option, and the next word as its value if it takes one."""
        if option is None or option.takes is not Takes.VALUE:
            self.invocation.is_sketch |= option is not None and option.takes is Takes.PERHAPS
            self.add(Given(name=name, word=word, option=option))
            return
        following = self.left[-1] if self.left else None
        is_option = following is not None and following.text.startswith("--")
        # A value may begin with dashes; only a known option shows that the value is missing.
        if following is None or (is_option and self.synopsis.find(following.text.split("=")[0])):
            self.add(Given(name=name, word=word, option=option))
        else:
            self.add(Given(name=name, word=word, option=option, value=self.left.pop()))

    def add(self, given: Given) -> None:
        self.invocation.options.append(given)
