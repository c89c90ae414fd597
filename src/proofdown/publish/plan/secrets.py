"""What must not be published: files by their names, and keys and local paths by how they look."""

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
_LOOKS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("a private key", re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    ("an AWS access key", re.compile(rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a GitHub token", re.compile(rb"\b(?:gh[pousr]_\w{36,}|github_pat_\w{60,})")),
    ("a GitLab token", re.compile(rb"\bglpat-[\w-]{20,}")),
    ("a Slack token", re.compile(rb"\bxox[abeoprs]-\w{8,}-[\w-]{8,}")),
    ("a Google API key", re.compile(rb"\bAIza[\w-]{35}\b")),
    ("a PyPI token", re.compile(rb"\bpypi-AgEIcHlwaS[\w-]{50,}")),
    ("a signed token", re.compile(rb"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")),
    ("a password in a URL", re.compile(rb"\bhttps?://[^/@\s:\"'<>]+:[^/@\s\"'<>]{6,}@[\w.-]+\.\w")),
)
_LONGEST = 4096
"""Bytes of the longest secret that is looked for."""
_EXAMPLES = re.compile(rb"EXAMPLE|example|\*\*\*|\.\.\.|password@|:password|xxxx", re.IGNORECASE)


class Secret(Struct, frozen=True):
    """A file that looks as if it must not be published."""

    path: str
    why: str
    """What it looks like, without the secret itself."""


def find_secrets(files: Contents, root: Path) -> Iterator[Secret]:
    """Yield what looks like a secret, once for each file.

    A folder of this machine tells strangers a user's name; the site's own root counts as one
    where it is deep enough to be no word of a text.
    """
    local = _local_folders(root)
    for path, content in sorted(files.items(), key=_path):
        name = path.rpartition("/")[2]
        if any(fnmatchcase(name.lower(), pattern) for pattern in _NAMES):
            yield Secret(path, "its name is one of a secret")
        elif why := _look(path, content, local):
            yield Secret(path, why)


def _look(path: str, content: Content, local: list[bytes]) -> str:
    if not path.lower().endswith((*_TEXT_SUFFIXES, *diagram_suffixes())):
        return ""
    return next((why for text in _windows(content) if (why := _look_at(text, local))), "")


def _windows(content: Content) -> Iterator[bytes]:
    """Yield a content in pieces that overlap, so that no secret lies between two."""
    before = b""
    for piece in pieces(content):
        text = before + piece if before else piece
        yield text
        before = text[-_LONGEST:]


def _look_at(data: bytes, local: list[bytes]) -> str:
    for what, pattern in _LOOKS:
        for found in pattern.finditer(data):
            if not _EXAMPLES.search(found[0]):
                return f"it holds {what}"
    if any(folder in data for folder in local):
        return "it names a folder of this machine"
    return ""


def _path(one: tuple[str, Content]) -> str:
    return one[0]


def _local_folders(root: Path) -> list[bytes]:
    folders = {root, Path.home()}
    return [f"{folder}/".encode() for folder in folders if len(folder.parts) > 2]
