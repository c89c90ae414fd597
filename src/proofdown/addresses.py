"""Addresses: where a source comes out in the site, and how one address is written from another.

An address is a path in the site without a leading slash: `` is the home page, `flows/` a page,
`img/rack.png` an asset. The file of an address that is empty or ends in `/` is its `index.html`.
"""

import posixpath
import re
import unicodedata
from urllib.parse import SplitResult, quote, urlsplit

INDEX_NAMES = ("index.md", "README.md", "readme.md")
PUBLISHED_DOT_NAMES = (".well-known", ".nojekyll")
"""The only hidden names of a site: whatever else begins with a dot belongs to a tool or a host."""
LONGEST_NAME = 255
"""Bytes of a file's name, on every file system in use."""
LONGEST_ADDRESS = 1000
"""Bytes of an address: a key of S3 may have 1024 with all that stands around it."""
DEEPEST_FOLDER = 64
"""Folders that may lie in each other; the nav of a site is nested as they are."""

_NOT_OF_NAMES = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\\]"
)
"""Control characters, ends of lines, what turns the order of reading around, what is no text."""
_DRIVE = re.compile(r"[A-Za-z]:")


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


def fault_of_name(name: str) -> str:
    r"""Return why a file or a folder of this name cannot be published; empty where it can.

    >>> fault_of_name("flows.md"), fault_of_name("a\\b")
    ('', 'it holds `\\`')
    """
    if not name or name in (".", ".."):
        return "it names no file"
    if found := _NOT_OF_NAMES.search(name):
        return f"it holds `{found[0]}`"
    if name[-1] in " .":
        return "it ends in a space or a dot, which Windows leaves out"
    if len(name.encode()) > LONGEST_NAME:
        return f"it is longer than {LONGEST_NAME} bytes"
    return ""


def fault_of_file(path: str, suffixes: tuple[str, ...] = (".md",)) -> str:
    """Return why a file of the site cannot be published; empty if it can.

    Args:
        path: its path in its folder.
        suffixes: the endings of names that are published without them, too.
    """
    if len(path.encode("utf-8", "surrogatepass")) > LONGEST_ADDRESS:
        return f"its path is longer than {LONGEST_ADDRESS} bytes"
    name = path.rpartition("/")[2]
    stems = (name.removesuffix(suffix) for suffix in suffixes)
    return next(filter(None, map(fault_of_name, (name, *stems))), "")


def fault_of_address(address: str) -> str:
    """Return why nothing can be published at an address; empty where something can.

    >>> fault_of_address("old/page.html"), fault_of_address(".git/x/")
    ('', '`.git` is hidden, and hosts and tools keep files of their own there')
    """
    if len(address.encode("utf-8", "surrogatepass")) > LONGEST_ADDRESS:
        return f"it is longer than {LONGEST_ADDRESS} bytes"
    if address.removesuffix("/").count("/") > DEEPEST_FOLDER:
        return f"it is more than {DEEPEST_FOLDER} folders deep"
    return fault_of_names(address)


def fault_of_names(path: str) -> str:
    """Return why one of the names in a path cannot be published; empty where all can."""
    for segment in path.removesuffix("/").split("/") if path else ():
        if fault := fault_of_name(segment):
            return fault
        if segment.startswith(".") and segment not in PUBLISHED_DOT_NAMES:
            return f"`{segment}` is hidden, and hosts and tools keep files of their own there"
        if _DRIVE.fullmatch(segment):
            return f"`{segment}` is a drive on Windows"
    return ""


def split_url(written: str) -> SplitResult | None:
    """Return the parts of a URL or a path; None where it has a host that cannot be one.

    Python's parser refuses what is in brackets and is no IP address, and hosts that Unicode would
    turn into another host.
    """
    try:
        return urlsplit(written)
    except ValueError:
        return None


def is_web_address(written: str) -> bool:
    """Return whether a text is a URL of the web, with a host and a port that there can be."""
    parts = split_url(written)
    try:
        return bool(
            parts
            and parts.scheme in ("http", "https")
            and parts.hostname
            and parts.port != 0
            and not re.search(r"\s", parts.netloc)
        )
    except ValueError:  # the port is no number up to 65535
        return False


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
