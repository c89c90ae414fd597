"""`proofdown build`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofdown.build.options import BuildOptions
from proofdown.cli.options import check_options, with_structs
from proofdown.cli.running import LastLine, run_build

if TYPE_CHECKING:
    from proofdown.build.pipeline import Build
    from proofdown.runtime.cache.build_cache import BuildCache


@click.command()
@check_options
@with_structs
def build(folder: Path, format_: str, options: BuildOptions) -> None:
    """Check the site, and write it unless there are errors."""
    sys.exit(run_build(folder, format_, options, _write))


def _write(result: "Build", is_refused: bool, cache: "BuildCache") -> LastLine:
    """Write the site unless it is refused; return the last line of the report."""
    from proofdown.build.output.write import write_site

    if is_refused:
        return LastLine("nothing was written", "nothing was written")
    written = write_site(result.site.config, result.site.outputs, cache)
    what = f"{_shown(written.folder)}: {written.files} files"
    return LastLine(f"{what}, {written.changed} changed", f"{what}, 0 changed")


def _shown(folder: Path) -> str:
    """Return a folder's path, relative to the current folder if it is inside it."""
    here = Path.cwd()
    return f"{folder.relative_to(here)}/" if folder.is_relative_to(here) else f"{folder}/"
