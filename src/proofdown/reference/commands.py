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
Where `NO_COLOR` is set in the environment, nothing is coloured.
Where `FORCE_COLOR` is set, a pipe gets colours too.
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
