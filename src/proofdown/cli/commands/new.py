"""`proofdown new`."""

import shlex
import sys
from pathlib import Path

import click

from proofdown.cli.printing import print_failure, say
from proofdown.diagnostics import SiteError

_HOSTS = ("github", "gitlab", "netlify", "cloudflare", "readthedocs")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--host",
    type=click.Choice(_HOSTS),
    help="Add the configuration for building the site on this host.",
)
def new(folder: Path, host: str | None) -> None:
    """Create a small site in DIR that builds without problems.

    With --host, DIR can be an existing site; then only the host's configuration is written.
    """
    from proofdown.cli.new.hosting import write_hosting
    from proofdown.cli.new.starter import write_starter
    from proofdown.config.root import SETTINGS_FILE

    try:
        if not (host and (folder / SETTINGS_FILE).is_file()):
            for path in write_starter(folder):
                say(f"wrote {folder / path}")
        hosting = write_hosting(folder, host) if host else None
    except SiteError as stop:
        sys.exit(print_failure(stop))
    for path in hosting.written if hosting else ():
        say(f"wrote {folder / path}")
    say(f"\nNow: cd {shlex.quote(str(folder))} && proofdown build")
    for task in hosting.to_do if hosting else ():
        say(f"Then {task}")
