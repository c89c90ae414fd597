"""`proofdown serve`."""

import sys
from pathlib import Path

import click

from proofdown.cli.options import site_option
from proofdown.cli.printing import COULD_NOT_RUN, stopped, style
from proofdown.console import wants_colour
from proofdown.diagnostics import SiteError


@click.command()
@site_option
@click.option(
    "--port",
    default=8000,
    type=click.IntRange(0, 65535),
    show_default=True,
    help="Port to listen on, or the next one that is free; 0 for any.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; any other lets other machines read the site.",
)
@click.option(
    "--allow-host", "names", multiple=True, metavar="NAME", help="Answer to this host name too."
)
@click.option("--open", "opens", is_flag=True, help="Open the site in the browser.")
def serve(folder: Path, port: int, host: str, names: tuple[str, ...], *, opens: bool) -> None:
    """Show the site as it is written: each change is seen at once, problems lie over the page."""
    from proofdown.serve.session import Wishes, serve_site
    from proofdown.settings import find_root

    try:
        root = find_root(folder)
        serve_site(root, Wishes(host, port, frozenset(names), opens), _say, style)
    except KeyboardInterrupt:
        return
    except SiteError as stop:
        sys.exit(stopped(stop))
    except OSError as fault:
        reason = (fault.strerror or str(fault)).lower()
        click.echo(f"cannot listen on `{host}`, port {port}: {reason}", err=True)
        sys.exit(COULD_NOT_RUN)


def _say(text: str) -> None:
    click.echo(text, color=wants_colour())
