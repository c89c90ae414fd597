"""Addresses: where a source file is published in the site, and relative links between them.

An address is a path in the site without a leading slash: `` is the home page, `flows/` a page,
`img/rack.png` an asset. The file of an address that is empty or ends in `/` is its `index.html`.
"""

import posixpath
import re
import unicodedata
from urllib.parse import SplitResult, quote, urlsplit

INDEX_NAMES = ("index.md", "README.md", "readme.md")
PUBLISHED_DOT_NAMES = (".well-known", ".nojekyll")
"""The only hidden names that are published: all others belong to a tool or a host."""
LONGEST_NAME = 255
"""Bytes of a file's name: the limit of every file system in common use."""
LONGEST_ADDRESS = 1000
"""Bytes of an address: a key of S3, its prefix included, may have 1024."""
DEEPEST_FOLDER = 64
"""Levels of nested folders; the nav of a site is nested as deeply as they are."""

_UNSAFE_IN_NAME = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\\]"
)
"""Control characters, line separators, bidirectional controls, surrogates and backslashes."""
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
    r"""Return why a file or a folder of this name cannot be published, or "" if it can.

    >>> fault_of_name("flows.md"), fault_of_name("a\\b")
    ('', 'it contains `\\`')
    """
    if not name or name in (".", ".."):
        return "it names no file"
    if found := _UNSAFE_IN_NAME.search(name):
        return f"it contains `{found[0]}`"
    if name[-1] in " .":
        return "it ends in a space or a dot, which Windows removes"
    if len(name.encode()) > LONGEST_NAME:
        return f"it is longer than {LONGEST_NAME} bytes"
    return ""


def fault_of_file(path: str, suffixes: tuple[str, ...] = (".md",)) -> str:
    """Return why a file of the site cannot be published, or "" if it can.

    Args:
        path: its path in its folder.
        suffixes: suffixes that are dropped where the file is published, as `.md` is; the name
            has to be valid without them, too.
    """
    if len(path.encode("utf-8", "surrogatepass")) > LONGEST_ADDRESS:
        return f"its path is longer than {LONGEST_ADDRESS} bytes"
    name = path.rpartition("/")[2]
    stems = (name.removesuffix(suffix) for suffix in suffixes)
    return next(filter(None, map(fault_of_name, (name, *stems))), "")


def fault_of_address(address: str) -> str:
    """Return why nothing can be published at an address, or "" if something can.

    >>> fault_of_address("old/page.html"), fault_of_address(".git/x/")
    ('', '`.git` is hidden, and hosts and tools keep files of their own there')
    """
    if len(address.encode("utf-8", "surrogatepass")) > LONGEST_ADDRESS:
        return f"it is longer than {LONGEST_ADDRESS} bytes"
    if address.removesuffix("/").count("/") > DEEPEST_FOLDER:
        return f"it is more than {DEEPEST_FOLDER} folders deep"
    return fault_of_names(address)


def fault_of_names(path: str) -> str:
    """Return why one of the names in a path cannot be published, or "" if all can."""
    for segment in path.removesuffix("/").split("/") if path else ():
        if fault := fault_of_name(segment):
            return fault
        if segment.startswith(".") and segment not in PUBLISHED_DOT_NAMES:
            return f"`{segment}` is hidden, and hosts and tools keep files of their own there"
        if _DRIVE.fullmatch(segment):
            return f"`{segment}` is a drive on Windows"
    return ""


def split_url(url: str) -> SplitResult | None:
    """Return the parts of a URL or a path, or None if its host is invalid."""
    try:
        return urlsplit(url)
    except ValueError:
        # Brackets without an IP address in them, or a host that NFKC turns into another one.
        return None


def is_web_address(text: str) -> bool:
    """Return whether a text is an HTTP or HTTPS URL with a host and a valid port."""
    parts = split_url(text)
    try:
        return bool(
            parts
            and parts.scheme in ("http", "https")
            and parts.hostname
            and parts.port != 0
            and not re.search(r"\s", parts.netloc)
        )
    except ValueError:  # `parts.port` raises it for anything but a number up to 65535
        return False


def output_path(address: str) -> str:
    """Return the path in the output folder of the file that is served at an address.

    >>> output_path("flows/")
    'flows/index.html'
    """
    return address + "index.html" if not address or address.endswith("/") else address


def folder_of(address: str) -> str:
    """Return the folder that relative links on a page start from: empty, or ending in `/`."""
    return address[: address.rfind("/") + 1]


def relative_href(start: str, target: str) -> str:
    """Return the relative link from a page at one address to another, percent-encoded.

    >>> relative_href("scenarios/native/", "flows/"), relative_href("flows/", "flows/")
    ('../../flows/', './')
    """
    base = folder_of(start)
    if not base:
        return encode_path(target) or "./"
    ours, theirs = base.rstrip("/").split("/"), target.split("/")
    shared = 0
    # The last segment of the target is its file (empty for a folder), which is never shared.
    while shared < min(len(ours), len(theirs) - 1) and ours[shared] == theirs[shared]:
        shared += 1
    rest = "/".join(theirs[shared:])
    return "../" * (len(ours) - shared) + encode_path(rest) or "./"


def encode_path(path: str) -> str:
    """Return a path percent-encoded for an `href`."""
    encoded = quote(path, safe="/~!$&'()*+,;=:@")
    # A colon in the first segment of a relative URL would end a scheme (RFC 3986, 4.2).
    return "./" + encoded if ":" in encoded.split("/", 1)[0] else encoded


def join_path(folder: str, target: str) -> str | None:
    """Return a relative path joined to a folder and normalised, or None if it leads outside.

    A `/` at the end of the target is kept.
    """
    joined = posixpath.normpath(posixpath.join(folder, target))
    if joined == ".." or joined.startswith(("../", "/")):
        return None
    joined = "" if joined == "." else joined
    is_folder = target.endswith("/") or posixpath.basename(target) in ("", ".", "..")
    return joined + "/" if is_folder and joined else joined


def folded(path: str) -> str:
    """Return a path as file systems that ignore case and Unicode normal form compare it.

    Two addresses that fold to the same text are one address on such a host.
    """
    # Case folding can denormalise a text, so it is normalised again afterwards.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
