"""What a page's content security policy holds back."""

import re
from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic
from proofdown.site.model import BuiltPage, SiteContext
from proofdown.source import Location

_BLOCKED = re.compile(
    r"<(?P<element>style|script)\b(?![^>]*\ssrc=)[^>]*>"
    r"|<(?P<banned>base|embed|object)(?=[\s/>])[^>]*>"
    r"|<[a-z][\w-]*\b[^>]*?\s(?P<attribute>style|on[a-z]+)\s*=",
    re.IGNORECASE,
)


def blocked_by_policy(built: BuiltPage, context: SiteContext) -> Iterator[Diagnostic]:
    """A style or a script between the lines of a page, which readers' browsers do not apply.

    ## What it does
    Finds `style=` and attributes such as `onclick=`, `style` and `script` elements without a
    file, and `base`, `embed` and `object` elements, in pages whose content security policy allows
    none of them.

    ## Why it matters
    The author sees markup that looks right, and the reader sees none of its effect.

    ## Example
    ```html
    <div style="color: red">Careful.</div>
    ```

    ## Instead
    Give it a class, and a rule in a stylesheet that `styles:` in the settings names.
    With `policy: off` there, pages carry no policy.
    """
    if not context.config.has_policy:
        return
    for found in _BLOCKED.finditer(built.html):
        element, attribute = found["element"] or found["banned"], found["attribute"]
        article = "an" if element and element[0].lower() in "eo" else "a"
        what = f"`{attribute}=`" if attribute else f"{article} `{element}`"
        message = f"{what} in a page is held back by its content security policy"
        instead = "use a file that `styles:` or `scripts:` names"
        help_ = f"{'leave it out' if found['banned'] else instead}, or set `policy: off`"
        yield Diagnostic("blocked-by-policy", message, _location(built, found), help_)


def _location(built: BuiltPage, found: re.Match[str]) -> Location:
    """Return where it stands in the page's source, if it stands there as it came out."""
    source = built.page.source
    start = source.text.find(found[0], built.page.body_start)
    return source.location(start, start + len(found[0])) if start >= 0 else Location(source.path)
