"""The rules that check a command line against its tool's help."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from proofdown.checks.commands.help import Takes
from proofdown.checks.commands.invocation import Invocation
from proofdown.checks.commands.lexer import Word
from proofdown.checks.commands.uris import is_malformed
from proofdown.config.commands import CommandSetting
from proofdown.diagnostics import did_you_mean

# Such as `<name>`, `[name]`, `NAME`, `$NAME`, `name…`, `{name}` and `name...`.
_PLACEHOLDER = re.compile(r"<.*>|\[.*\]|[A-Z][A-Z0-9_-]*|.*[…$].*|\{.*\}|.*\.\.\.")
_NUMBER_NAMES = ("number", "NUMBER", "NUM", "N", "n", "int", "INTEGER", "uint")
# Also `1.5`, `10M`, `0x1f` and `1:30`: tools take numbers in many forms.
_IS_NUMBER = re.compile(r"[+-]?\.?\d[\w.,:]*")


Problem = tuple[str, Word, str]
"""A message, the word that it is about, and a help text."""
CommandCheck = Callable[[Invocation, CommandSetting], Iterator[Problem]]
"""Checks one command line, given its command's settings."""


def unknown_option(read: Invocation, _setting: CommandSetting) -> Iterator[Problem]:
    """An option that the tool does not have.

    ## What it does
    Parses the command lines in console and shell blocks and in code spans, and looks up each
    option in the help that the settings name for the command:

    ```yaml
    commands:
      virsh migrate: virsh-migrate-help     # a recording of its help
      qemu-img info: {synopsis: "info [-f FMT] [--force-share] FILE"}
      ss: unjudged                          # not checked, and not counted as not judged
    ```

    An unambiguous abbreviation of an option is accepted, as argparse and GNU programs do, except
    for `virsh` and click, which need the whole name. Unknown options are not reported if the help
    says that it is incomplete, as `curl --help` does, or covers several commands, as `git log -h`
    does. Options after the first argument are not checked if they belong to a script or an
    `[arg]...`, or if the usage line is not understood. A tool without a help counts as *not
    judged* once on each page, in the summary of a build. `unjudged` exempts it from that.

    ## Why it matters
    Readers paste the command, and the tool rejects it; or they believe that the option exists.

    ## Example
    ```console
    $ virsh migrate --live --persist web1 qemu+ssh://desthost/system
    ```

    ## Instead
    `--persistent`. If a newer version of the tool has the option, record its help again.
    """
    if read.synopsis.is_partial:
        return
    for given in read.options:
        if given.option is None and given.name not in read.synopsis.mentions:
            if not read.synopsis.is_virsh and given.name in ("--help", "-h"):
                continue  # most tools accept these, but many do not list them
            help_ = did_you_mean(given.name, read.synopsis.options)
            yield f"`{read.command_path}` has no option `{given.name}`", given.word, help_


def missing_value(read: Invocation, _setting: CommandSetting) -> Iterator[Problem]:
    """An option without its value, or a command without a required argument.

    ## What it does
    Finds options that take a value but are followed by nothing or by another option, options that
    take a number but are followed by something else, and commands in blocks that lack a required
    argument. A code span in a sentence may mention a command without its arguments.

    ## Why it matters
    The tool takes the next word as the value, and does something else than was meant.

    ## Example
    ```console
    $ virsh migrate --live --timeout web1 qemu+ssh://desthost/system
    ```

    ## Instead
    `--timeout 120 web1`. A placeholder is accepted too: `--timeout SECONDS`.
    """
    if not read.is_whole:
        return
    # An option without its value takes an argument as its value, so only the option is reported.
    found = list(_missing_values(read))
    yield from found or _missing_arguments(read)


def _missing_values(read: Invocation) -> Iterator[Problem]:
    for given in read.options:
        if given.option and given.option.takes is Takes.VALUE:
            kind = f"`<{given.option.value}>`" if given.option.value else "a value"
            if given.value is None:
                yield f"`{given.name}` takes {kind}, but has none", given.word, ""
            elif given.option.value in _NUMBER_NAMES and not _fits(given.value, _IS_NUMBER):
                message = f"`{given.name}` takes a number, but `{given.value.text}` follows it"
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
    """Return whether an option may supply the argument that seems to be missing, or replace it.

    In `git checkout -b NAME`, the value of `-b` is the branch that the usage line requires.
    """
    if read.synopsis.is_virsh:
        return any(given.option is None for given in read.options)
    return bool(read.options) or len(read.synopsis.usages) > 1


def wrong_value(read: Invocation, setting: CommandSetting) -> Iterator[Problem]:
    """A value that the option does not take.

    ## What it does
    Compares values with the choices that the help lists, such as `{json,text}`, and with the
    patterns under `values:` in the settings:

    ```yaml
    commands:
      virsh migrate:
        recording: virsh-migrate-help
        values: {--migrateuri: "(tcp|rdma|unix)://.+"}
    ```

    ## Why it matters
    The tool rejects the command or, worse, does something else.

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
            continue  # `malformed-uri` reports the last of these
        option = given.option if given else read.synopsis.options.get(name)
        if name in patterns and not patterns[name].fullmatch(word.text):
            message = f"`{word.text}` is not a value of `{name}`"
            yield message, word, f"it must match `{patterns[name].pattern}`"
        elif option and option.choices and word.text not in option.choices:
            help_ = did_you_mean(word.text, option.choices) or f"one of {option.value}"
            yield f"`{word.text}` is not a value of `{name}`", word, help_


def exclusive_options(read: Invocation, setting: CommandSetting) -> Iterator[Problem]:
    """Options that exclude each other.

    ## What it does
    Finds options that exclude each other according to the help, as in `[--all | --none]`, or
    according to the settings:

    ```yaml
    commands:
      virsh migrate:
        recording: virsh-migrate-help
        exclusive: [[--live, --offline], [--tunnelled, --parallel]]
    ```

    ## Why it matters
    The tool rejects the command.

    ## Example
    ```console
    $ virsh migrate --live --offline web1 qemu+ssh://desthost/system
    ```

    ## Instead
    Choose one of them.
    """
    # A code span may sketch the options that there are: `[--live] [--offline]`.
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
                yield message, word, "choose one"


def extra_argument(read: Invocation, _setting: CommandSetting) -> Iterator[Problem]:
    """More arguments than the command takes.

    ## What it does
    Counts the words of a command that are neither options nor their values. Does not count if the
    help ends in `...`, or if the shell inserts words (`$FILES`). `virsh` also accepts the values
    of its options without the options' names, in the order of its help.

    ## Why it matters
    The tool rejects the command, or takes the word for something else.

    ## Example
    ```console
    $ virsh domstate web1 web2
    ```

    ## Instead
    Write one command for each argument, or quote an argument that contains a space.
    """
    most = read.synopsis.most
    if most is None or read.is_sketch or not read.is_whole:
        return
    if read.synopsis.is_virsh:
        named = {given.option.name for given in read.options if given.option}
        most = sum(option.name not in named for option in read.synopsis.valued)
    # The next word after an unknown option may be its value.
    uncertain = any(given.option is None for given in read.options)
    if len(read.arguments) > most and not uncertain:
        takes = "no arguments" if not most else f"{most} argument{'s' if most > 1 else ''}"
        word = read.arguments[most]
        known = [name for name in read.synopsis.options if name.startswith("--")]
        close = get_close_matches(f"--{word.text}", known, n=1, cutoff=0.8)
        help_ = f"is the option `{close[0]}` meant?" if close else ""
        message = f"`{read.command_path}` takes {takes}, so `{word.text}` is one too many"
        yield message, word, help_


def _fits(word: Word, pattern: re.Pattern[str]) -> bool:
    return bool(_PLACEHOLDER.fullmatch(word.text) or pattern.fullmatch(word.text))
