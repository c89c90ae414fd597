"""Definitions of links and footnotes: each is used."""

import re
from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic
from proofdown.site.model import BuiltPage, SiteContext

_DEFINITION = re.compile(r"^ {0,3}\[(?P<name>\^?[^\]\n]+)\]:[ \t]*\S", re.MULTILINE)
_USE = re.compile(r"\[(?P<text>[^\[\]]+)\](?:[ \n]?\[(?P<name>[^\[\]]*)\])?")


def unused_definition(built: BuiltPage, _context: SiteContext) -> Iterator[Diagnostic]:
    """A link or footnote that is defined and never used.

    ## What it does
    Finds `[name]: https://…` and `[^note]: …` lines whose name nothing on the page refers to.

    ## Why it matters
    Often the reference is misspelt, and the footnote is lost to the reader.

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


def _unused(built: BuiltPage) -> Iterator[Diagnostic]:
    masked = built.text.without_code
    definitions = list(_DEFINITION.finditer(masked))
    text = _DEFINITION.sub(lambda found: " " * len(found[0]), masked)
    used = {_key(u["name"] or u["text"]) for u in _USE.finditer(text)}
    for definition in definitions:
        name = definition["name"]
        if _key(name) not in used and not name.startswith("*"):
            kind = "footnote" if name.startswith("^") else "link"
            message = f"the {kind} `{name.removeprefix('^')}` is defined and never used"
            location = built.text.location(*definition.span("name"))
            yield Diagnostic("unused-definition", message, location, "refer to it, or delete it")


def _key(name: str) -> str:
    return " ".join(name.lower().split())
