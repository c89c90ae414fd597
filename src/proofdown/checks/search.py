"""Check that searches find the pages that the settings expect."""

from collections.abc import Iterator

from proofdown.content.near_paths import Guesser
from proofdown.diagnostics import Diagnostic
from proofdown.site.model import Site
from proofdown.site.search.ranking import Index, rank

AMONG_FIRST = 3
"""How many results of a search count: readers in trouble rarely look further."""


def search_misses(site: Site) -> Iterator[Diagnostic]:
    """A search whose first three results lack the page that readers need.

    ## What it does
    Searches the built site for each query under `search: {expect: …}` in the settings, with the
    same ranking as in readers' browsers.

    ## Why it matters
    Readers in trouble search for the words of an error message, and rarely look further than the
    third result.

    ## Example
    ```yaml
    search: {expect: {unable to connect: errors.md}}
    ```

    ## Instead
    Use the words of the query in the page's title, headings or text.
    """
    if not site.config.expected:
        return
    pages, guesser = site.searchable, Guesser(site.by_path)
    index = Index.of((b.entries for b in pages), is_english=site.config.is_english)
    for query, expected in site.config.expected:
        if expected.text not in site.by_path:
            message = f"there is no page `{expected.text}`, which `{query.text}` should find"
            help_ = guesser.did_you_mean(expected.text)
            yield Diagnostic("search-misses", message, expected.location, help_)
            continue
        # A page counts once, however many of its sections match.
        paths = [pages[n].page.path for n in dict.fromkeys(h.page for h in rank(index, query.text))]
        if expected.text not in paths[:AMONG_FIRST]:
            yield Diagnostic("search-misses", _message(query.text, paths), query.location)


def _message(query: str, paths: list[str]) -> str:
    found = ", ".join(f"`{path}`" for path in paths[:AMONG_FIRST])
    return f"`{query}` finds {found or 'nothing'}"
