"""Find the command lines of a page, in code blocks and in code spans."""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from proofdown.checks.commands.lexer import Simple, Word, is_complete, split_commands
from proofdown.markup.page_text import PageText
from proofdown.markup.syntax.code_blocks import PROMPT, Block, Line

_OWN_PROMPT = re.compile(r"([\w.-]+) ?[#>] +(?=\S)")
"""A program's own prompt, as in `virsh # list`."""
_WEAK_PROMPT = re.compile(r"[%#][ \t]+(?=\S)")
"""A prompt in some shells, but also a comment or a part of some output."""
_SPAN_START = re.compile(r"(?P<prompt>\s*(?:\$ +)?)(?:sudo +)?(?P<tool>[^\s;|&]+)")
# An environment variable before a command, as in `LC_ALL=C virsh list`.
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_TOOL = re.compile(r"[A-Za-z0-9_.~/][\w.+~/-]*")

_GOES_ON = re.compile(r"\s*(?:--[A-Za-z][\w-]*(?=[\s=\]]|$)|\[-{1,2}\w)")
"""A line that begins with an option, so it cannot be a command."""
_ARGUMENT = re.compile(r"[ \t]+(?:-{1,2}\w|\[|<\w|'?[a-z][a-z0-9+.-]*:/)")
_DESCRIBED = re.compile(r"\s*\S+(?: \S+)*(?: {2,}|\t)\S")
"""An option with its description, as in help texts."""
_OPENS = re.compile(r"(?:\b(?:then|do|else)|[{(])\s*$")
_ASKS_FOR_HELP = re.compile(r"\s(?:--?help|-h|help|man)\b|\bman ")
_LONGEST = 100
"""Most lines of one command."""

# Words of the shell's grammar that a command may follow.
_KEYWORDS = frozenset("if then else elif do while until ! { time".split())
_ENDS = frozenset("for case select function done fi esac } [ [[ in".split())
_BEFORE = {
    "sudo": "CDghpRrTtUu",
    "doas": "Cu",
    "env": "uCS",
    "nohup": "",
    "nice": "n",
    "exec": "a",
    "command": "",
    "time": "fo",
    "ssh": "BbcDEeFIiJLlmOopQRSWw",
}
"""Programs that run another one, each with its options that take a value."""
_SHELL_OWN = frozenset(
    ". : alias bg bind break builtin cd command continue declare dirs disown echo eval exec exit "
    "export false fg getopts hash help history jobs let local logout popd printf pushd pwd read "
    "readonly return set shift shopt source test times trap true type typeset ulimit umask "
    "unalias unset wait".split()
)
"""Commands of the shell itself."""


class Command(Struct, frozen=True):
    """A command as words, the program first, without what runs it, such as `sudo`."""

    words: tuple[Word, ...]
    is_span: bool
    """Whether it is in a sentence, which may mention a command without its arguments."""

    @property
    def tool(self) -> str:
        """The program's name without its folder."""
        name = self.words[0].text
        return name.rpartition("/")[2] if name.startswith("/") else name

    @property
    def is_shells_own(self) -> bool:
        """Whether it is a builtin of the shell, such as `cd`."""
        return self.tool in _SHELL_OWN

    @property
    def runs_another(self) -> bool:
        """Whether it runs another command, which is yielded as a command of its own."""
        return self.tool in _BEFORE

    @property
    def start(self) -> int:
        """Offset of its first character in the page's body."""
        return self.words[0].start

    @property
    def end(self) -> int:
        """Offset after its last character."""
        return max(word.end for word in self.words)


class Typed(Struct, frozen=True, kw_only=True):
    """An input in a block: a line with its continuation lines."""

    start: int
    end: int
    last: int
    """Number of the last of its lines in the block, from 0."""
    has_prompt: bool
    program: str = ""
    """The program whose prompt it follows; empty for the shell."""
    wrapped: tuple[int, ...] = ()
    """Numbers of the lines that were meant to continue it, but lack a `\\` before them."""


def find_commands(page: PageText, tools: frozenset[str]) -> tuple[Command, ...]:
    """Return the commands of a page.

    Args:
        page: the page's text.
        tools: the programs with a help. A code span that begins with one is a command, and so is
            a line without a prompt in a block that is not clearly a script.
    """
    body = page.body
    found = [c for block in page.code_blocks for c in _block_commands(body, block, tools)]
    for start, end in page.code_spans:
        begins = _SPAN_START.match(body, start, end)
        if begins and begins["tool"] in tools:
            # Same length, so that offsets stay right.
            text = body[:start] + body[start:end].replace("\n", " ")
            simples = split_commands(text, begins.end("prompt"), end)
            found += (c for simple in simples for c in _whole(text, simple, is_span=True))
    known = (c for c in found if not c.is_span or c.tool in tools)
    return tuple(sorted(known, key=lambda c: c.start))


def _block_commands(body: str, block: Block, tools: frozenset[str]) -> Iterator[Command]:
    for typed in find_typed(body, block, tools):
        text = body
        for wrapped in typed.wrapped:
            start = block.lines[wrapped].start
            # A space for the line break keeps the length, so that offsets stay right.
            text = text[: start - 1] + " " + text[start:]
        end = block.lines[typed.wrapped[-1]].end if typed.wrapped else typed.end
        for number, simple in enumerate(split_commands(text, typed.start, end)):
            words = simple.words
            if typed.program and not number:
                words = (Word(typed.program, typed.start, typed.start), *words)
            yield from _whole(text, replace(simple, words=words), is_span=False)


def find_typed(body: str, block: Block, tools: frozenset[str]) -> Iterator[Typed]:
    """Yield the inputs in a block, each with its continuation lines."""
    if not block.is_shell:
        return
    number = 0
    while number < len(block.lines):
        typed = _typed(block, block.lines[number], tools)
        if typed is None:
            number += 1
            continue
        start, has_prompt, program = typed
        last = number
        final = min(number + _LONGEST, len(block.lines) - 1)
        while last < final and not is_complete(body, start, block.lines[last].end):
            last += 1
        if last > number and not is_complete(body, start, block.lines[last].end):
            last = number  # the quote that never closes is an apostrophe
        found = Typed(
            start=start,
            end=block.lines[last].end,
            last=last,
            has_prompt=has_prompt,
            program=program,
        )
        wrapped = tuple(_find_wrapped(body, block, found))
        yield replace(found, wrapped=wrapped)
        number = wrapped[-1] + 1 if wrapped else last + 1


def _find_wrapped(body: str, block: Block, typed: Typed) -> Iterator[int]:
    """Yield the numbers of lines meant to continue a command: options, or indented arguments."""
    command = body[typed.start : typed.end]
    # After `--help` options are output, and after `then` or `{` the next line is a command.
    is_other = _ASKS_FOR_HELP.search(command) or _OPENS.search(command)
    if is_other or not _TOOL.match(command):
        return
    pattern = _GOES_ON if typed.has_prompt else _ARGUMENT
    lead = _indent(block.lines[typed.last])
    for number in range(typed.last + 1, len(block.lines)):
        line = block.lines[number]
        is_deeper = _indent(line) > lead and pattern.match(line.text) is not None
        if not (is_deeper or _GOES_ON.match(line.text)) or _DESCRIBED.match(line.text):
            return
        yield number


def _indent(line: Line) -> int:
    return len(line.text) - len(line.text.lstrip())


def _typed(block: Block, line: Line, tools: frozenset[str]) -> tuple[int, bool, str] | None:
    """Return the offset of a line's command, whether a prompt precedes it, and whose prompt."""
    text = line.text
    own = _OWN_PROMPT.match(text)
    if own and own[1] in tools:
        return line.start + own.end(), True, own[1]
    if prompt := PROMPT.match(text):
        return line.start + prompt.end(), True, ""
    weak = None if block.is_script else _WEAK_PROMPT.match(text)
    start = weak.end() if weak else len(text) - len(text.lstrip())
    first = text[start:].split(" ", 1)[0]
    is_known = first in tools or (first == "sudo" and any(t in text for t in tools))
    if block.is_script:
        return (line.start + start, False, "") if text.strip() else None
    if is_known and not block.has_prompts:
        return line.start + start, bool(weak), ""
    return None


def _whole(text: str, simple: Simple, *, is_span: bool) -> Iterator[Command]:
    """Yield a command from its program on, and then the command that it runs, if it runs one."""
    words = list(simple.words)
    while words and (words[0].text in _KEYWORDS or _ASSIGNMENT.match(words[0].text)):
        del words[0]
    if not words or simple.after == "(" or words[0].text in _ENDS:
        return
    tool = words[0].text
    if tool not in _BEFORE:
        if _TOOL.fullmatch(tool):
            yield Command(tuple(words), is_span)
        return
    rest = _after_options(words[1:], _BEFORE[tool])
    if tool == "ssh":
        host, rest = rest[:1], rest[1:]
        yield Command(tuple(words[: len(words) - len(rest)] if host else words), is_span)
    # `ssh host 'virsh list | grep x'`: the quoted argument is a shell command line.
    if len(rest) == 1 and " " in rest[0].text and not rest[0].is_plain:
        for inner in split_commands(text, rest[0].start + 1, rest[0].end - 1):
            yield from _whole(text, inner, is_span=is_span)
    elif rest:
        inner = Simple(words=tuple(rest), start=rest[0].start, end=simple.end, after="")
        yield from _whole(text, inner, is_span=is_span)


def _after_options(words: list[Word], with_value: str) -> list[Word]:
    """Return the words after a program's own options."""
    while words and words[0].text.startswith("-") and len(words[0].text) > 1:
        option = words.pop(0).text
        if option == "--":
            break
        is_lone = not option.startswith("--") and option[-1] in with_value
        if is_lone and all(letter not in with_value for letter in option[1:-1]) and words:
            del words[0]
    return words
