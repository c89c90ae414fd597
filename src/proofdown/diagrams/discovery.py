"""Finds the diagrams of a site."""

from proofdown.config.model import Config
from proofdown.content.discovery import find_sources
from proofdown.diagnostics import Report
from proofdown.diagrams.languages import diagram_suffixes
from proofdown.source import Source


def find_diagrams(config: Config, report: Report) -> tuple[tuple[Source, ...], frozenset[str]]:
    """Return the diagrams of a site in the order of their paths, and the paths of lost ones.

    Lost are those that cannot be read, which is reported.
    """
    return find_sources(config, config.diagrams, diagram_suffixes(), report)
