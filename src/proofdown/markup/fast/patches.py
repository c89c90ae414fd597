"""The table of all patches of other libraries, and the function that applies them.

A patch replaces an attribute of Python-Markdown, PyMdown or Pygments. Most make the library faster
with the same output: measured on a thousand pages, half of the conversion time goes into patterns
tried on texts in which they cannot match, a table of contents that is not used, and the set-up of
Pygments, which is repeated for each code block. The other patches enforce a rule of ours. If an
attribute is missing, or takes other arguments than expected, the library is not patched, so that
it is slower but correct.
"""

from collections.abc import Callable
from enum import Enum
from pathlib import Path

from markdown import Markdown
from msgspec import Struct

from proofdown.markup.fast.blocks import (
    order_processors_once,
    prefilter_block_patterns,
    prefilter_tables,
)
from proofdown.markup.fast.delimiters import defer_delimiters
from proofdown.markup.fast.highlight_limit import limit_highlighting
from proofdown.markup.fast.includes import guard_pictures, guard_snippets
from proofdown.markup.fast.inline import prefilter_inline_patterns
from proofdown.markup.fast.pygments_setup import keep_lexers, keep_stylesheets
from proofdown.markup.fast.toc import defer_toc, tell_all_headings

_HERE = Path()


class Moment(Enum):
    """When a patch is applied."""

    LOADING = "before an extension is created, when its module is imported"
    READY = "when a converter has loaded all its extensions"
    CODE = "by `keep_lexers`, before the first code block is highlighted"


class Patch(Struct, frozen=True, kw_only=True):
    """One patch: what it replaces, why, and which tests prove it."""

    replaces: tuple[str, ...]
    """Attributes as `module:name` or `module:Class.name`. That of a Python-Markdown class or an
    extension is replaced on the converter's own object."""
    reason: str
    moment: Moment
    keeps_output: bool
    """Whether it only makes the library faster."""
    proof: str
    """The tests that prove it."""
    apply: Callable[[Markdown, Path], object] | None = None
    """Applies it, given a converter and the site's root; None if another patch does."""


def _process_wide(apply: Callable[[], object]) -> Callable[[Markdown, Path], object]:
    return lambda _markdown, _root: apply()


def _of_converter(apply: Callable[[Markdown], object]) -> Callable[[Markdown, Path], object]:
    return lambda markdown, _root: apply(markdown)


_SAME_HTML = "tests/markup/test_fast_patches.py"
PATCHES = (
    Patch(
        replaces=("pymdownx.delimiterprocessor:Delimiter._build_patterns",),
        reason="the patterns for emphasis are PyMdown's largest, and few texts need them",
        moment=Moment.LOADING,
        keeps_output=True,
        proof=_SAME_HTML,
        apply=_process_wide(defer_delimiters),
    ),
    Patch(
        replaces=("markdown.extensions.toc:TocTreeprocessor.build_toc_div",),
        reason="titles, search and links need the headings that `toc_depth` leaves out",
        moment=Moment.READY,
        keeps_output=False,
        proof="tests/markup/test_conversion.py",
        apply=_of_converter(tell_all_headings),
    ),
    Patch(
        replaces=("pymdownx.snippets:SnippetPreprocessor.get_snippet_path",),
        reason="a snippet may be a hidden file, or a link that leads out of the site",
        moment=Moment.READY,
        keeps_output=False,
        proof="tests/end_to_end/test_symbolic_links.py",
        apply=guard_snippets,
    ),
    Patch(
        replaces=("pymdownx.b64:B64Postprocessor.run",),
        reason="a picture may be a hidden file, or a link that leads out of the site",
        moment=Moment.READY,
        keeps_output=False,
        proof="tests/end_to_end/test_symbolic_links.py",
        apply=guard_pictures,
    ),
    Patch(
        replaces=(
            "pymdownx.highlight:BlockHtmlFormatter._create_stylesheet",
            "pymdownx.highlight:InlineHtmlFormatter._create_stylesheet",
        ),
        reason="Pygments computes the styles of all tokens again for each code block",
        moment=Moment.READY,
        keeps_output=True,
        proof=_SAME_HTML,
        apply=_process_wide(keep_stylesheets),
    ),
    Patch(
        replaces=("pymdownx.highlight:get_lexer_by_name",),
        reason="Pygments searches its list of lexers for each code block",
        moment=Moment.READY,
        keeps_output=True,
        proof=_SAME_HTML,
        apply=_process_wide(keep_lexers),
    ),
    Patch(
        replaces=(
            "markdown.treeprocessors:InlineProcessor.run",
            "markdown.treeprocessors:InlineProcessor._InlineProcessor__handleInline",
        ),
        reason="every inline pattern is tried on every text",
        moment=Moment.READY,
        keeps_output=True,
        proof=_SAME_HTML,
        apply=_of_converter(prefilter_inline_patterns),
    ),
    Patch(
        replaces=("markdown.blockparser:BlockParser.parseBlocks",),
        reason="the processors are sorted again for each block",
        moment=Moment.READY,
        keeps_output=True,
        proof=_SAME_HTML,
        apply=_of_converter(order_processors_once),
    ),
    Patch(
        replaces=("markdown.extensions.tables:TableProcessor.test",),
        reason="a block without `|` is not a table, but the test for that is slow",
        moment=Moment.READY,
        keeps_output=True,
        proof=_SAME_HTML,
        apply=_of_converter(prefilter_tables),
    ),
    Patch(
        replaces=(
            "markdown.blockprocessors:HashHeaderProcessor.RE",
            "markdown.extensions.admonition:AdmonitionProcessor.RE",
            "markdown.extensions.def_list:DefListProcessor.RE",
            "pymdownx.blocks:BlocksProcessor.start",
            "pymdownx.details:DetailsProcessor.START",
            "pymdownx.quotes:QuotesProcessor.RE",
            "pymdownx.tabbed:TabbedProcessor.START",
        ),
        reason="each pattern is searched for in every block, though few match",
        moment=Moment.READY,
        keeps_output=True,
        proof=_SAME_HTML,
        apply=_of_converter(prefilter_block_patterns),
    ),
    Patch(
        # After `tell_all_headings`, because both wrap `build_toc_div`, and the deferred table must
        # be the one with the levels of `toc_depth`.
        replaces=(
            "markdown.extensions.toc:TocTreeprocessor.build_toc_div",
            "markdown.extensions.toc:TocTreeprocessor.replace_marker",
        ),
        reason="the table of contents is rendered as HTML, though few pages show it",
        moment=Moment.READY,
        keeps_output=True,
        proof=_SAME_HTML,
        apply=_of_converter(defer_toc),
    ),
    Patch(
        replaces=("pymdownx.highlight:highlight",),
        reason="a lexer's expressions can run for hours on an unlucky text",
        moment=Moment.READY,
        keeps_output=False,
        proof="tests/markup/test_highlighting.py",
        apply=_process_wide(limit_highlighting),
    ),
    Patch(
        # Applied this late, because importing Pygments' lexer classes is slow.
        replaces=("pygments.lexer:RegexLexer.get_tokens_unprocessed",),
        reason="a lexer tries each expression at each character",
        moment=Moment.CODE,
        keeps_output=True,
        proof="tests/markup/test_fast_lexer.py",
    ),
    Patch(
        replaces=("pygments.lexer:RegexLexer._tokens",),
        reason="Pygments compiles a language with variants, such as C#, again for each block",
        moment=Moment.CODE,
        keeps_output=True,
        proof=_SAME_HTML,
    ),
)
"""All patches, in the order in which they are applied."""


def apply_patches(moment: Moment, markdown: Markdown, root: Path = _HERE) -> None:
    """Apply the patches for a moment to a converter, in the order of the table.

    Args:
        moment: the moment.
        markdown: the converter.
        root: the site's root; no extension may read files outside it.
    """
    for patch in PATCHES:
        if patch.moment is moment and patch.apply:
            patch.apply(markdown, root)
