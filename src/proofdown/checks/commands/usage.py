"""Parse a usage line into the options and arguments that it declares.

Examples of usage lines:

migrate <domain> <desturi> [--live] [--migrateuri <string>]
git clone [<options>] [--] <repo> [<dir>]
prog [-h] [--mode {a,b}] (--all | --none) SRC... DEST
"""

import re
from collections.abc import Iterator

from msgspec import Struct

_TOKEN = re.compile(
    r"(?P<option>--?\[no-\][\w-]+|--?[A-Za-z0-9?][\w-]*)"
    r"(?P<value>\[=?(?:<[^<>]*>|\([^()]*\)|[\w.-]+)\]"
    r"|(?:=<[^<>]*>)+|=(?:\{[^{}]*\}|\([^()]*\)\w*|[^\s\[\]|(){}]+))?"
    r"|(?P<more>\.\.\.|…)|(?P<angled><[^<>\n]+>(?:=<[^<>\n]+>)*)|(?P<choice>\{[^{}<>|]*,[^{}<>]*\})"
    r"|(?P<mark>[\[\](){}|])|(?P<word>[^\s\[\](){}|<>.…]+(?:\.(?!\.)[^\s\[\](){}|<>.…]*)*)|\S"
)
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_DEEPEST = 30
_ANY_OPTIONS = re.compile(r"<?(?:global[- ])?(?:options?|flags?|switches)>?", re.IGNORECASE)
# `COMMAND`, `<subcommand>`, `sub-command`, `CMD`.
_SUBCOMMAND = re.compile(r"<?(?:sub)?-?(?:command|cmd)(?:[_-]string)?>?", re.IGNORECASE)
# `ARG...`, `[script-file] [args]`: what a shell or an interpreter passes on.
_PASSED_ON = re.compile(r"<?(?:arg(?:ument)?s?|(?:script|program)(?:[_-]?file)?)>?", re.IGNORECASE)
# Without a `...`, only the plural says so, as in `FILES` or `args`.
_SEVERAL = re.compile(
    r"<?(?:[A-Z]{2,}S|args?|.*(?:expression|filter|command|script)s?)>?", re.IGNORECASE
)


class Argument(Struct, frozen=True):
    """A positional argument."""

    name: str
    is_required: bool
    is_repeated: bool
    """Whether there can be several, or the usage does not say."""

    @property
    def is_subcommand(self) -> bool:
        """Whether it is another command, with options of its own."""
        return _SUBCOMMAND.fullmatch(self.name) is not None

    @property
    def is_passed_on(self) -> bool:
        """Whether it is a program that the command runs, or an argument of that program."""
        return self.is_repeated and _PASSED_ON.fullmatch(self.name) is not None


class Usage(Struct):
    """What one usage line declares."""

    options: list[tuple[str, str]] = []
    """Each option with its value as written; empty if it takes none."""
    arguments: list[Argument] = []
    exclusive: list[tuple[str, ...]] = []
    """Options that exclude each other, because the usage has a `|` between them."""
    is_certain: bool = True
    """Whether the whole line was understood, so that arguments can be counted."""


class _Node(Struct, kw_only=True):
    """A node of a usage line's syntax tree."""

    kind: str
    """`option`, `argument` or `group`."""
    text: str = ""
    value: str = ""
    alternatives: list[list["_Node"]] = []
    is_optional: bool = False
    is_repeated: bool = False


def read_usage(line: str) -> Usage:
    """Parse a usage line, which is given without the program's name."""
    tokens = list(_TOKEN.finditer(line))
    alternatives, _ = _parse(tokens, 0, "", 0)
    usage = Usage(is_certain=all(token.lastgroup for token in tokens))
    for nodes in alternatives:
        _collect(nodes, usage, is_required=len(alternatives) == 1)
    return usage


def _parse(
    tokens: list[re.Match[str]], at: int, closer: str, depth: int
) -> tuple[list[list[_Node]], int]:
    """Return the alternatives up to a closing mark, and the number of the token after it."""
    alternatives: list[list[_Node]] = [[]]
    while at < len(tokens):
        token, nodes = tokens[at], alternatives[-1]
        at += 1
        mark = token["mark"]
        if mark and mark == closer:
            break
        if mark == "|":
            alternatives.append([])
        elif mark in _CLOSING and depth < _DEEPEST:  # far below Python's limit of recursion
            inside, at = _parse(tokens, at, _CLOSING[mark], depth + 1)
            nodes.append(_Node(kind="group", alternatives=inside, is_optional=mark == "["))
        elif token["more"]:
            if nodes:
                nodes[-1].is_repeated = True
        elif token["option"]:
            nodes.append(_Node(kind="option", text=token["option"], value=token["value"] or ""))
        elif (text := token["angled"] or token["choice"] or token["word"]) and text != "--":
            nodes.append(_Node(kind="argument", text=text))
    return alternatives, at


def _collect(
    nodes: list[_Node],
    usage: Usage,
    *,
    is_required: bool,
    is_repeated: bool = False,
    depth: int = 0,
) -> None:
    """Add the options and arguments of nodes to a usage."""
    # Reversed, because `pop` from the end of a list is cheap.
    left = list(reversed(nodes))
    while left:
        node = left.pop()
        following = left[-1] if left else None
        if node.kind == "option":
            value = node.value
            if not value and following and following.kind != "option":
                if _is_value(following, nodes, is_inside=depth > 0):
                    value = f" {_text_of(left.pop())}"
                elif depth:
                    # In `[-o NAME VALUE]` it is unclear what belongs to the option.
                    value = " [perhaps]"
                    left = [n for n in left if n.kind == "option"]
            usage.options.append((node.text, value))
        elif node.kind == "argument":
            if not any(char.isalnum() for char in node.text):
                usage.is_certain = False
            elif not _ANY_OPTIONS.fullmatch(node.text):
                several = is_repeated or node.is_repeated or bool(_SEVERAL.fullmatch(node.text))
                usage.arguments.append(Argument(node.text, is_required, several))
        else:
            is_more = is_repeated or node.is_repeated
            _collect_group(node, usage, is_required=is_required, is_repeated=is_more, depth=depth)


def _is_value(node: _Node, nodes: list[_Node], *, is_inside: bool) -> bool:
    """Return whether a node after an option is its value: alone with it, or in capitals."""
    if node.kind == "group":
        inner = [n for alternative in node.alternatives for n in alternative]
        return len(nodes) == 2 and len(inner) == 1 and inner[0].kind == "argument"
    is_alone = len(nodes) == 2
    is_metavar = not is_inside and (node.text.isupper() or node.text[:1] == "{")
    return node.kind == "argument" and (is_alone or is_metavar)


def _text_of(node: _Node) -> str:
    return node.text or f"[{node.alternatives[0][0].text}]"


def _collect_group(
    node: _Node, usage: Usage, *, is_required: bool, is_repeated: bool, depth: int
) -> None:
    is_choice = len(node.alternatives) > 1
    is_required = is_required and not node.is_optional and not is_choice
    for nodes in node.alternatives:
        _collect(nodes, usage, is_required=is_required, is_repeated=is_repeated, depth=depth + 1)
    firsts = [alternative[0] for alternative in node.alternatives if alternative]
    if is_choice and not node.is_repeated and all(n.kind == "option" for n in firsts):
        usage.exclusive.append(tuple(n.text for n in firsts))


def usage_lines(text: str, command_path: tuple[str, ...]) -> Iterator[str]:
    """Yield the usage lines of a help text, with continuations, without the command's name."""
    for line in _joined(text, command_path):
        words = line.split()
        names = {word.casefold() for word in command_path}
        skipped = 0
        # The first word is the program, under whatever name its help knows it.
        while skipped < len(words) and (
            skipped == 0 or words[skipped].casefold().rpartition("/")[2] in names
        ):
            skipped += 1
        yield " ".join(words[skipped:])


def is_shared(text: str, command_path: tuple[str, ...]) -> bool:
    """Return whether a help text covers other commands of the tool too, as `git log -h` does."""
    for line in _joined(text, command_path) if len(command_path) > 1 else ():
        tool, _, rest = line.partition(" ")
        name = _COMMAND_NAME.match(rest)
        if tool == command_path[0] and name and name[0] not in command_path:
            return True
    return False


_COMMAND_NAME = re.compile(r"[a-z][a-z-]+(?=\s|$)")
_SECTION = re.compile(
    r"^[ \t]*SYNOPSIS:?[ \t]*\n"
    r"(?P<lines>(?:[ \t]*\n)?(?:[ \t]+\S.*\n?|[ \t]*\n(?=[ \t]{5}))+)",
    re.MULTILINE,
)
_USAGE = re.compile(
    r"^[ \t]*usage:[ \t]*\n?(?P<lines>(?:[ \t]*\S.*\n?)+)", re.MULTILINE | re.IGNORECASE
)
_FIRST = re.compile(r"\s*(?P<lines>(?:[ \t]*\S.*\n?)+)")
# An option with its description, or a heading such as `Options:`, ends the usage lines.
_OPTION_LINE = re.compile(r"\s*-{1,2}\w\S*.*?\s{2,}\S|\s*[\w ]+:\s*$")


def _joined(text: str, command_path: tuple[str, ...]) -> list[str]:
    """Return the usage lines of a help text, each joined with its continuation lines."""
    found = _SECTION.search(text) or _USAGE.search(text)
    is_first = found is None
    found = found or _FIRST.match(text)
    usages: list[str] = []
    tools = {command_path[0], command_path[-1]} if command_path else set()
    for line in found["lines"].splitlines() if found else ():
        if _OPTION_LINE.match(line):
            break
        # GNU programs begin their further usage lines with `or:`.
        plain = re.sub(r"^or:?\s+", "", line.strip(), flags=re.IGNORECASE)
        first = plain.split(" ", 1)[0].rpartition("/")[2]
        is_other = bool(usages) and not line[:1].isspace() and first not in tools
        if is_other and plain == line.strip():
            break
        if first in tools or not usages or plain != line.strip():
            if is_first and first not in tools:
                break
            usages.append(plain)
        elif line.strip():
            usages[-1] += f" {plain}"
    return usages
