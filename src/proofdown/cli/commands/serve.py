"""`proofdown serve`."""

import sys
from contextlib import suppress
from pathlib import Path

import click

from proofdown.cli.options import site_option
from proofdown.cli.printing import COULD_NOT_RUN, print_failure, say, style, without_colours
from proofdown.diagnostics import SiteError, reason_of
from proofdown.runtime.console import shows_colour, write_out


@click.command()
@site_option
@click.option(
    "--port",
    default=8000,
    type=click.IntRange(0, 65535),
    show_default=True,
    help="Port to listen on, or the next free one; 0 for any.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; with any other, other machines can read the site.",
)
@click.option(
    "--allow-host", "names", multiple=True, metavar="NAME", help="Also answer to this host name."
)
@click.option("--open", "opens", is_flag=True, help="Open the site in the browser.")
def serve(folder: Path, port: int, host: str, names: tuple[str, ...], *, opens: bool) -> None:
    """Preview the site: pages update on every change, and show their problems on top."""
    from proofdown.config.loader import find_root
    from proofdown.serve.server import bind_next
    from proofdown.serve.session import ServeOptions, serve_site

    try:
        root = find_root(folder)
        listening = bind_next(host, port)
    except SiteError as stop:
        sys.exit(print_failure(stop))
    except OSError as fault:
        reason = reason_of(fault)
        say(f"cannot listen on `{host}`, port {port}: {reason}", err=True)
        sys.exit(COULD_NOT_RUN)
    options = ServeOptions(host=host, port=port, names=frozenset(names), opens=opens)
    with suppress(KeyboardInterrupt):
        serve_site(root, options, listening, _say, style)


def _say(text: str) -> None:
    encoded = text.encode("utf-8", "backslashreplace") + b"\n"
    write_out(encoded if shows_colour() else without_colours(encoded))
