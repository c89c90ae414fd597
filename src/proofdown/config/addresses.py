"""The site's title and addresses: `title`, `url`, `repository`, `edit` and `hosts`."""

import re
from urllib.parse import quote

from proofdown.addresses import is_web_address, split_url
from proofdown.config.origins import ascii_host
from proofdown.config.root import SETTINGS_FILE
from proofdown.keys import Entry
from proofdown.source import Location

_UNQUOTED_IN_PATH = "/%~!$&'()*+,;=:@"
"""Characters that are not percent-encoded in the path of a URL; `%` so as not to do it twice."""
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)*[^\W_](?:[\w-]*[^\W_])?")
_ANY_HOST = "name each host by itself, as in `cdn.example.org`"


def read_title(entry: Entry) -> str:
    """Return the site's title; if there is none, report that and return a placeholder."""
    value = entry.scalar()
    if entry.fields.location(entry.key) is None:
        help_ = "add `title: Name of the site`"
        entry.fault("the site has no `title`", Location(SETTINGS_FILE), help_)
    return value.text if value and value.text else "Untitled"


def read_site_url(entry: Entry) -> str | None:
    """Return the site's address, ending in `/`."""
    url, location = _read_web_address(entry), entry.fields.location(entry.key)
    if not url or location is None:
        return None
    if "?" in url or "#" in url:
        entry.fault("the site's `url` has a query or a fragment", location, "leave it out")
        return None
    return url if url.endswith("/") else url + "/"


def read_repository(entry: Entry) -> str:
    """Return the repository's address, without a `/` at its end."""
    return _read_web_address(entry).rstrip("/")


def _read_web_address(entry: Entry) -> str:
    value = entry.scalar()
    if value is None:
        return ""
    parts = split_url(value.text)
    if parts and is_web_address(value.text):
        return parts._replace(path=quote(parts.path, safe=_UNQUOTED_IN_PATH)).geturl()
    help_ = "write it as in `https://docs.example.org/`"
    entry.fault(f"`{value.text}` is not a web address", value.location, help_)
    return ""


def read_edit(entry: Entry) -> str | None:
    """Return the URL at which a page is edited, with `{path}` in it.

    A relative one is joined to the address of the repository.
    """
    value = entry.scalar()
    if value is None:
        return None
    repository = entry.read["repository"]
    if "{path}" not in value.text:
        help_ = "as in `edit/main/content/{path}`"
        entry.fault("`edit` has no `{path}` for the path of the page", value.location, help_)
    elif value.text.startswith(("https://", "http://")):
        # Braces are not allowed in a URL, so an example of the path takes their place.
        if is_web_address(value.text.replace("{path}", "index.md")):
            return value.text
        entry.fault(f"`{value.text}` is not a web address", value.location)
    elif not repository:
        entry.fault("`edit` is relative, and there is no `repository`", value.location)
    else:
        return f"{repository}/{value.text.lstrip('/')}"
    return None


def read_hosts(entry: Entry) -> frozenset[str]:
    """Return host names as browsers look them up."""
    found = set()
    for host in entry.fields.texts(entry.key):
        if _HOST.fullmatch(host.text):
            found.add(ascii_host(host.text))
            continue
        # A URL or an address with a port was written: guess the host in it.
        plain = re.sub(r"^(?:\w+:)?//|[:/].*", "", host.text)
        help_ = f"did you mean `{plain}`?" if _HOST.fullmatch(plain) else _ANY_HOST
        entry.fault(f"`{host.text}` is not the name of a host", host.location, help_)
    return frozenset(found)
