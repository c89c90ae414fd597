"""Content types and cache headers, for hosts that take them with each upload."""

from pathlib import PurePosixPath

from proofdown.diagrams.languages import media_types
from proofdown.publish.plan.paths import is_named_by_hash

_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml; charset=utf-8",
    ".yml": "application/yaml; charset=utf-8",
    ".zip": "application/zip",
}
"""The types that sites need, except those of diagrams.

Not taken from the system's `mime.types`, because that differs between machines.
"""


def content_type(path: str) -> str:
    """Return the `Content-Type` of a file, by its suffix."""
    types = media_types() | _TYPES
    return types.get(PurePosixPath(path).suffix.lower(), "application/octet-stream")


def cache_control(path: str) -> str:
    """Return the `Cache-Control` header of a file."""
    if is_named_by_hash(path):
        # One year in seconds, the customary "forever"; `immutable` is defined by RFC 8246.
        return "public, max-age=31536000, immutable"
    # Revalidation costs a short `304`, but a new page never gets an old style sheet.
    return "no-cache"
