"""The command lines of a page: in blocks of code, and in code spans."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from proofdown.masking import mask_fences
from proofdown.shellwords import Simple, Word, is_complete, split_commands

SESSIONS = frozenset("console shell-session shellsession sh-session bash-session terminal".split())
"""Languages of blocks with what a person types and what is printed."""
SCRIPTS = frozenset("sh bash shell zsh ksh dash".split())
"""Languages of blocks in which every line is a command, unless some have prompts."""

_FENCE = re.compile(r"(?P<indent>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*)(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)$")
_LANGUAGE = re.compile(r"\s*(?:\{\s*\.?)?(?P<language>[\w+.#-]*)")
_PROMPT = re.compile(
    r"(?:\([\w.-]+\) )?(?:\[?[\w.-]+@[\w.-]+[^\s\]$#%]*(?: [^\s\]$#%]+)?\]? ?[$#%]"
    r"|PS(?: [A-Za-z]:[^>\n]*)?>|[A-Za-z]:\\[^>\n]*>|[A-Za-z][\w.-]*[$#]|[$❯➜])[ \t]+(?=\S)"
)
_WEAK_PROMPT = re.compile(r"[%#][ \t]+(?=\S)")
"""A prompt to some and a comment or an output to others."""
_SPAN = re.compile(r"(?<![`\\])(?P<ticks>`+)(?!`)(?P<text>(?:(?!\n[ \t]*\n)[\s\S])+?)(?<!`)(?P=ticks)(?!`)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_TOOL = re.compile(r"[A-Za-z0-9_.~][\w.+~/-]*")

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


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a block of code, without the indent of its fence."""

    text: str
    start: int
    """Offset in the page's body."""

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    language: str
    lines: tuple[Line, ...]

    @property
    def is_session(self) -> bool:
        """Whether it shows what is typed, by its language or its prompts."""
        return self.language in SESSIONS or self.has_prompts

    @property
    def is_script(self) -> bool:
        """Whether every line of it is a command."""
        return self.language in SCRIPTS and not self.has_prompts

    @property
    def has_prompts(self) -> bool:
        """Whether a line of it begins with a prompt."""
        return self.is_shell and any(_PROMPT.match(line.text) for line in self.lines)

    @property
    def is_shell(self) -> bool:
        """Whether there can be commands in it."""
        return not self.language or self.language in SESSIONS or self.language in SCRIPTS


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its words, the program first; what runs it, such as `sudo`, is left out."""

    words: tuple[Word, ...]
    is_span: bool
    """Whether it stands in a sentence, where it may be a mention and not whole."""

    @property
    def tool(self) -> str:
        """The program's name without its folder."""
        name = self.words[0].text
        return name.rpartition("/")[2] if name.startswith("/") else name

    @property
    def is_shells_own(self) -> bool:
        """Whether the shell itself does it, as with `cd`."""
        return self.tool in _SHELL_OWN

    @property
    def start(self) -> int:
        """Offset of its first character in the page's body."""
        return self.words[0].start

    @property
    def end(self) -> int:
        """Offset behind its last."""
        return max(word.end for word in self.words)


@dataclass(frozen=True, slots=True)
class Typed:
    """One thing typed in a block: a line with those that continue it."""

    start: int
    end: int
    last: int
    """Number of the last of its lines in the block, from 0."""
    has_prompt: bool
    program: str = ""
    """The program at whose own prompt it is typed; empty at the shell's."""


@lru_cache(maxsize=64)
def find_blocks(body: str) -> tuple[Block, ...]:
    """Return the fenced blocks of a page."""
    return tuple(_find_blocks(body)) if "```" in body or "~~~" in body else ()


def _find_blocks(body: str) -> Iterator[Block]:
    fence, indent, language, lines, offset = "", 0, "", list[Line](), 0
    for text in body.split("\n"):
        stripped = text.strip(" \t>")
        if fence:
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                yield Block(language, tuple(lines))
                fence = ""
            else:
                lead = min(indent, len(text) - len(text.lstrip(" \t>")))
                lines.append(Line(text[lead:], offset + lead))
        elif found := _FENCE.match(text):
            fence, indent, lines = found["fence"], len(found["indent"]), []
            named = _LANGUAGE.match(found["info"])
            language = named["language"].lower() if named else ""
        offset += len(text) + 1


@lru_cache(maxsize=64)
def find_spans(body: str) -> tuple[tuple[int, int], ...]:
    """Return where the code spans of a page begin and end, their backticks left out."""
    return tuple(found.span("text") for found in _SPAN.finditer(mask_fences(body)))


@lru_cache(maxsize=64)
def find_commands(body: str, tools: frozenset[str]) -> tuple[Command, ...]:
    """Return the commands of a page.

    Args:
        body: the page's Markdown.
        tools: programs that the site knows. A code span that begins with one is a command, and so
            is a line without a prompt in a block that is not plainly a script.
    """
    found = [c for block in find_blocks(body) for c in _block_commands(body, block, tools)]
    for start, end in find_spans(body):
        text = body[:start] + body[start:end].replace("\n", " ")
        if body[start:end].split(" ", 1)[0] in tools:
            found += (c for s in split_commands(text, start, end) for c in _whole(text, s, True))
    known = (c for c in found if not c.is_span or c.tool in tools)
    return tuple(sorted(known, key=lambda c: c.start))


def _block_commands(body: str, block: Block, tools: frozenset[str]) -> Iterator[Command]:
    for typed in find_typed(body, block, tools):
        for number, simple in enumerate(split_commands(body, typed.start, typed.end)):
            if typed.program and not number:
                name = Word(typed.program, typed.start, typed.start)
                simple = Simple((name, *simple.words), simple.start, simple.end, simple.after)
            yield from _whole(body, simple, is_span=False)


def find_typed(body: str, block: Block, tools: frozenset[str]) -> Iterator[Typed]:
    """Yield what is typed in a block, line by line with their continuations."""
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
        while last + 1 < len(block.lines) and not is_complete(body, start, block.lines[last].end):
            last += 1
        if last > number and not is_complete(body, start, block.lines[last].end):
            last = number  # an apostrophe, and no quote
        yield Typed(start, block.lines[last].end, last, has_prompt, program)
        number = last + 1


def _typed(block: Block, line: Line, tools: frozenset[str]) -> tuple[int, bool, str] | None:
    """Return where a command begins on a line, whether after a prompt, and whose prompt."""
    text = line.text
    if own := re.match(r"([\w.-]+) ?[#>] +(?=\S)", text):
        if own[1] in tools:
            return line.start + own.end(), True, own[1]
    if prompt := _PROMPT.match(text):
        return line.start + prompt.end(), True, ""
    weak = None if block.is_script else _WEAK_PROMPT.match(text)
    start = weak.end() if weak else len(text) - len(text.lstrip())
    first = text[start:].split(" ", 1)[0]
    is_known = first in tools or (first == "sudo" and any(t in text for t in tools))
    if block.is_script:
        return (line.start + start, False, "") if text.strip() else None
    if is_known and (weak or not block.has_prompts):
        return line.start + start, bool(weak), ""
    return None


def _whole(text: str, simple: Simple, is_span: bool) -> Iterator[Command]:
    """Yield a command without what stands before its program, then one that it runs elsewhere."""
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
    if len(rest) == 1 and " " in rest[0].text and not rest[0].is_plain:
        for inner in split_commands(text, rest[0].start + 1, rest[0].end - 1):
            yield from _whole(text, inner, is_span)
    elif rest:
        yield from _whole(text, Simple(tuple(rest), rest[0].start, simple.end, ""), is_span)


def _after_options(words: list[Word], with_value: str) -> list[Word]:
    """Return what is left of a program's words after its own options."""
    while words and words[0].text.startswith("-") and len(words[0].text) > 1:
        option = words.pop(0).text
        if option == "--":
            break
        is_lone = not option.startswith("--") and option[-1] in with_value
        if is_lone and all(letter not in with_value for letter in option[1:-1]) and words:
            del words[0]
    return words
