"""Check for markup that the page's content security policy blocks."""

import re
from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic
from proofdown.site.model import ComposedPage, SiteContext
from proofdown.source import Location

# A `script` with a `src` is not inline; whether its host is allowed is another rule's.
_BLOCKED = re.compile(
    r"<(?P<element>style|script)\b(?![^>]*\ssrc=)[^>]*>"
    r"|<(?P<banned>base|embed|object)(?=[\s/>])[^>]*>"
    r"|<[a-z][\w-]*\b[^>]*?\s(?P<attribute>style|on[a-z]+)\s*=",
    re.IGNORECASE,
)


def blocked_by_policy(built: ComposedPage, context: SiteContext) -> Iterator[Diagnostic]:
    """An inline style or script that the page's content security policy blocks.

    ## What it does
    Finds `style=` and event attributes such as `onclick=`, inline `style` and `script` elements,
    and `base`, `embed` and `object` elements, which the content security policy of pages forbids.

    ## Why it matters
    The markup looks right to the author, but browsers ignore it.

    ## Example
    ```html
    <div style="color: red">Careful.</div>
    ```

    ## Instead
    Give the element a class, and style it in a stylesheet that `styles:` in the settings names.
    With `policy: off` in the settings, pages have no policy.
    """
    if not context.config.has_policy:
        return
    for found in _BLOCKED.finditer(built.html):
        element, attribute = found["element"] or found["banned"], found["attribute"]
        article = "an" if element and element[0].lower() in "eo" else "a"
        what = f"`{attribute}=`" if attribute else f"{article} `{element}`"
        message = f"{what} is blocked by the page's content security policy"
        instead = "use a file that `styles:` or `scripts:` names"
        help_ = f"{'remove it' if found['banned'] else instead}, or set `policy: off`"
        yield Diagnostic("blocked-by-policy", message, _location(built, found), help_)


def _location(built: ComposedPage, found: re.Match[str]) -> Location:
    """Return where the markup is in the page's source; only the file if it is not found there."""
    source = built.page.source
    # Markdown passes raw HTML on as it is, so it is searched for literally.
    start = source.text.find(found[0], built.page.body_start)
    return source.location(start, start + len(found[0])) if start >= 0 else Location(source.path)
