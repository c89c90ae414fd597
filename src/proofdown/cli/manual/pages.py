"""List the manual pages that are generated from the code."""

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
"""File name in `content/manual/` → function that returns the page's Markdown for a program."""

__all__ = ["PAGES", "commands_page", "rules_page", "templates_page"]
