"""Pages without a site, made from a text alone."""

from proofdown.content.discovery import load_page
from proofdown.diagnostics import Report
from proofdown.markup.page_text import PageText
from proofdown.source import Source


def page_text(text: str) -> PageText:
    """Return the Markdown of a page with a text that has no problems."""
    report = Report()
    page = load_page(Source("index.md", text), "index.md", report)
    assert not len(report), list(report)
    return PageText(page)
