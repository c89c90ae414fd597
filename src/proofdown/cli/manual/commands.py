"""Generate the manual's page of commands from their `--help`."""

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

This page lists every command with its options.
`proofdown COMMAND --help`, or `-h`, prints the same for one command.

All commands use the same exit codes: 0, no problems; 1, problems were found; 2, the command could \
not run.
A command that is ended by a signal exits with 128 plus the signal's number: 130 after Ctrl-C, 143 \
after SIGTERM, 129 when its terminal is closed.
A second signal ends it at once.
The preview exits with 0 when it is stopped.

Proofdown reads these environment variables:

| Variable | Effect |
| --- | --- |
| `NO_COLOR` | Output has no colours. |
| `FORCE_COLOR` | Output has colours even if it goes to a pipe or a file. |
| `PROOFDOWN_WORKERS` | The maximum number of worker processes; by default one for each processor. \
With 0 everything runs in one process, and pages have no budget. |
| `PROOFDOWN_TRACEBACK` | A run that fails because of a bug prints the traceback, for the report. |
"""


def commands_page(program: click.Group) -> str:
    """Return the page of a program's commands, in Markdown."""
    context = click.Context(program, info_name=program.name or "proofdown")
    sections = []
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        if command:
            sections.append(_section(command, click.Context(command, context, info_name=name)))
    return _HEAD + "\n" + "\n".join(sections)


def _section(command: click.Command, context: click.Context) -> str:
    """Return the section of a command: its usage line, its help and its options."""
    usage = " ".join(command.collect_usage_pieces(context))
    name = command.name or ""
    text = [f"## {name} {{#{name}}}", f"```text\nproofdown {name} {usage}\n```"]
    help_ = _OPTION.sub(r"`\1`", command.help or "")
    text += [" ".join(part.split()) for part in help_.split("\n\n")]
    rows = list(_rows(command, context))
    text.append("| Option | Effect |\n| --- | --- |\n" + "\n".join(rows))
    return "\n\n".join(text) + "\n"


def _rows(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield a table row for each option of a command, except `--help`."""
    for option in command.get_params(context):
        record = option.get_help_record(context)
        if isinstance(option, click.Option) and record and "--help" not in option.opts:
            names, help_ = (" ".join(part.split()).replace("|", "\\|") for part in record)
            yield f"| `{names}` | {help_} |"
