"""Addresses: one source each, on every host."""

from collections.abc import Iterator

from proofdown.addresses import folded
from proofdown.diagnostics import Diagnostic, Note
from proofdown.site import Output, Site


def duplicate_address(site: Site) -> Iterator[Diagnostic]:
    """Two sources for one address.

    ## What it does
    Compares the addresses of all pages, assets, drawings, aliases and made files, ignoring case
    and Unicode normal form, as many file systems and hosts do; and finds a file where another
    source needs a folder.

    ## Why it matters
    One of the two would silently replace the other.

    ## Example
    `content/guide.md` beside `content/guide/index.md`; `index.md` beside `README.md`.

    ## Instead
    Rename one of them, or take the alias out.
    """
    owners: dict[str, Output] = {}
    for output in sorted(site.outputs, key=lambda o: (o.place, o.path)):
        first = owners.setdefault(folded(output.path), output)
        if first is not output:
            yield _clash(first, output)
    for key, output in owners.items():
        parts = key.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            file = owners.get("/".join(parts[:depth]))
            if file is not None:
                yield _clash(file, output)


def _clash(first: Output, second: Output) -> Diagnostic:
    address = second.path.removesuffix("index.html") or "the home page"
    message = f"`{address}` is made from `{second.place.path}` and from `{first.place.path}`"
    note = Note("the other source", first.place)
    return Diagnostic("duplicate-address", message, second.place, "rename one of them", (note,))
