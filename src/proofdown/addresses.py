"""Addresses: where a source comes out in the site, and how one address is written from another.

An address is a path in the site without a leading slash: `` is the home page, `flows/` a page,
`img/rack.png` an asset. The file of an address that is empty or ends in `/` is its `index.html`.
"""

import posixpath
import unicodedata
from urllib.parse import quote

INDEX_NAMES = ("index.md", "README.md", "readme.md")


def page_address(path: str) -> str:
    """Return the address of a page, from its path in the content folder.

    >>> page_address("guide/README.md"), page_address("guide/flows.md")
    ('guide/', 'guide/flows/')
    """
    folder, name = posixpath.split(path)
    if path == "404.md":
        return "404.html"
    if name in INDEX_NAMES:
        return folder + "/" if folder else ""
    return path.removesuffix(".md") + "/"


def output_path(address: str) -> str:
    """Return the path in the output folder of the file that an address shows.

    >>> output_path("flows/")
    'flows/index.html'
    """
    return address + "index.html" if not address or address.endswith("/") else address


def folder_of(address: str) -> str:
    """Return the folder that relative links on a page start from, with `/` at its end or empty."""
    return address[: address.rfind("/") + 1]


def relative_href(start: str, target: str) -> str:
    """Return how a page at one address links to another address, percent-encoded.

    >>> relative_href("scenarios/native/", "flows/"), relative_href("flows/", "flows/")
    ('../../flows/', './')
    """
    base = folder_of(start)
    if not base:
        return encode_path(target) or "./"
    ours, theirs = base.rstrip("/").split("/"), target.split("/")
    shared = 0
    while shared < min(len(ours), len(theirs) - 1) and ours[shared] == theirs[shared]:
        shared += 1
    rest = "/".join(theirs[shared:])
    return "../" * (len(ours) - shared) + encode_path(rest) or "./"


def encode_path(path: str) -> str:
    """Return a path percent-encoded for an `href`.

    A first segment with a colon in it gets `./` before it, or it would read as a scheme.
    """
    encoded = quote(path, safe="/~!$&'()*+,;=:@")
    return "./" + encoded if ":" in encoded.split("/", 1)[0] else encoded


def join_path(folder: str, target: str) -> str | None:
    """Return a relative path joined to a folder and normalised; None where it climbs out.

    A `/` at the end of the target is kept.
    """
    joined = posixpath.normpath(posixpath.join(folder, target))
    if joined == ".." or joined.startswith(("../", "/")):
        return None
    joined = "" if joined == "." else joined
    is_folder = target.endswith("/") or posixpath.basename(target) in ("", ".", "..")
    return joined + "/" if is_folder and joined else joined


def folded(path: str) -> str:
    """Return a path as file systems that ignore case and normal form see it.

    Two addresses that fold to the same text are one address on such a host.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
