"""Reads `publish:` of the settings: where the site is published, and how it is reached."""

import re
from collections.abc import Callable

from msgspec import Struct

from proofdown.addresses import LONGEST_NAME, is_web_address, split_url
from proofdown.diagnostics import Diagnostic, Report
from proofdown.fields import Fields, describe, whole_number
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar

GIT, S3, RSYNC, DIRECTORY = "git", "s3", "rsync", "directory"
PATIENCE = 300
"""Seconds that a host may take until readers get what was sent to it."""

_BRANCH = re.compile(r"(?!-)(?!.*(\.\.|//|@\{|\.lock$|[/.]$))[^\s~^:?*\[\\\x00-\x1f\x7f]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SSH_HOST = re.compile(r"([\w.+-]+@)?([A-Za-z0-9][\w.-]*|\[[0-9a-fA-F:.]+\])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST = 1000
"""Characters of a name, a URL or a path of a host."""
_WIDEST = 80
"""Characters that are shown of what is far too long."""
_SECRET_KEY = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)
_WITHDRAW = (
    "take it out and withdraw it: git's credential helper, the SSH agent, or the environment of "
    "the run hands it over"
)
_PASSWORD = re.compile(r"//[^/@\s]*:[^/@\s]*@|//(gh[pousr]_|github_pat_|glpat-)[^/@\s]*@")


class GitTarget(Struct, frozen=True):
    """A branch of a repository, as code hosts publish it."""

    remote: str
    """Name of a remote of the site's repository, or a URL, or a path."""
    branch: str


class S3Target(Struct, frozen=True):
    """A bucket of a store that speaks S3."""

    bucket: str
    prefix: str
    """What the keys begin with: empty, or with a `/` at its end."""
    endpoint: str
    """URL of the store; empty for Amazon's."""
    region: str


class RsyncTarget(Struct, frozen=True):
    """A folder of a host that is reached over SSH."""

    host: str
    """Name of the host, with `user@` before it at will."""
    path: str
    port: int
    """0 for the usual one."""


class DirectoryTarget(Struct, frozen=True):
    """A folder of this machine, relative to the site's root."""

    path: str


Host = GitTarget | S3Target | RsyncTarget | DirectoryTarget


class PublishTarget(Struct, frozen=True):
    """One entry of `publish:`."""

    name: str
    url: str
    """Address that readers use; empty for the site's own."""
    keep: tuple[str, ...]
    """Patterns of paths there that belong to others and are left alone."""
    patience: int
    """Seconds until readers must get what was published."""
    host: Host
    location: Location


def read_publish(fields: Fields, report: Report) -> tuple[PublishTarget, ...]:
    """Return the targets; what is wrong with one is reported, and that one left out."""
    reader = _Reader(report)
    entries = fields.mapping("publish") or ()
    return tuple(found for key, value in entries if (found := reader.target(key, value)))


class _Reader:
    """Reads one target after the other."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def fault(self, message: str, location: Location, help_: str = "") -> None:
        self.report.add(Diagnostic("invalid-value", message, location, help_))

    def target(self, name: Scalar, value: object) -> PublishTarget | None:
        if not isinstance(value, Mapping):
            shown = describe(value) if isinstance(value, Scalar) else "a list"
            help_ = "write `{to: git, remote: origin, branch: gh-pages}`"
            self.fault(f"the target `{name.text}` is {shown}", name.location, help_)
            return None
        if not re.fullmatch(r"\w[\w.-]*", name.text):
            self.fault(f"`{name.text}` is not a name for a target", name.location)
            return None
        before = len(self.report)
        fields = Fields(value, self.report)
        self.refuse_secrets(value, fields)
        kinds: dict[str, Callable[[Scalar, Fields], Host]] = {
            GIT: self.git,
            S3: self.s3,
            RSYNC: self.rsync,
            DIRECTORY: self.directory,
        }
        kind = fields.choice("to", tuple(kinds), "")
        if not kind:
            if len(self.report) == before:
                known = ", ".join(f"`{kind}`" for kind in kinds)
                message = f"the target `{name.text}` does not say where it is published `to`"
                self.fault(message, name.location, f"one of {known}")
            return None
        host = kinds[kind](name, fields)
        url = fields.scalar("url")
        keep = tuple(pattern.text for pattern in fields.texts("keep"))
        patience = self.number(fields, "patience", PATIENCE, 3600)
        fields.reject_unknown(f"a setting of a target of the kind `{kind}`")
        if url and not _is_web_address(url.text):
            self.fault(
                f"`{url.text}` is not a web address", url.location, "it begins with `https://`"
            )
        if len(self.report) > before:
            return None
        address = url.text.rstrip("/") + "/" if url else ""
        return PublishTarget(name.text, address, keep, patience, host, name.location)

    def refuse_secrets(self, mapping: Mapping, fields: Fields) -> None:
        """Report keys that say a secret stands there, without showing it."""
        for key, _ in mapping:
            if _SECRET_KEY.search(key.text):
                fields.skip(key.text)
                self.secret(f"`{key.text}` is a secret, and stands in the settings", key.location)

    def secret(self, message: str, location: Location) -> None:
        bare = Location(location.path, location.line, location.column)
        self.report.add(Diagnostic("likely-secret", message, bare, _WITHDRAW))

    def git(self, name: Scalar, fields: Fields) -> GitTarget:
        remote = self.needed(name, fields, "remote", "origin")
        branch = fields.scalar("branch")
        if branch and not _BRANCH.fullmatch(branch.text):
            self.fault(f"`{branch.text}` is not a name for a branch", branch.location)
        return GitTarget(remote, branch.text if branch else "gh-pages")

    def s3(self, name: Scalar, fields: Fields) -> S3Target:
        bucket = self.needed(name, fields, "bucket")
        if bucket and not _BUCKET.fullmatch(bucket):
            self.fault(
                f"`{bucket}` is not a name for a bucket", fields.location("bucket") or _NOWHERE
            )
        endpoint = self.without_password(fields.scalar("endpoint"))
        if endpoint and not _is_web_address(endpoint):
            location = fields.location("endpoint") or _NOWHERE
            self.fault(f"`{endpoint}` is not a web address", location, "it begins with `https://`")
        prefix = fields.text("prefix").strip("/")
        region = fields.text("region")
        return S3Target(bucket, f"{prefix}/" if prefix else "", endpoint, region)

    def rsync(self, name: Scalar, fields: Fields) -> RsyncTarget:
        host = self.needed(name, fields, "host")
        path = self.needed(name, fields, "path")
        if host and not _SSH_HOST.fullmatch(host):
            help_ = "write `user@host`, without the path"
            self.fault(f"`{host}` is not a host", fields.location("host") or _NOWHERE, help_)
        return RsyncTarget(host, path.rstrip("/"), self.number(fields, "port", 0, 65535))

    def directory(self, name: Scalar, fields: Fields) -> DirectoryTarget:
        path = self.needed(name, fields, "path")
        if any(len(part.encode()) > LONGEST_NAME for part in path.split("/")):
            help_ = f"a name in it is longer than {LONGEST_NAME} bytes"
            location = fields.location("path") or _NOWHERE
            self.fault(f"`{path[:_WIDEST]}` cannot be a folder", location, help_)
        return DirectoryTarget(path)

    def needed(self, name: Scalar, fields: Fields, key: str, default: str = "") -> str:
        value = fields.scalar(key)
        if value is None or not value.text:
            if not default:
                self.fault(f"the target `{name.text}` has no `{key}`", name.location)
            return default
        is_odd = value.text.startswith("-") or _CONTROL.search(value.text)
        if is_odd or len(value.text) > _LONGEST:
            self.fault(f"`{value.text[:_WIDEST]}` cannot be a `{key}`", value.location)
        return self.without_password(value)

    def without_password(self, value: Scalar | None) -> str:
        """Return a value that holds no password; one that does is reported, and not shown."""
        if value is None:
            return ""
        if not _PASSWORD.search(value.text):
            return value.text
        self.secret("a password stands in the settings", value.location)
        return ""

    def number(self, fields: Fields, key: str, default: int, most: int) -> int:
        value = fields.scalar(key)
        if value is None:
            return default
        number = whole_number(value.text, most)
        if not number:
            shown = value.text[:_SHOWN]
            self.fault(f"`{key}` is `{shown}`, not a number from 1 to {most}", value.location)
            return default
        return number


_SHOWN = 40
"""Characters of a text that a message shows."""
_NOWHERE = Location("proofdown.yml")


def _is_web_address(text: str) -> bool:
    parts = split_url(text) if is_web_address(text) else None
    return bool(parts and not parts.query and not parts.fragment and "@" not in parts.netloc)
