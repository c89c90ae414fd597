"""Draw the social card, the image that other sites show beside a link to this one."""

import textwrap
from html import escape

from proofdown.addresses import split_url
from proofdown.config.model import Config
from proofdown.diagnostics import ToolError
from proofdown.diagrams.cache import DrawingCache
from proofdown.diagrams.dot.language import DOT

CARD_ADDRESS = "theme/card.png"
WIDTH, HEIGHT = 1800, 945
"""Pixels: 1.9 to 1, the aspect ratio of Open Graph images."""

_TEXT, _MUTED_TEXT, _ACCENT, _BACKGROUND = "#070c0b", "#454e4c", "#0b5747", "#fdfdfc"


def make_card(config: Config, cache: DrawingCache) -> bytes | None:
    """Return the card of a site as a PNG, from the cache if it was drawn before.

    None if the site has no address on the web, or if Graphviz is missing or fails.
    """
    if not config.url:
        return None
    settings = config.drawing.without_attributes()
    try:
        program = DOT.find_program(config)
    except ToolError:
        return None
    return cache.draw(DOT, program, settings, card_source(config)).png or None


def card_source(config: Config) -> str:
    """Return the card as DOT: 900 by 472 points, left-aligned text, a double rule below it."""
    # Graphviz does not wrap labels. Lines of these lengths fit into the box at these sizes.
    title = _cell(textwrap.wrap(config.title, 26)[:3], 60, _TEXT, is_bold=True)
    about = _cell(textwrap.wrap(config.description, 54)[:3], 27, _MUTED_TEXT)
    url = split_url(config.url)
    host = _cell([(url.hostname or "") if url else ""], 24, _ACCENT, is_bold=True)
    rule = f'<TR><TD HEIGHT="1" BGCOLOR="{_ACCENT}"></TD></TR>'
    space = '<TR><TD HEIGHT="{}"></TD></TR>'
    rows = [title, space.format(18), about, space.format(28), rule, space.format(2), rule]
    rows += [space.format(18), host]
    table = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{}</TABLE>'
    inner = table.format("".join(rows))
    outer = (
        '<TABLE BORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE" '
        'WIDTH="900" HEIGHT="472"><TR><TD WIDTH="60" HEIGHT="110"></TD><TD WIDTH="840"></TD></TR>'
        f'<TR><TD></TD><TD ALIGN="LEFT">{inner}</TD></TR>'
        '<TR><TD HEIGHT="60"></TD><TD></TD></TR></TABLE>'
    )
    # 12.5 by 6.5625 inches: at 144 dpi the PNG has `WIDTH` by `HEIGHT` pixels.
    return (
        f'digraph {{ graph [bgcolor="{_BACKGROUND}", margin=0, pad=0];\n'
        'node [shape=none, margin=0, width=12.5, height=6.5625, fixedsize=true, fontname="Arial"];'
        f"\ncard [label=<{outer}>] }}\n"
    )


def _cell(lines: list[str], size: int, colour: str, *, is_bold: bool = False) -> str:
    rows = []
    for line in lines:
        text = escape(line)
        text = f"<B>{text}</B>" if is_bold else text
        font = f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{text}</FONT>'
        rows.append(f'<TR><TD ALIGN="LEFT" BALIGN="LEFT">{font}</TD></TR>')
    return "".join(rows)
