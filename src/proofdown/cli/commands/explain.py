"""`proofdown explain`."""

import sys

import click

from proofdown.cli.printing import COULD_NOT_RUN, say


@click.command()
@click.argument("code", required=False)
@click.option("--all", "page", flag_value="rules", help="Print the manual page of all rules.")
@click.option(
    "--page",
    type=click.Choice(("rules", "commands", "templates")),
    help="Print a page of the manual that is generated from the code.",
)
@click.pass_context
def explain(context: click.Context, code: str | None, page: str | None) -> None:
    """Print what a rule finds, why it matters and what to write instead."""
    from proofdown.checks.registry import RULES
    from proofdown.diagnostics import did_you_mean

    program = context.find_root().command
    if page and isinstance(program, click.Group):
        from proofdown.cli.manual.pages import PAGES

        say(PAGES[page](program), nl=False)
        return
    if code is None:
        width = max(map(len, RULES))
        for rule in RULES.values():
            first = rule.load_manual().split("\n", 1)[0]
            say(f"{rule.code.ljust(width)}  {rule.level.ljust(7)}  {first}")
        return
    if code not in RULES:
        guess = did_you_mean(code, RULES)
        say(f"there is no rule `{code}`; {guess or '`proofdown explain` lists them'}", err=True)
        sys.exit(COULD_NOT_RUN)
    rule = RULES[code]
    say(f"# {rule.code}\n\n{rule.load_manual()}\n\nLevel: {rule.level}")
