"""What readers can find, and in which order.

`search_entries` says what search knows of one page, `make_batch` of some in a row; `search_files`
puts all together into the files that browsers load; `rank` orders sections as
`theme/static/search.js` does.
"""

from proofdown.search.batches import BATCH_SIZE, Batch, make_batch
from proofdown.search.entries import PageEntries, search_entries, texts_in
from proofdown.search.parts import search_files
from proofdown.search.ranking import Hit, Index, rank

__all__ = [
    "BATCH_SIZE",
    "Batch",
    "Hit",
    "Index",
    "PageEntries",
    "make_batch",
    "rank",
    "search_entries",
    "search_files",
    "texts_in",
]
