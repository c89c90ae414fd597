"""Split shell source into simple commands, with the offsets of every word.

Unlike Python's `shlex`, this lexer keeps offsets, and it accepts what documentation is full of:
placeholders such as `<name>`, and `…` for omitted parts.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

# A backslash joins lines, of which the second may begin with the shell's prompt `> `.
_SPACES = re.compile(r"(?:[ \t]|\\\n[ \t]*(?:> )?)+")
# `<name>` or `<host:port>`, which a shell would take for two redirections.
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w .:/|-]*>")
_REDIRECTION = re.compile(
    r"(?:\d*|&)(?P<op><<<|<<-?|<>|>>|>\||>&|<&|>|<)(?P<copy>(?<=&)(?:\d+|-))?"
)
_SEPARATOR = re.compile(r"&&|\|\||\|&|;;|[;|&\n]")
_DOUBLE_QUOTED = re.compile(r'"(?:[^"\\]|\\[\s\S])*"')
_SINGLE_QUOTED = re.compile(r"'[^']*'")
# In double quotes, a backslash escapes only these (POSIX, 2.2.3).
_ESCAPE = re.compile(r'\\([$`"\\\n])')
_PLAIN = re.compile(r"[^\s'\"\\$`<>;|&()#]+")
_CLOSERS = {"(": ")", "{": "}"}


class Word(Struct, frozen=True):
    """A word of a command, as the program receives it."""

    text: str
    start: int
    """Offset of its first character, quotes included."""
    end: int
    is_plain: bool = True
    """Whether it has no quotes, escapes or expansions."""

    @property
    def is_expanded(self) -> bool:
        """Whether the shell replaces it, perhaps by several words."""
        return not self.is_plain and ("$" in self.text or "`" in self.text)


class Simple(Struct, frozen=True, kw_only=True):
    """A simple command: its words without redirections, up to the next `|`, `;` or line end."""

    words: tuple[Word, ...]
    start: int
    end: int
    after: str
    """The separator that ends it: `|`, `&&`, a line end, or nothing."""


def split_commands(text: str, start: int = 0, end: int | None = None) -> tuple[Simple, ...]:
    """Return the simple commands in a part of a text, up to the first that cannot be read."""
    return tuple(_Lexer(text, start, len(text) if end is None else end).commands())


def is_complete(text: str, start: int, end: int) -> bool:
    """Return whether a command ends within a part of a text, with all of its quotes closed."""
    lexer = _Lexer(text, start, end)
    commands = list(lexer.commands())
    after = commands[-1].after if commands else ""
    return lexer.is_closed and after not in ("|", "&&", "||", "|&")


class _Lexer:
    """Reads a part of a text from start to end."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.at, self.end = text, start, end
        self.is_closed = True
        """Whether every quote, bracket and here-document that was opened is closed."""
        self.heredocs: list[str] = []
        self.words: list[Word] = []

    def commands(self) -> Iterator[Simple]:
        start = self.at
        while self.at < self.end:
            after = self._step()
            if after is None:
                continue
            if self.words:
                yield self._simple(start, after)
            start, self.words = self.at, []
            if after == "\n":
                self._skip_heredocs()
        if self.words:
            yield self._simple(start, "")
        self.is_closed = self.is_closed and not self.heredocs

    def _simple(self, start: int, after: str) -> Simple:
        first = self.words[0].start if self.words else start
        return Simple(words=tuple(self.words), start=first, end=self.words[-1].end, after=after)

    def _step(self) -> str | None:
        """Read one token. Return the separator if it ends a command, or else None."""
        text, at = self.text, self.at
        if spaces := _SPACES.match(text, at, self.end):
            self.at = spaces.end()
        elif text[at] == "\\" and text[at + 1 : at + 2] in ("", "\n"):
            self.at = self.end
            self.is_closed = False
        elif text[at] == "#":
            line_end = text.find("\n", at, self.end)
            self.at = self.end if line_end < 0 else line_end
        elif separator := _SEPARATOR.match(text, at, self.end):
            if not (separator[0] == "&" and text[at + 1 : at + 2] == ">"):  # `&>` redirects
                self.at = separator.end()
                return separator[0]
            self._redirection(at)
        elif text[at] in "()":
            self.at += 1
            return text[at]
        elif not self._redirection(at):
            self._word()
        return None

    def _redirection(self, at: int) -> bool:
        """Skip a redirection with its target; return whether there is one."""
        found = _REDIRECTION.match(self.text, at, self.end)
        # `<name>` is a placeholder, and `<(…)` a process substitution, which belongs to a word.
        is_placeholder = found and found["op"] == "<" and _PLACEHOLDER.match(self.text, at)
        if not found or is_placeholder or self.text[found.end() : found.end() + 1] == "(":
            return False
        self.at = found.end()
        if found["copy"]:
            return True
        if spaces := _SPACES.match(self.text, self.at, self.end):
            self.at = spaces.end()
        before = len(self.words)
        if self.at < self.end and self.text[self.at] not in "\n;|&()":
            self._word()
        target = self.words[before:]
        del self.words[before:]
        if found["op"] in ("<<", "<<-") and target:
            self.heredocs.append(target[0].text)
        return True

    def _skip_heredocs(self) -> None:
        for delimiter in self.heredocs:
            # Tabs may precede the delimiter of `<<-`, and blanks one that is in an indented block.
            pattern = re.compile(rf"[ \t]*{re.escape(delimiter)}[ \t]*$", re.MULTILINE)
            while self.at < self.end:
                is_last = pattern.match(self.text, self.at, self.end)
                line_end = self.text.find("\n", self.at, self.end)
                self.at = self.end if line_end < 0 else line_end + 1
                if is_last:
                    break
            else:
                self.is_closed = False
        self.heredocs = []

    def _word(self) -> None:
        """Read a word. A quote that is not closed extends to the end."""
        start, parts, is_plain = self.at, [], True
        while self.at < self.end:
            before = self.at
            part, was_plain = self._part(before, is_first=before == start)
            if part is None:
                break
            is_plain = is_plain and was_plain
            parts.append(part)
        if self.at == start:  # take a character that begins no word, so that the lexer advances
            parts.append(self.text[start])
            self.at += 1
        self.words.append(Word("".join(parts), start, self.at, is_plain))

    def _part(self, at: int, *, is_first: bool) -> tuple[str | None, bool]:
        """Read a part of a word. Return it as the program receives it, and whether it is plain."""
        text, char = self.text, self.text[at]
        literal = _PLAIN.match(text, at, self.end) or _PLACEHOLDER.match(text, at, self.end)
        if literal or (char == "#" and not is_first):
            self.at = literal.end() if literal else at + 1
            return text[at : self.at], True
        if char in "'\"":
            return self._quoted(at), False
        if char == "\\" and at + 1 < self.end and text[at + 1] != "\n":
            self.at += 2
            return text[at + 1], False
        if char in "$`" or (char in "<>" and text[at + 1 : at + 2] == "("):
            return self._expansion(at), False
        return None, True

    def _quoted(self, at: int) -> str:
        pattern = _SINGLE_QUOTED if self.text[at] == "'" else _DOUBLE_QUOTED
        found = pattern.match(self.text, at, self.end)
        self.at = found.end() if found else self.end
        self.is_closed = self.is_closed and found is not None
        inner = found[0][1:-1] if found else self.text[at + 1 : self.end]
        # Only in double quotes does the shell treat a backslash as an escape.
        return inner if self.text[at] == "'" else _ESCAPE.sub(r"\1", inner).replace("\n", "")

    def _expansion(self, at: int) -> str:
        """Read `$name`, `${…}`, `$(…)`, a command in backticks, or `<(…)` without expanding it."""
        opener = "`" if self.text[at] == "`" else self.text[at + 1 : at + 2]
        closer = "`" if opener == "`" else _CLOSERS.get(opener, "")
        self.at = at + 1
        if closer:
            self.at = self._after_closer(at + (opener != "`"), opener, closer)
        return self.text[at : self.at]

    def _after_closer(self, at: int, opener: str, closer: str) -> int:
        depth = 0
        for position in range(at, self.end):
            char = self.text[position]
            if char == closer and (depth == 1 if opener != closer else position > at):
                return position + 1
            depth += (char == opener) - (char == closer)
        self.is_closed = False
        return self.end
