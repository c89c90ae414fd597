"""Parse a tool's help into its options and arguments.

Reads the help of `virsh`, GNU programs, argparse, click, git and Go programs, man pages as plain
text, and single usage lines. Whatever the help leaves unclear is marked so, and no rule uses it.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property, lru_cache

from msgspec import Struct

from proofdown.checks.commands.usage import Argument, is_shared, read_usage, usage_lines

# `  -f, --file FILE  the file`: two spaces or a tab end the names and begin the description.
_HEAD = re.compile(
    r"^[ \t]*(?P<head>\[?--?(?:\[no-\])?[A-Za-z0-9?@#][^\n]*?)"
    r"(?:[ \t]{2,}\S[^\n]*|\t[^\n]*|[ \t]*)$",
    re.MULTILINE,
)
# Between names: `-f, --file`, `-f|--file`, `-f / --file` and `-f or --file`.
_SPLIT = re.compile(r",[ \t]+|,(?=-)|[ \t]*\|[ \t]*(?=-)|[ \t]+/[ \t]+(?=-)|[ \t]+or[ \t]+(?=-)")
_PART = re.compile(r"\[?(?P<name>--?(?:\[no-\])?[A-Za-z0-9?@#][\w.+@-]*)\]?(?P<rest>.*)")
_VALUE = re.compile(
    r"[= ](?P<value><[^<>]+>(?:\.\.\.)?|\{[^{}]+\}|[A-Z][\w:.,|/=-]*)(?:[ ,.][^A-Z<\[].*)?"
)
_CHOICES = re.compile(r"[= ]\[(?P<choices>[\w.+:-]+(?:\|[\w.+:-]+)+)\]")
# `--color[=WHEN]`, `--color [WHEN]` and the like.
_OPTIONAL_VALUE = re.compile(r"[ \t]?\[[= ]?.+\]|=\[.+\]|[ \t]\w+\[=.*\]")
_GO_TYPE = re.compile(
    r" (?:string|strings|int|ints|int32|int64|uint|float|float64|duration|stringArray|value|bool"
    r"|stringToString|ip|file|list|count)(?: \(.*)?"
)
# `-abefhkmnptuvxBCEHPT`, as bash lists its options.
_BUNDLE = re.compile(r"-[A-Za-z]{4,}")
_MENTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")
# How every help of `virsh` begins: `  NAME`, then `    migrate - …`, then `  SYNOPSIS`.
_VIRSH = re.compile(r"\A\s*  NAME\n    \S+ - .*\n\s*\n  SYNOPSIS\n")
_ARGPARSE = re.compile(r"^usage: (?=[\s\S]*?\[-h\])", re.MULTILINE)
_PARTIAL = re.compile(r"not the full help", re.IGNORECASE)
_CLICK = re.compile(r"^Usage: .*\[OPTIONS\]", re.MULTILINE)


class Takes(Enum):
    """Whether an option takes a value."""

    NOTHING = "nothing"
    VALUE = "a value"
    PERHAPS = "perhaps"
    """Its value is optional, or the help does not say."""


class Option(Struct, frozen=True):
    """An option of a tool."""

    names: tuple[str, ...]
    """All its names, dashes included."""
    takes: Takes
    value: str = ""
    """What the help calls its value: `number`, `FILE`, `{json,text}`."""

    @property
    def name(self) -> str:
        """The name that messages use: the first long one."""
        return next((name for name in self.names if name.startswith("--")), self.names[0])

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values that it takes; empty if the help does not list them."""
        if self.value.startswith("{") and "," in self.value:
            return tuple(self.value.strip("{}").split(","))
        return ()


class Synopsis(Struct, frozen=True, kw_only=True, dict=True):
    """The options and arguments of a command."""

    options: Mapping[str, Option]
    """Every option by each of its names."""
    usages: tuple[tuple[Argument, ...], ...]
    """The arguments of each usage line; empty if a line was not understood."""
    exclusive: tuple[tuple[str, ...], ...]
    """Groups of options that exclude each other."""
    mentions: frozenset[str]
    """Everything else in the help that looks like an option. It is not reported as unknown."""
    is_virsh: bool
    """Whether it is of `virsh`, whose arguments are options, by name or by position."""
    accepts_abbreviations: bool
    is_partial: bool
    """Whether options may be missing: the help says so, or covers several commands."""
    has_subcommands: bool
    """Whether subcommands follow, with options of their own."""
    is_open: bool
    """Whether options after its first argument may belong to another program."""

    @property
    def is_empty(self) -> bool:
        """Whether it declares nothing."""
        return not self.options and not any(self.usages) and not self.is_virsh

    @cached_property
    def valued(self) -> tuple[Option, ...]:
        """The options that take a value, in the order of the help."""
        options = dict.fromkeys(self.options.values())
        return tuple(option for option in options if option.takes is Takes.VALUE)

    @property
    def fewest(self) -> int:
        """The smallest number of arguments."""
        return min((sum(a.is_required for a in usage) for usage in self.usages), default=0)

    @property
    def most(self) -> int | None:
        """The largest number of arguments; None if there is no limit, or it is unknown."""
        if not self.usages or any(a.is_repeated for usage in self.usages for a in usage):
            return None
        if self.is_virsh:
            return len(self.valued)
        return max(len(usage) for usage in self.usages)

    def find(self, name: str) -> Option | None:
        """Return the option with a name, or with the only name that it abbreviates."""
        option = self.options.get(name)
        if option or not self.accepts_abbreviations or not name.startswith("--"):
            return option
        found = {self.options[full] for full in self.options if full.startswith(name)}
        if len(found) > 1:
            return Option((name,), Takes.PERHAPS)  # ambiguous, which no rule reports
        return found.pop() if found else None


@lru_cache(maxsize=256)
def read_synopsis(text: str, command_path: tuple[str, ...]) -> Synopsis:
    """Parse the help text of a command, such as `("virsh", "migrate")`."""
    is_virsh = _VIRSH.match(text) is not None
    usages = [read_usage(line) for line in usage_lines(text, command_path)]
    declared = [names for usage in usages for names in usage.exclusive]
    options: dict[str, Option] = {}
    for option in _listed_options(text):
        for each in (option, *_bundled_options(option)):
            _add(options, each)
    for usage in usages:
        for name, value in usage.options:
            for option in _used_options(name, value, options):
                _add(options, option)
    if is_virsh:
        # `virsh` accepts it for every command, and lists it for none.
        _add(options, Option(("--help",), Takes.NOTHING))
    arguments = [argument for usage in usages for argument in usage.arguments]
    is_certain = all(usage.is_certain for usage in usages)
    is_argparse = _ARGPARSE.search(text) is not None
    is_passed_on = any(argument.is_passed_on for argument in arguments) and not is_argparse
    return Synopsis(
        options=options,
        usages=tuple(tuple(usage.arguments) for usage in usages) if is_certain else (),
        exclusive=tuple(_exclusive(options, declared, is_enforced=is_argparse)),
        mentions=frozenset() if is_virsh else frozenset(_MENTION.findall(text)),
        is_virsh=is_virsh,
        accepts_abbreviations=not is_virsh and _CLICK.search(text) is None,
        is_partial=_PARTIAL.search(text) is not None or is_shared(text, command_path),
        has_subcommands=any(argument.is_subcommand for argument in arguments),
        is_open=not is_virsh and (is_passed_on or not is_certain),
    )


def _listed_options(text: str) -> Iterator[Option]:
    """Yield the options that have a line of their own."""
    for line in _HEAD.finditer(text):
        if "] [" in line["head"]:  # the continuation of a usage line
            continue
        parts = [_PART.fullmatch(part) for part in _SPLIT.split(line["head"])]
        found = [(part["name"], part["rest"]) for part in parts if part]
        if found:
            yield _option(found)


def _bundled_options(option: Option) -> Iterator[Option]:
    """Yield each option of a bundle that a help lists as one: `-abefhkmnptuvxBCEHPT`."""
    for name in option.names:
        if _BUNDLE.fullmatch(name) and len(set(name)) == len(name) and not name.islower():
            yield from (Option((f"-{letter}",), Takes.PERHAPS) for letter in name[1:])


def _used_options(name: str, value: str, known: Mapping[str, Option]) -> Iterator[Option]:
    """Yield the option of a usage line, or each option of a bundle such as `[-46AaCf]`."""
    is_bundle = len(name) > 2 and not name.startswith("--") and not value and name not in known
    for single in [name, *(f"-{letter}" for letter in name[1:])] if is_bundle else [name]:
        takes = Takes.VALUE if value else Takes.NOTHING
        if value.lstrip().startswith("["):
            takes = Takes.PERHAPS
        yield Option(_names(single), takes, value.strip("= <>"))


def _option(parts: list[tuple[str, str]]) -> Option:
    """Return an option, given its names, each with the text that follows it in the help."""
    names = tuple(n for name, _ in parts for n in _names(name.rstrip(".")))
    takes, value = Takes.NOTHING, ""
    for _, rest in parts:
        after = rest.rstrip(" .…")
        if found := _CHOICES.fullmatch(after):
            takes, value = Takes.VALUE, "{" + found["choices"].replace("|", ",") + "}"
            continue
        if found := _VALUE.fullmatch(after):
            takes, value = Takes.VALUE, found["value"].rstrip(".").strip("<>")
        elif _GO_TYPE.fullmatch(after) or (after.startswith("=") and after[1:2] != "["):
            takes, value = Takes.VALUE, after[1:]
        elif after.strip() and takes is Takes.NOTHING:
            takes = Takes.PERHAPS
        if _OPTIONAL_VALUE.fullmatch(after):
            takes = Takes.PERHAPS
    return Option(names, takes, value)


def _names(name: str) -> tuple[str, ...]:
    """Return an option's names: two for `--[no-]verbose`."""
    if "[no-]" in name:
        return name.replace("[no-]", ""), name.replace("[no-]", "no-")
    return (name,)


def _add(options: dict[str, Option], option: Option) -> None:
    """Add an option. If two lines disagree on whether it takes a value, it perhaps does."""
    for name in option.names:
        known = options.get(name)
        if known is None:
            options[name] = option
        elif known.takes is not option.takes and Takes.PERHAPS not in (known.takes, option.takes):
            options[name] = Option(known.names, Takes.PERHAPS)


def _exclusive(
    options: Mapping[str, Option], declared: list[tuple[str, ...]], *, is_enforced: bool
) -> Iterator[tuple[str, ...]]:
    """Yield the groups of options that exclude each other, by the names that messages use."""
    for names in declared:
        plain = [n for name in names for n in _names(name)]
        # `[-v | --verbose]` are two names of one option.
        distinct = {options[n] for n in plain}
        are_long = {n.startswith("--") for n in plain}
        is_clear = len(are_long) == 1 or all(len(options[n].names) > 1 for n in plain)
        # argparse generates these groups from what it enforces. In usage lines that people wrote,
        # only groups of long names are reliable: `git tag [-a | -s]` accepts both.
        is_meant = is_clear and (is_enforced or are_long == {True})
        is_toggle = any("[no-]" in name or f"--no-{name[2:]}" in plain for name in names)
        if len(distinct) == len(plain) and is_meant and not is_toggle:
            yield tuple(options[n].name for n in plain)
