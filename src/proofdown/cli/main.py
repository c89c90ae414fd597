"""The `proofdown` command: arguments → one call → exit code.

Exit codes: 0, no problems; 1, problems were found; 2, the command could not run; 128 + the signal's
number after a signal (`signals.py`). Each command has a module in `commands/`, which is imported
only when that command runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from proofdown import __version__

COMMANDS = ("new", "build", "check", "serve", "review", "publish", "record", "explain")
"""The commands in the order of `--help`; each is the function of that name in its module."""


class _LazyCommands(click.Group):
    """A command group that imports a command only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)  # click's own order is alphabetical

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(f"proofdown.cli.commands.{cmd_name}"), cmd_name
        )
        return command

    def make_context(self, *arguments: Any, **named: Any) -> click.Context:
        """Parse the command line up to the command's name."""
        with _escaped_messages():
            return super().make_context(*arguments, **named)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _escaped_messages():
            return super().invoke(ctx)


@contextmanager
def _escaped_messages() -> Iterator[None]:
    """Escape control characters in Click's error messages."""
    try:
        yield
    except click.ClickException as fault:
        from proofdown.source import printable_lines

        # Click quotes the arguments, which can contain anything. `message` is typed `Final`.
        vars(fault)["message"] = printable_lines(fault.message)
        raise


@click.group(cls=_LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="proofdown")
def main() -> None:
    """Build documentation that is checked before it is published."""


__all__ = ["COMMANDS", "main"]
