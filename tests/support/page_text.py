"""Pages that are in no site, made from a text alone."""

from proofdown.content.discovery import load_page
from proofdown.diagnostics import Report
from proofdown.markup.page_text import PageText
from proofdown.source import Source


def page_text(text: str) -> PageText:
    """Return the Markdown of a page whose file holds a text, which has nothing wrong with it."""
    report = Report()
    page = load_page(Source("index.md", text), "index.md", report)
    assert not len(report), list(report)
    return PageText(page)
