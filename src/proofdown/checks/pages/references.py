"""Check that every definition of a link or footnote is used."""

import re
from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic
from proofdown.site.model import ComposedPage, SiteContext
from proofdown.source import apply_edits

_USE = re.compile(r"\[(?P<text>[^\[\]]+)\](?:[ \n]?\[(?P<name>[^\[\]]*)\])?")


def unused_definition(built: ComposedPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """A link or footnote that is defined, but never used.

    ## What it does
    Finds `[name]: https://…` and `[^note]: …` lines whose name nothing on the page refers to.

    ## Why it matters
    Often the reference is misspelt, so that readers cannot get to the footnote.

    ## Example
    ```markdown
    QEMU listens on a port of its own.[^port]

    [^ports]: 49152 unless it is taken.
    ```

    ## Instead
    Refer to it, or delete it.
    """
    if "]:" in built.page.body:
        yield from _unused(built)


def _unused(built: ComposedPage) -> Iterator[Diagnostic]:
    definitions = [one for one in built.text.definitions if one.end > one.content]
    # The label of a definition looks like a reference to itself, so it is blanked out.
    edits = ((d.start, d.content + 1, " " * (d.content + 1 - d.start)) for d in definitions)
    text = apply_edits(built.text.without_code, edits)
    used = {_key(u["name"] or u["text"]) for u in _USE.finditer(text)}
    for one in definitions:
        # `*[HTML]:` defines an abbreviation, which needs no reference.
        if _key(one.label) not in used and not one.label.startswith("*"):
            kind = "footnote" if one.label.startswith("^") else "link"
            message = f"the {kind} `{one.label.removeprefix('^')}` is defined but never used"
            location = built.text.location(one.label_start, one.label_end)
            yield Diagnostic("unused-definition", message, location, "refer to it, or delete it")


def _key(name: str) -> str:
    return " ".join(name.lower().split())
