"""Pages of the manual that are made from the code, so that they cannot fall behind it."""

from collections.abc import Callable, Mapping

import click

from proofdown.cli.manual.commands import commands_page
from proofdown.cli.manual.rules import rules_page
from proofdown.cli.manual.templates import templates_page

PAGES: Mapping[str, Callable[[click.Group], str]] = {
    "commands": commands_page,
    "rules": lambda _program: rules_page(),
    "templates": lambda _program: templates_page(),
}
"""Each page by the name of its file in `content/manual/`; given the program, its Markdown."""

__all__ = ["PAGES", "commands_page", "rules_page", "templates_page"]
