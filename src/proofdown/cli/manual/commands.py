"""The manual's page of commands: what `--help` says of each, with its options in a table."""

import re
from collections.abc import Iterator

import click

_OPTION = re.compile(r"(?<!\S)(--[\w-]+)")

_HEAD = """\
---
title: Commands
description: Every command of Proofdown with its arguments, its options and its exit codes.
---

# Commands

With this page you can look up what a command does and which options it takes.
`proofdown COMMAND --help`, or `-h`, prints the same.

Exit codes are the same for all: 0, all is well; 1, problems were found; 2, it could not run.
A command that a signal ends exits with 128 and the number of the signal: 130 after Ctrl-C, 143 \
after SIGTERM, 129 when its terminal is closed.
A second signal ends it at once.
The preview exits with 0 when it is ended.

These variables of the environment have an effect:

| Variable | Effect |
| --- | --- |
| `NO_COLOR` | Nothing is coloured. |
| `FORCE_COLOR` | A pipe gets colours too. |
| `PROOFDOWN_WORKERS` | How many worker processes there may be, one for each processor \
unless it is set. With 0 everything is done in one process, and a page has no budget. |
| `PROOFDOWN_TRACEBACK` | A run that fails because of a bug prints the traceback, for a report. |
"""


def commands_page(program: click.Group) -> str:
    """Return the page of all commands of a program, in Markdown."""
    context = click.Context(program, info_name=program.name or "proofdown")
    sections = []
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        if command:
            sections.append(_section(command, click.Context(command, context, info_name=name)))
    return _HEAD + "\n" + "\n".join(sections)


def _section(command: click.Command, context: click.Context) -> str:
    usage = " ".join(command.collect_usage_pieces(context))
    name = command.name or ""
    text = [f"## {name} {{#{name}}}", f"```text\nproofdown {name} {usage}\n```"]
    help_ = _OPTION.sub(r"`\1`", command.help or "")
    text += [" ".join(part.split()) for part in help_.split("\n\n")]
    rows = list(_rows(command, context))
    text.append("| Option | Effect |\n| --- | --- |\n" + "\n".join(rows))
    return "\n\n".join(text) + "\n"


def _rows(command: click.Command, context: click.Context) -> Iterator[str]:
    for option in command.get_params(context):
        record = option.get_help_record(context)
        if isinstance(option, click.Option) and record and "--help" not in option.opts:
            names, help_ = (" ".join(part.split()).replace("|", "\\|") for part in record)
            yield f"| `{names}` | {help_} |"
