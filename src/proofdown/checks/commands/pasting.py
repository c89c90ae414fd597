"""Commands that readers can paste."""

import re
from collections.abc import Iterator

from proofdown.checks.commands.find import Typed, find_typed
from proofdown.checks.commands.lexer import Simple, Word, split_commands
from proofdown.diagnostics import Diagnostic
from proofdown.markup.syntax.code_blocks import Block
from proofdown.site.model import BuiltPage, SiteContext

_OPTIONAL = re.compile(
    r"\[(?:--?\w.*|<.*|(?!TAB|ENTER|RETURN|ESC|CTRL)[A-Z][A-Z0-9_-]{2,}(?:\.\.\.|…)?\](?:\.\.\.)?"
    r"|[a-z][a-z_-]{2,}(?:\.\.\.|…)?\](?:\.\.\.)?|\.\.\..*)"
)
_ANY_OPTIONS = re.compile(r"\[(?:flags?|options?|args?|arguments?)\](?:\.\.\.|…)?", re.IGNORECASE)
"""What only a line that shows a syntax has in it."""
_LEFT_OUT = re.compile(r"\.\.\.|.*…")
_TYPOGRAPHIC = re.compile(r"[–—]\w.*|.*[“”].*|‘.*|.*\w’")
_TOOL = re.compile(r"[a-z0-9_.~/$\"'-]")
"""What a command begins with; prose and most of what is printed begin otherwise."""
_IS_SYNTAX = re.compile(r"\b(?:usage|syntax|synopsis)\b", re.IGNORECASE)

Problem = tuple[str, int, int, str]
"""What is wrong, where it begins and ends in the body, and what to do about it."""


def unpasteable_command(built: BuiltPage, context: SiteContext) -> Iterator[Diagnostic]:
    r"""A command that does not run when it is pasted.

    ## What it does
    In console and shell blocks, and in plain blocks for the commands that the settings tie to a
    help, finds options on a line of their own with no `\` before them; `[--optional]` brackets and
    `…` for what is left out; dashes and quotes that a word processor made; and a command without a
    prompt among others that have one. Placeholders such as `GUEST` and `<name>` are fine: readers
    see what to fill in. A block that shows a tool's syntax is no command: call it `text`, or say
    "usage" or "syntax" on the line above it. A line with `[OPTIONS]` or `[flags]` is taken for one.

    ## Why it matters
    The first line runs without its options, and the second is "command not found".

    ## Example
    ```console
    $ virsh migrate --live web1
        --migrateuri tcp://10.0.0.1
    ```

    ## Instead
    ```console
    $ virsh migrate --live web1 \
        --migrateuri tcp://10.0.0.1
    ```
    """
    tools = frozenset(setting.command_path[0] for setting in context.config.commands)
    for block in built.text.code_blocks:
        found = _problems(built, block, tools) if _is_judged(block) else ()
        for message, start, end, help_ in found:
            location = built.text.location(start, end)
            yield Diagnostic("unpasteable-command", message, location, help_)


def _is_judged(block: Block) -> bool:
    """Whether a block has commands in it, and is not there to show a syntax."""
    is_usage = any(line.text.lstrip().lower().startswith("usage:") for line in block.lines)
    return block.is_shell and not is_usage and not _IS_SYNTAX.search(block.before)


def _problems(built: BuiltPage, block: Block, tools: frozenset[str]) -> Iterator[Problem]:
    body = built.page.body
    typed = [t for t in find_typed(body, block, tools) if _TOOL.match(body, t.start)]
    for one in typed:
        parts = [(one.start, one.end)]
        if one.wrapped:
            line = block.lines[one.wrapped[0]]
            start = line.end - len(line.text.lstrip())
            message = "the line before this one ends the command"
            yield message, start, line.end, "end it with a `\\`"
            parts += ((block.lines[n].start, block.lines[n].end) for n in one.wrapped)
        for start, end in parts:
            for simple in split_commands(body, start, end):
                yield from _in_command(simple)
    yield from _without_prompt(block, tools, {n for one in typed for n in _numbers(block, one)})


def _numbers(block: Block, typed: Typed) -> Iterator[int]:
    """Yield the numbers of the lines that something typed stands on."""
    for number, line in enumerate(block.lines[: typed.last + 1]):
        if line.end >= typed.start:
            yield number
    yield from typed.wrapped


def _in_command(simple: Simple) -> Iterator[Problem]:
    words = simple.words
    is_syntax = any(_ANY_OPTIONS.fullmatch(word.text) for word in words)
    if is_syntax or words[0].text in ("[", "[[", "test") or _LEFT_OUT.fullmatch(words[0].text):
        return
    for word in words:
        problem = _in_word(word)
        if problem:
            yield problem[0], word.start, word.end, problem[1]
            return


def _in_word(word: Word) -> tuple[str, str] | None:
    if not word.is_plain:
        return None
    if _OPTIONAL.fullmatch(word.text):
        help_ = "write one example with it and one without"
        return f"`{word.text}` stands in brackets, which the shell takes for a pattern", help_
    if _LEFT_OUT.fullmatch(word.text):
        return f"`{word.text}` leaves out a part of the command", "write it out"
    if _TYPOGRAPHIC.fullmatch(word.text):
        help_ = "type plain `-`, `\"` and `'`"
        return f"`{word.text}` has a dash or a quote that no shell knows", help_
    return None


def _without_prompt(block: Block, tools: frozenset[str], typed: set[int]) -> Iterator[Problem]:
    """Yield commands without a prompt in a block whose others have one."""
    if not block.has_prompts:
        return
    for number, line in enumerate(block.lines):
        first, _, rest = line.text.partition(" ")
        is_command = first == "sudo" or (first in tools and not rest.startswith((":", "version")))
        if number not in typed and is_command and rest and not rest[0].isspace():
            message = "this command has no prompt, and others in the block have one"
            yield message, line.start, line.end, "begin it with `$ `"
