"""Sort Python-Markdown's block processors once, and skip blocks by a prefilter."""

import re
from collections.abc import Callable
from functools import partial
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions.tables import TableProcessor

from proofdown.markup.fast.required_chars import prefilter
from proofdown.markup.fast.signatures import takes

SEARCHED_EVERYWHERE = {
    "markdown.blockprocessors.HashHeaderProcessor": "RE",
    "markdown.extensions.admonition.AdmonitionProcessor": "RE",
    "markdown.extensions.def_list.DefListProcessor": "RE",
    "pymdownx.blocks.BlocksProcessor": "start",
    "pymdownx.details.DetailsProcessor": "START",
    "pymdownx.quotes.QuotesProcessor": "RE",
    "pymdownx.tabbed.TabbedProcessor": "START",
}
"""Block processor → its attribute with the pattern that it searches for in every block."""


def order_processors_once(markdown: Markdown) -> None:
    """Make a converter's parser sort its processors once for each list of blocks."""
    if takes(BlockParser.parseBlocks, ["self", "parent", "blocks"]):
        parse = partial(_parse_blocks, markdown.parser)
        markdown.parser.parseBlocks = parse  # type: ignore[method-assign]


def prefilter_tables(markdown: Markdown) -> None:
    """Make a converter's table processor reject blocks without `|` at once."""
    for processor in markdown.parser.blockprocessors:
        # The type itself: a subclass may accept tables without `|`.
        if type(processor) is TableProcessor:
            processor.test = partial(_may_be_table, processor.test)  # type: ignore[method-assign]


def prefilter_block_patterns(markdown: Markdown) -> None:
    """Make a converter's processors search only blocks with characters they require."""
    for processor in markdown.parser.blockprocessors:
        kind = type(processor)
        name = SEARCHED_EVERYWHERE.get(f"{kind.__module__}.{kind.__name__}", "")
        pattern = getattr(processor, name, None)
        if isinstance(pattern, re.Pattern) and (filtered := prefilter(pattern)):
            setattr(processor, name, filtered)


def _parse_blocks(parser: BlockParser, parent: Element, blocks: list[str]) -> None:
    # Iterating over the registry checks and sorts it; the original does so for each block.
    processors = list(parser.blockprocessors)
    while blocks:
        for processor in processors:
            if processor.test(parent, blocks[0]) and processor.run(parent, blocks) is not False:
                break


def _may_be_table(test: Callable[[Element, str], bool], parent: Element, block: str) -> bool:
    return "|" in block and test(parent, block)
