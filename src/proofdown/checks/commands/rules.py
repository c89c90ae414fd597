"""What can be wrong with a command line, by the help of its tool."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from proofdown.checks.commands.help import Takes
from proofdown.checks.commands.invocation import Invocation
from proofdown.checks.commands.lexer import Word
from proofdown.checks.commands.uris import is_malformed
from proofdown.config.commands import CommandSetting
from proofdown.diagnostics import did_you_mean

_PLACEHOLDER = re.compile(r"<.*>|\[.*\]|[A-Z][A-Z0-9_-]*|.*[…$].*|\{.*\}|.*\.\.\.")
_NUMBER_NAMES = ("number", "NUMBER", "NUM", "N", "n", "int", "INTEGER", "uint")
_IS_NUMBER = re.compile(r"[+-]?\.?\d[\w.,:]*")


Problem = tuple[str, Word, str]
"""What is wrong, with which word, and what to do about it."""
CommandCheck = Callable[[Invocation, CommandSetting], Iterator[Problem]]
"""Judges one command line by what the settings say of its command."""


def unknown_option(read: Invocation, _setting: CommandSetting) -> Iterator[Problem]:
    """An option that the tool does not have.

    ## What it does
    Reads the command lines in console and shell blocks and in code spans, and looks up each option
    in the help that the settings tie to the command:

    ```yaml
    commands:
      virsh migrate: virsh-migrate-help     # a recording of its help
      qemu-img info: {synopsis: "info [-f FMT] [--force-share] FILE"}
      ss: unjudged                          # nobody judges these, and nobody counts them
    ```

    Where an unambiguous beginning of an option is accepted, as by argparse and GNU programs, it is
    accepted here; `virsh` and click want the whole name. A help that says it is not the full one,
    as `curl --help` does, or that is of several commands, as `git log -h` is, is no proof against
    an option. Options after the first argument are not judged where a script or `[arg]...` takes
    them, and where the usage line is not understood. A tool with no help is *not judged*, once
    a page, and the last line of a build counts it. `unjudged` says that this is meant.

    ## Why it matters
    Readers paste the command, and the tool refuses it; or they believe that there is such an
    option.

    ## Example
    ```console
    $ virsh migrate --live --persist web1 qemu+ssh://desthost/system
    ```

    ## Instead
    `--persistent`. If the tool has learned the option since, record its help anew.
    """
    if read.synopsis.is_partial:
        return
    for given in read.options:
        if given.option is None and given.name not in read.synopsis.mentions:
            if not read.synopsis.is_virsh and given.name in ("--help", "-h"):
                continue
            help_ = did_you_mean(given.name, read.synopsis.options)
            yield f"`{read.command_path}` has no option `{given.name}`", given.word, help_


def missing_value(read: Invocation, _setting: CommandSetting) -> Iterator[Problem]:
    """An option without its value, or a command without an argument that it needs.

    ## What it does
    Finds options that take a value and are followed by none, or by another option, or where a
    number is due by something else; and commands in blocks that lack an argument which the help
    requires. A code span in a sentence may mention a command without all of it.

    ## Why it matters
    The tool takes the next word for the value, and does something else than was meant.

    ## Example
    ```console
    $ virsh migrate --live --timeout web1 qemu+ssh://desthost/system
    ```

    ## Instead
    `--timeout 120 web1`. A placeholder will do: `--timeout SECONDS`.
    """
    if not read.is_whole:
        return
    found = list(_missing_values(read))
    yield from found or _missing_arguments(read)


def _missing_values(read: Invocation) -> Iterator[Problem]:
    for given in read.options:
        if given.option and given.option.takes is Takes.VALUE:
            kind = f"<{given.option.value}>" if given.option.value else "a value"
            if given.value is None:
                yield f"`{given.name}` has no value, and takes `{kind}`", given.word, ""
            elif given.option.value in _NUMBER_NAMES and not _fits(given.value, _IS_NUMBER):
                message = f"`{given.name}` takes a number, and `{given.value.text}` follows it"
                yield message, given.word, "is its value missing?"


def _missing_arguments(read: Invocation) -> Iterator[Problem]:
    is_other = read.command.is_span or read.is_sketch or read.asks_for_help
    if is_other or _may_be_named(read):
        return
    known = {f"<{name.lstrip('-')}>" for name in read.named()} if read.synopsis.is_virsh else set()
    needed = next(
        (
            [a.name for a in usage if a.is_required and a.name not in known]
            for usage in read.synopsis.usages
            if sum(a.is_required for a in usage) == read.synopsis.fewest
        ),
        [],
    )
    missing = needed if read.synopsis.is_virsh else needed[len(read.arguments) :]
    if missing:
        names = " and ".join(f"`{name}`" for name in missing)
        yield f"`{read.command_path}` lacks {names}", read.command.words[-1], ""


def _may_be_named(read: Invocation) -> bool:
    """Whether an option may have taken what seems to be missing, or stand for it.

    In `git checkout -b NAME` the value of `-b` is the branch that the usage line asks for.
    """
    if read.synopsis.is_virsh:
        return any(given.option is None for given in read.options)
    return bool(read.options) or len(read.synopsis.usages) > 1


def wrong_value(read: Invocation, setting: CommandSetting) -> Iterator[Problem]:
    """A value that the option does not take.

    ## What it does
    Compares values with the choices that the help lists, as in `{json,text}`, and with the
    patterns that the settings give under `values:`:

    ```yaml
    commands:
      virsh migrate:
        recording: virsh-migrate-help
        values: {--migrateuri: "(tcp|rdma|unix)://.+"}
    ```

    ## Why it matters
    The command is refused, or worse, does something else.

    ## Example
    ```console
    $ virsh migrate web1 qemu+ssh://desthost/system qemu+ssh://10.0.0.1/system
    ```
    where the third argument is the value of `--migrateuri`.

    ## Instead
    Give a value that the option takes. Placeholders such as `URI` and `<uri>` are fine.
    """
    patterns = dict(setting.values)
    for name, (given, word) in read.named().items():
        if word is None or _PLACEHOLDER.fullmatch(word.text) or is_malformed(word.text):
            continue
        option = given.option if given else read.synopsis.options.get(name)
        if name in patterns and not patterns[name].fullmatch(word.text):
            message = f"`{word.text}` is no value of `{name}`"
            yield message, word, f"it looks like `{patterns[name].pattern}`"
        elif option and option.choices and word.text not in option.choices:
            help_ = did_you_mean(word.text, option.choices) or f"one of {option.value}"
            yield f"`{word.text}` is no value of `{name}`", word, help_


def exclusive_options(read: Invocation, setting: CommandSetting) -> Iterator[Problem]:
    """Options that cannot be given together.

    ## What it does
    Finds two options of which the help allows one at a time, as in `[--all | --none]`, and those
    that the settings declare:

    ```yaml
    commands:
      virsh migrate:
        recording: virsh-migrate-help
        exclusive: [[--live, --offline], [--tunnelled, --parallel]]
    ```

    ## Why it matters
    The tool refuses the command.

    ## Example
    ```console
    $ virsh migrate --live --offline web1 qemu+ssh://desthost/system
    ```

    ## Instead
    Decide for one.
    """
    if read.is_sketch and read.command.is_span:
        return
    named = read.named()
    for group in (*read.synopsis.exclusive, *setting.exclusive):
        options = [o for name in group if (o := read.synopsis.options.get(name))]
        found = [o.name for o in dict.fromkeys(options) if o.name in named]
        if len(found) > 1:
            given, value = named[found[1]]
            word = given.word if given else value
            if word:
                message = f"`{found[1]}` and `{found[0]}` cannot be given together"
                yield message, word, "decide for one"


def extra_argument(read: Invocation, _setting: CommandSetting) -> Iterator[Problem]:
    """More arguments than the command takes.

    ## What it does
    Counts the arguments of a command that are no options and no values of options. Nothing is
    counted where the help ends in `...`, or where the shell puts in words (`$FILES`). `virsh` takes
    the values of its options without their names too, in the order of its help.

    ## Why it matters
    The tool refuses the command, or takes the word for something else.

    ## Example
    ```console
    $ virsh domstate web1 web2
    ```

    ## Instead
    Write one command for each, or quote what has a space in it.
    """
    most = read.synopsis.most
    if most is None or read.is_sketch or not read.is_whole:
        return
    if read.synopsis.is_virsh:
        named = {given.option.name for given in read.options if given.option}
        most = sum(option.name not in named for option in read.synopsis.valued)
    uncertain = any(given.option is None for given in read.options)
    if len(read.arguments) > most and not uncertain:
        takes = "no arguments" if not most else f"{most} argument{'s' if most > 1 else ''}"
        word = read.arguments[most]
        known = [name for name in read.synopsis.options if name.startswith("--")]
        close = get_close_matches(f"--{word.text}", known, n=1, cutoff=0.8)
        help_ = f"is the option `{close[0]}` meant?" if close else ""
        yield f"`{read.command_path}` takes {takes}, and `{word.text}` is one more", word, help_


def _fits(word: Word, pattern: re.Pattern[str]) -> bool:
    return bool(_PLACEHOLDER.fullmatch(word.text) or pattern.fullmatch(word.text))
