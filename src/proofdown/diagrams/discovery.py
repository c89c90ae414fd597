"""Find the diagrams of a site."""

from proofdown.config.model import Config
from proofdown.content.discovery import find_sources
from proofdown.diagnostics import Report
from proofdown.diagrams.languages import diagram_suffixes
from proofdown.source import Source


def find_diagrams(config: Config, report: Report) -> tuple[tuple[Source, ...], frozenset[str]]:
    """Return the diagrams of a site, sorted by path, and the paths of those that cannot be read.

    The latter are reported.
    """
    return find_sources(config, config.diagrams, diagram_suffixes(), report)
