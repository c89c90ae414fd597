"""Processors of blocks, put in order once for many blocks, and asked about fewer of them."""

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
"""What a processor looks for in every block, though few have it."""


def order_processors_once(markdown: Markdown) -> None:
    """Let a converter's parser put its processors in order once for many blocks."""
    if takes(BlockParser.parseBlocks, ["self", "parent", "blocks"]):
        parse = partial(_parse_blocks, markdown.parser)
        markdown.parser.parseBlocks = parse  # type: ignore[method-assign]


def prefilter_tables(markdown: Markdown) -> None:
    """Let a converter take no block for a table that has no `|`."""
    for processor in markdown.parser.blockprocessors:
        if type(processor) is TableProcessor:
            processor.test = partial(_may_be_table, processor.test)  # type: ignore[method-assign]


def prefilter_block_patterns(markdown: Markdown) -> None:
    """Let a converter's processors search a block only if it has the characters that they need."""
    for processor in markdown.parser.blockprocessors:
        kind = type(processor)
        name = SEARCHED_EVERYWHERE.get(f"{kind.__module__}.{kind.__name__}", "")
        pattern = getattr(processor, name, None)
        if isinstance(pattern, re.Pattern) and (filtered := prefilter(pattern)):
            setattr(processor, name, filtered)


def _parse_blocks(parser: BlockParser, parent: Element, blocks: list[str]) -> None:
    processors = list(parser.blockprocessors)
    while blocks:
        for processor in processors:
            if processor.test(parent, blocks[0]) and processor.run(parent, blocks) is not False:
                break


def _may_be_table(test: Callable[[Element, str], bool], parent: Element, block: str) -> bool:
    return "|" in block and test(parent, block)
