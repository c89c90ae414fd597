"""What readers can find, and in which order.

`search_entries` says what search knows of one page; `search_files` puts the pages together into
the files that browsers load; `rank` orders sections as `theme/static/search.js` does.
"""

from proofdown.search.entries import PageEntries, search_entries, texts_in
from proofdown.search.parts import search_files
from proofdown.search.ranking import Hit, Index, rank

__all__ = [
    "Hit",
    "Index",
    "PageEntries",
    "rank",
    "search_entries",
    "search_files",
    "texts_in",
]
