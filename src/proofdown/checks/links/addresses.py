"""Check that every address has one source, also on hosts that ignore case."""

from collections.abc import Iterator

from proofdown.addresses import folded
from proofdown.diagnostics import Diagnostic, Note
from proofdown.site.model import Output, Site


def duplicate_address(site: Site) -> Iterator[Diagnostic]:
    """Two sources with the same address.

    ## What it does
    Compares the addresses of all pages, assets, drawings, aliases and generated files. Case and
    Unicode normalisation are ignored, as many file systems and hosts do. Also finds a file whose
    path another source needs as a folder.

    ## Why it matters
    One of the two would silently replace the other.

    ## Example
    `content/guide.md` beside `content/guide/index.md`, or `index.md` beside `README.md`.

    ## Instead
    Rename one of them, or remove the alias.
    """
    owners: dict[str, Output] = {}
    content = site.config.content.as_posix() + "/"
    # Files of the content folder come last, so that a clash is reported at them, and not at a
    # file of the theme, which the author cannot rename.
    by_blame = sorted(
        site.outputs, key=lambda o: (o.location.path.startswith(content), o.location, o.path)
    )
    for output in by_blame:
        first = owners.setdefault(folded(output.path), output)
        if first is not output:
            yield _clash(first, output)
    files: set[str] = set()
    for key, output in owners.items():
        parts = key.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder in owners and folder not in files:
                files.add(folder)
                yield _file_for_folder(owners[folder], output)


def _file_for_folder(file: Output, inside: Output) -> Diagnostic:
    message = f"`{file.path}` is a file, and `{inside.location.path}` needs a folder of that name"
    note = Note("needs the folder", inside.location)
    return Diagnostic("duplicate-address", message, file.location, "rename one of them", (note,))


def _clash(first: Output, second: Output) -> Diagnostic:
    address = second.path.removesuffix("index.html")
    shown = f"`{address}`" if address else "the home page"
    message = f"{shown} is made from `{second.location.path}` and from `{first.location.path}`"
    note = Note("the other source", first.location)
    return Diagnostic("duplicate-address", message, second.location, "rename one of them", (note,))
