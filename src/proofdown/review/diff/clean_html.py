"""Sanitize a page's HTML, so that a report can neither run nor load anything.

The build keeps an author's raw HTML, and a reviewer opens the report before reading the page. `nh3`
keeps what is on the lists here, and the report's Content-Security-Policy blocks the rest.
"""

import re

import nh3

from proofdown.markup.classes import REPORTED

TAGS = frozenset(
    "a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del "
    "details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark main ol "
    "p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th "
    "thead time tr u ul var wbr".split()
)
ATTRIBUTES = {
    "*": {"class", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt"},
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
}
_CLASSES = REPORTED | frozenset("added removed changed moved was line".split())
_SHORT = re.compile(r"[a-z]{1,2}[0-9a-z]?")
"""Matches the classes that Pygments gives to tokens of code."""
# Their content is not text for readers, so it goes with the tags.
_WHOLE_TAGS = frozenset(["script", "style", "template", "noscript", "iframe", "object", "svg"])


def clean_html(html: str) -> str:
    """Return HTML reduced to text, structure and harmless attributes.

    Styles, ids and unknown classes are removed, because they could hide text from the reviewer.
    """
    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(_WHOLE_TAGS),
        attributes=ATTRIBUTES,
        attribute_filter=_filtered,
        # Not `javascript:` or `data:`, which can run code.
        url_schemes={"http", "https", "mailto"},
        # By default, `nh3` adds a `rel` to every link, which the page itself does not have.
        link_rel=None,
    )


def _filtered(_tag: str, attribute: str, value: str) -> str | None:
    """Return the sanitized value of an attribute, or None to drop it."""
    if attribute != "class":
        return value
    kept = [name for name in value.split() if name in _CLASSES or _SHORT.fullmatch(name)]
    return " ".join(kept) or None
