"""What readers must find when they search."""

from collections.abc import Iterator

from proofdown.content.near_paths import Guesser
from proofdown.diagnostics import Diagnostic
from proofdown.site.model import Site
from proofdown.site.search.ranking import Index, rank

AMONG_FIRST = 3


def search_misses(site: Site) -> Iterator[Diagnostic]:
    """A search that does not bring the page that readers need among its first three.

    ## What it does
    Searches the built site for each query under `search: {expect: …}` in the settings, in the
    way that readers' browsers do.

    ## Why it matters
    Who is in trouble types the words of the trouble, and reads no fourth result.

    ## Example
    ```yaml
    search: {expect: {unable to connect: errors.md}}
    ```

    ## Instead
    Use the readers' words in the title, a heading or the text of the page.
    """
    if not site.config.expected:
        return
    pages, guesser = site.searchable, Guesser(site.by_path)
    index = Index.of((b.entries for b in pages), is_english=site.config.is_english)
    for query, expected in site.config.expected:
        if expected.text not in site.by_path:
            message = f"no page `{expected.text}` for the query `{query.text}` to bring"
            help_ = guesser.did_you_mean(expected.text)
            yield Diagnostic("search-misses", message, expected.location, help_)
            continue
        paths = [pages[n].page.path for n in dict.fromkeys(h.page for h in rank(index, query.text))]
        if expected.text not in paths[:AMONG_FIRST]:
            yield Diagnostic("search-misses", _message(query.text, paths), query.location)


def _message(query: str, paths: list[str]) -> str:
    brought = ", ".join(f"`{path}`" for path in paths[:AMONG_FIRST])
    return f"`{query}` brings {brought or 'nothing'}"
