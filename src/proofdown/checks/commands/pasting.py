"""Check that readers can paste the commands of a page."""

import re
from collections.abc import Iterator

from proofdown.checks.commands.find import Typed, find_typed
from proofdown.checks.commands.lexer import Simple, Word, split_commands
from proofdown.diagnostics import Diagnostic
from proofdown.markup.syntax.code_blocks import Block
from proofdown.site.model import ComposedPage, SiteContext

_OPTIONAL = re.compile(
    r"\[(?:--?\w.*|<.*|(?!TAB|ENTER|RETURN|ESC|CTRL)[A-Z][A-Z0-9_-]{2,}(?:\.\.\.|…)?\](?:\.\.\.)?"
    r"|[a-z][a-z_-]{2,}(?:\.\.\.|…)?\](?:\.\.\.)?|\.\.\..*)"
)
_ANY_OPTIONS = re.compile(r"\[(?:flags?|options?|args?|arguments?)\](?:\.\.\.|…)?", re.IGNORECASE)
"""Placeholders that occur only in lines that show a syntax."""
_LEFT_OUT = re.compile(r"\.\.\.|.*…")
# Word processors turn `--` into a dash and straight quotes into curly ones.
_TYPOGRAPHIC = re.compile(r"[–—]\w.*|.*[“”].*|‘.*|.*\w’")
_TOOL = re.compile(r"[a-z0-9_.~/$\"'-]")
"""The first character of a command. Prose and most output begin with others."""
_IS_SYNTAX = re.compile(r"\b(?:usage|syntax|synopsis)\b", re.IGNORECASE)

Problem = tuple[str, int, int, str]
"""A message, the start and end offsets in the body, and a help text."""


def unpasteable_command(built: ComposedPage, context: SiteContext) -> Iterator[Diagnostic]:
    r"""A command that fails or does something else when it is pasted.

    ## What it does
    Checks the commands in console and shell blocks, and in plain blocks those whose help is under
    `commands:` in the settings. Finds options on a line of their own without a `\` at the end of
    the line before; `[--optional]` brackets and `…` for omitted parts; typographic dashes and
    quotes; and a command without a prompt among others that have one. Placeholders such as `GUEST`
    and `<name>` are fine, because readers see what to fill in. A block that shows a tool's syntax
    is not checked if its language is `text`, or if the line above it says "usage" or "syntax"; nor
    is a line with `[OPTIONS]` or `[flags]`.

    ## Why it matters
    In the example, the first line runs without its option, and the second line fails with
    "command not found".

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
    """Return whether a block contains commands, and does not show a syntax."""
    is_usage = any(line.text.lstrip().lower().startswith("usage:") for line in block.lines)
    return block.is_shell and not is_usage and not _IS_SYNTAX.search(block.before)


def _problems(built: ComposedPage, block: Block, tools: frozenset[str]) -> Iterator[Problem]:
    body = built.page.body
    typed = [t for t in find_typed(body, block, tools) if _TOOL.match(body, t.start)]
    for one in typed:
        parts = [(one.start, one.end)]
        if one.wrapped:
            # One problem per command: the first line that was meant to continue it.
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
    """Yield the numbers of a command's lines."""
    for number, line in enumerate(block.lines[: typed.last + 1]):
        if line.end >= typed.start:
            yield number
    yield from typed.wrapped


def _in_command(simple: Simple) -> Iterator[Problem]:
    words = simple.words
    is_syntax = any(_ANY_OPTIONS.fullmatch(word.text) for word in words)
    # After `test` and in `[ … ]`, brackets are commands and arguments.
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
        return f"`{word.text}` is in brackets, which the shell reads as a pattern", help_
    if _LEFT_OUT.fullmatch(word.text):
        return f"`{word.text}` omits a part of the command", "write it out"
    if _TYPOGRAPHIC.fullmatch(word.text):
        help_ = "type plain `-`, `\"` and `'`"
        return f"`{word.text}` has a typographic dash or quote, which no shell understands", help_
    return None


def _without_prompt(block: Block, tools: frozenset[str], typed: set[int]) -> Iterator[Problem]:
    """Yield commands without a prompt in a block where others have one."""
    if not block.has_prompts:
        return
    for number, line in enumerate(block.lines):
        first, _, rest = line.text.partition(" ")
        # `qemu-img: error` and `qemu-img version 8.2` are output.
        is_command = first == "sudo" or (first in tools and not rest.startswith((":", "version")))
        if number not in typed and is_command and rest and not rest[0].isspace():
            message = "this command has no prompt, but others in the block have one"
            yield message, line.start, line.end, "begin it with `$ `"
