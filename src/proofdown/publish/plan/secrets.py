"""Find likely secrets: files by their names, and keys and local paths by their patterns."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from proofdown.diagrams.languages import diagram_suffixes
from proofdown.publish.plan.contents import Content, Contents, pieces

_NAMES = (
    "*.jks *.kdbx *.key *.keystore *.log *.ovpn *.p12 *.pem *.pfx *.ppk *.sqlite *.sqlite3 "
    ".env .env.* .git-credentials .htpasswd .netrc .npmrc .pgpass .pypirc credentials "
    "id_dsa id_ecdsa id_ed25519 id_rsa terraform.tfstate"
).split()
_TEXT_SUFFIXES = (
    ".html .htm .js .mjs .css .json .svg .xml .txt .md .yml .yaml .toml .ini .cfg .conf .sh .py "
    ".csv .tsv .map .webmanifest"
).split()
_PATTERNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("a private key", re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    ("an AWS access key", re.compile(rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a GitHub token", re.compile(rb"\b(?:gh[pousr]_\w{36,}|github_pat_\w{60,})")),
    ("a GitLab token", re.compile(rb"\bglpat-[\w-]{20,}")),
    ("a Slack token", re.compile(rb"\bxox[abeoprs]-\w{8,}-[\w-]{8,}")),
    ("a Google API key", re.compile(rb"\bAIza[\w-]{35}\b")),
    # After `pypi-` follows a macaroon; `AgEIcHlwaS` is how the base64 of one for `pypi.org` begins.
    ("a PyPI token", re.compile(rb"\bpypi-AgEIcHlwaS[\w-]{50,}")),
    # A JSON Web Token: `eyJ` is how the base64 of `{"` begins.
    ("a signed token", re.compile(rb"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")),
    ("a password in a URL", re.compile(rb"\bhttps?://[^/@\s:\"'<>]+:[^/@\s\"'<>]{6,}@[\w.-]+\.\w")),
)
_LONGEST = 4096
"""Bytes of the longest secret that the patterns can match."""
_EXAMPLES = re.compile(rb"EXAMPLE|example|\*\*\*|\.\.\.|password@|:password|xxxx", re.IGNORECASE)
"""Marks of placeholders in documentation, which are not reported."""


class Secret(Struct, frozen=True):
    """A file that looks like a secret."""

    path: str
    why: str
    """The reason, which never quotes the secret itself."""


def find_secrets(files: Contents, root: Path) -> Iterator[Secret]:
    """Yield the files that look like secrets, each once.

    Paths of the home folder and of the site's root count as secrets too, because they reveal the
    user's name.
    """
    local = _local_folders(root)
    for path, content in sorted(files.items(), key=_path):
        name = path.rpartition("/")[2]
        if any(fnmatchcase(name.lower(), pattern) for pattern in _NAMES):
            yield Secret(path, "it has the name of a secret")
        elif why := _scan(path, content, local):
            yield Secret(path, why)


def _scan(path: str, content: Content, local: list[bytes]) -> str:
    if not path.lower().endswith((*_TEXT_SUFFIXES, *diagram_suffixes())):
        return ""
    return next((why for text in _windows(content) if (why := _scan_window(text, local))), "")


def _windows(content: Content) -> Iterator[bytes]:
    """Yield a content in overlapping pieces, so that no secret is split between two."""
    before = b""
    for piece in pieces(content):
        text = before + piece if before else piece
        yield text
        before = text[-_LONGEST:]


def _scan_window(data: bytes, local: list[bytes]) -> str:
    for what, pattern in _PATTERNS:
        for found in pattern.finditer(data):
            if not _EXAMPLES.search(found[0]):
                return f"it contains {what}"
    if any(folder in data for folder in local):
        return "it contains the path of a local folder"
    return ""


def _path(one: tuple[str, Content]) -> str:
    return one[0]


def _local_folders(root: Path) -> list[bytes]:
    folders = {root, Path.home()}
    # `/` and `/root` would match in ordinary text.
    return [f"{folder}/".encode() for folder in folders if len(folder.parts) > 2]
