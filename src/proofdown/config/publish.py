"""The setting `publish`: where the site is published, and how to reach the hosts."""

import re
from collections.abc import Mapping as MappingType
from typing import Annotated

from msgspec import Struct

from proofdown.addresses import LONGEST_NAME, is_web_address, split_url
from proofdown.diagnostics import Diagnostic
from proofdown.fields import Fields, describe, whole_number
from proofdown.keys import Entry, Key, read_struct, read_text, read_values
from proofdown.source import Location
from proofdown.yamltree import Mapping, Scalar, Tree

# Most of the rules of `git check-ref-format --branch`, and of S3's for names of buckets.
_BRANCH = re.compile(r"(?!-)(?!.*(\.\.|//|@\{|\.lock$|[/.]$))[^\s~^:?*\[\\\x00-\x1f\x7f]+")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SSH_HOST = re.compile(r"([\w.+-]+@)?([A-Za-z0-9][\w.-]*|\[[0-9a-fA-F:.]+\])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST = 1000
"""Largest length of a name, a URL or a path of a host, in characters."""
_SHOWN_OF_TEXT = 80
"""Characters that messages show of a text that is too long."""
_SHOWN_OF_NUMBER = 40
"""Characters that messages show of a number."""
_SECRET_KEY = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)
_WITHDRAW = (
    "remove and revoke it; git's credential helper, the SSH agent, or the environment of the run "
    "can supply it instead"
)
# In a URL: a password after the user, or a token of GitHub or GitLab in the user's place.
_PASSWORD = re.compile(r"//[^/@\s]*:[^/@\s]*@|//(gh[pousr]_|github_pat_|glpat-)[^/@\s]*@")


def _read_name(entry: Entry) -> str | None:
    """Return an optional name, URL or path of a host."""
    value = entry.scalar()
    return _checked(value, entry) if value and value.text else None


def _read_needed(entry: Entry) -> str:
    """Return a required name, URL or path of a host; report it if it is missing."""
    value = entry.scalar()
    if value and value.text:
        return _checked(value, entry)
    if entry.owner:
        message = f"the target `{entry.owner.text}` has no `{entry.key}`"
        entry.fault(message, entry.owner.location)
    return ""


def _checked(value: Scalar, entry: Entry) -> str:
    # `git` and `ssh` would read a leading hyphen as an option.
    is_unsafe = value.text.startswith("-") or _CONTROL.search(value.text)
    if is_unsafe or len(value.text) > _LONGEST:
        entry.fault(f"`{value.text[:_SHOWN_OF_TEXT]}` cannot be a `{entry.key}`", value.location)
    return _without_password(value, entry)


def _without_password(value: Scalar, entry: Entry) -> str:
    """Return a value, or "" if it contains a password, which is reported but not shown."""
    if not _PASSWORD.search(value.text):
        return value.text
    _report_secret("the settings contain a password", value.location, entry.fields)
    return ""


def _report_secret(message: str, location: Location, fields: Fields) -> None:
    # Without the snippet of the source line, which would print the secret.
    bare = Location(location.path, location.line, location.column)
    fields.report.add(Diagnostic("likely-secret", message, bare, _WITHDRAW))


def _read_branch(entry: Entry) -> str | None:
    value = entry.scalar()
    if value and not _BRANCH.fullmatch(value.text):
        entry.fault(f"`{value.text}` is not a name for a branch", value.location)
    return value.text if value else None


def _read_bucket(entry: Entry) -> str:
    bucket, location = _read_needed(entry), entry.fields.location(entry.key)
    if bucket and location and not _BUCKET.fullmatch(bucket):
        entry.fault(f"`{bucket}` is not a name for a bucket", location)
    return bucket


def _read_prefix(entry: Entry) -> str | None:
    prefix = entry.fields.text(entry.key).strip("/")
    return f"{prefix}/" if prefix else None


def _read_endpoint(entry: Entry) -> str | None:
    value = entry.scalar()
    endpoint = _without_password(value, entry) if value else ""
    if value and endpoint and not _is_web_address(endpoint):
        entry.fault(
            f"`{endpoint}` is not a web address", value.location, "it begins with `https://`"
        )
    return endpoint


def _read_ssh_host(entry: Entry) -> str:
    host, location = _read_needed(entry), entry.fields.location(entry.key)
    if host and location and not _SSH_HOST.fullmatch(host):
        entry.fault(f"`{host}` is not a host", location, "write `user@host`, without the path")
    return host


def _read_remote_folder(entry: Entry) -> str:
    return _read_needed(entry).rstrip("/")


def _read_local_folder(entry: Entry) -> str:
    path, location = _read_needed(entry), entry.fields.location(entry.key)
    if location and any(len(part.encode()) > LONGEST_NAME for part in path.split("/")):
        help_ = f"a name in it is longer than {LONGEST_NAME} bytes"
        entry.fault(f"`{path[:_SHOWN_OF_TEXT]}` cannot be a folder", location, help_)
    return path


def _read_port(entry: Entry) -> int | None:
    return _read_number(entry, 65535)


def _read_patience(entry: Entry) -> int | None:
    return _read_number(entry, 3600)


def _read_number(entry: Entry, most: int) -> int | None:
    value = entry.scalar()
    if value is None:
        return None
    number = whole_number(value.text, most)
    if not number:
        shown = value.text[:_SHOWN_OF_NUMBER]
        entry.fault(f"`{entry.key}` is `{shown}`, not a number from 1 to {most}", value.location)
    return number or None


def _read_url(entry: Entry) -> str | None:
    value = entry.scalar()
    if value and not _is_web_address(value.text):
        help_ = "it begins with `https://`"
        entry.fault(f"`{value.text}` is not a web address", value.location, help_)
    return value.text.rstrip("/") + "/" if value else None


def _is_web_address(text: str) -> bool:
    parts = split_url(text) if is_web_address(text) else None
    return bool(parts and not parts.query and not parts.fragment and "@" not in parts.netloc)


def _read_patterns(entry: Entry) -> tuple[str, ...]:
    return tuple(pattern.text for pattern in entry.fields.texts(entry.key))


class GitTarget(Struct, frozen=True):
    """A branch of a repository, which a code host publishes."""

    remote: Annotated[str, Key(_read_name)] = "origin"
    """Name of a remote of the site's repository, or a URL or a path."""
    branch: Annotated[str, Key(_read_branch)] = "gh-pages"


class S3Target(Struct, frozen=True):
    """A bucket of an object store with the S3 API."""

    bucket: Annotated[str, Key(_read_bucket)]
    prefix: Annotated[str, Key(_read_prefix)] = ""
    """Prefix of the keys: empty, or ending in `/`."""
    endpoint: Annotated[str, Key(_read_endpoint)] = ""
    """URL of the store; empty for Amazon's."""
    region: Annotated[str, Key(read_text)] = ""


class RsyncTarget(Struct, frozen=True):
    """A folder of a host that is reached over SSH."""

    host: Annotated[str, Key(_read_ssh_host)]
    """Name of the host, optionally with `user@` before it."""
    path: Annotated[str, Key(_read_remote_folder)]
    port: Annotated[int, Key(_read_port)] = 0
    """0 for the default one."""


class DirectoryTarget(Struct, frozen=True):
    """A folder of this machine, relative to the site's root."""

    path: Annotated[str, Key(_read_local_folder)]


Host = GitTarget | S3Target | RsyncTarget | DirectoryTarget


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of target, with its row in the manual."""

    name: str
    """The value of `to`."""
    struct: type[Host]
    """The struct that declares its keys."""
    meaning: str
    """What the manual says of these keys."""
    without: str
    """What the manual says of a target without them."""


KINDS = (
    Kind(
        name="git",
        struct=GitTarget,
        meaning="a remote's name, URL or path, and the branch",
        without="`origin`, `gh-pages`",
    ),
    Kind(
        name="s3",
        struct=S3Target,
        meaning="the bucket, what keys begin with, and the store if it is not Amazon's",
        without="Only `bucket` must be there",
    ),
    Kind(
        name="rsync",
        struct=RsyncTarget,
        meaning="the host as `ssh` knows it, and the folder there",
        without="Only `port` may be left out",
    ),
    Kind(
        name="directory",
        struct=DirectoryTarget,
        meaning="the folder, from the site's own",
        without="Refused",
    ),
)
_BY_NAME: MappingType[str, Kind] = {kind.name: kind for kind in KINDS}


def _read_host(entry: Entry) -> Host | None:
    """Return the host of a target, read by the keys of its kind."""
    name = entry.fields.choice(entry.key, _BY_NAME)
    if name is None:
        return None
    struct = _BY_NAME[name].struct
    return struct(**read_values(struct, entry.fields, owner=entry.owner))


class PublishTarget(Struct, frozen=True, kw_only=True):
    """One entry of `publish:`."""

    name: str
    location: Location
    host: Annotated[Host, Key(_read_host, name="to", without="Refused")]
    """`git`, `s3`, `rsync` or `directory`."""
    url: Annotated[str, Key(_read_url, without="The site's `url`")] = ""
    """Address at which readers get this target.

    Empty for the site's own.
    """
    keep: Annotated[tuple[str, ...], Key(_read_patterns)] = ()
    """Patterns of paths there that belong to others and are left alone."""
    patience: Annotated[int, Key(_read_patience)] = 300
    """Seconds until readers must get what was published."""


def read_publish(entry: Entry) -> tuple[PublishTarget, ...]:
    """Return the targets; invalid ones are reported and left out."""
    targets = entry.fields.mapping(entry.key) or ()
    return tuple(found for name, value in targets if (found := _target(name, value, entry)))


def _target(name: Scalar, value: Tree, entry: Entry) -> PublishTarget | None:
    if not isinstance(value, Mapping):
        shown = describe(value) if isinstance(value, Scalar) else "a list"
        help_ = "write `{to: git, remote: origin, branch: gh-pages}`"
        entry.fault(f"the target `{name.text}` is {shown}", name.location, help_)
        return None
    if not re.fullmatch(r"\w[\w.-]*", name.text):
        entry.fault(f"`{name.text}` is not a name for a target", name.location)
        return None
    report = entry.fields.report
    before, fields = len(report), Fields(value, report)
    _refuse_secrets(value, fields)
    host = _read_host(Entry(fields, "to", owner=name))
    if host is None:
        if len(report) == before:
            known = ", ".join(f"`{kind}`" for kind in _BY_NAME)
            message = f"the target `{name.text}` does not say where it is published `to`"
            entry.fault(message, name.location, f"one of {known}")
        return None
    (kind,) = (kind.name for kind in KINDS if kind.struct is type(host))
    given = {"name": name.text, "location": name.location, "host": host}
    member = f"a setting of a target of the kind `{kind}`"
    target = read_struct(PublishTarget, fields, member, owner=name, given=given)
    # Not with a default in place of a wrong value, which could publish to the wrong branch.
    return target if len(report) == before else None


def _refuse_secrets(mapping: Mapping, fields: Fields) -> None:
    """Report keys whose name says that the value is a secret, without showing it."""
    for key, _ in mapping:
        if _SECRET_KEY.search(key.text):
            fields.skip(key.text)
            message = f"the settings contain a secret, `{key.text}`"
            _report_secret(message, key.location, fields)
