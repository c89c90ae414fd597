"""Apply patches, from mails or code hosts, to a copy of the tree that they were made for.

Git itself parses mails (`git mailsplit`, `git mailinfo`) and applies patches (`git apply`, which
refuses paths that lead out of the folder). This module adds the diagnostics for when it cannot.
"""

import os
import re
from pathlib import Path

from msgspec import Struct

from proofdown.diagnostics import Diagnostic, SiteError, reason_of
from proofdown.review.git import Repository
from proofdown.runtime.git import GitError, WorkTree, make_scratch, read_git
from proofdown.runtime.system.scratch import ScratchFolder
from proofdown.source import Location

# Mailboxes begin with a line `From HASH DATE`, single mails with any header.
_MAIL = re.compile(
    rb"From [^\n]*\n|(?:From|Subject|Date|Message-ID|Return-Path|Received|MIME-Version|"
    rb"Content-Type|Delivered-To|X-[\w-]+):",
    re.IGNORECASE,
)
_LARGEST = 64 * 1024 * 1024
"""The most bytes that a file of patches may have."""
# The 2 in `Subject: [PATCH v3 2/7] …`.
_NUMBER = re.compile(r"^Subject:.*?\bPATCH\b[^\]]*?\b(\d{1,9})/\d+\]", re.MULTILINE | re.IGNORECASE)
_SUBJECT = re.compile(r"^Subject: (.*)$", re.MULTILINE)
# The file in `--- a/docs/flows.md`; the prefix is missing in diffs made with `--no-prefix`.
_EDITED = re.compile(r"^--- \"?(?P<prefix>[a-z]/)?(?P<path>[^\n\t\"]+)\"?.*\n\+\+\+ ", re.MULTILINE)
_INDEX = re.compile(
    r"^diff --git \"?a/(?P<path>.+?)\"? \"?b/.*\n(?:(?!diff --git).*\n)*?"
    r"index (?P<blob>[0-9a-f]+)\.\.",
    re.MULTILINE,
)
# `error: patch failed: docs/flows.md:12` or `error: docs/flows.md: already exists in …`.
_FAILED = re.compile(
    r"^error: (?:patch failed: )?(?P<path>.+?)(?::(?P<line>\d+)$|: )", re.MULTILINE
)
# Git writes `0000000` for a file that does not exist on that side.
_NO_BLOB = re.compile(r"0+")


class PatchError(SiteError):
    """The patch cannot be read or does not apply."""


class Patch(Struct, frozen=True):
    """One patch, extracted from its mail."""

    subject: str
    """First line of its message; empty for a bare diff."""
    text: str
    """The diff, with any text around it."""
    location: Location
    """The file that it came from."""


def load_patches(file: Path) -> tuple[Patch, ...]:
    """Return the patches in a file, in order: a diff, a mail, or a mailbox with a series.

    Raises:
        PatchError: the file cannot be read or contains no patch.
    """
    location = Location(str(file))
    try:
        with file.open("rb") as opened:
            # One byte beyond the limit shows that the file is too large; the rest is not read.
            data = opened.read(_LARGEST + 1)
    except OSError as fault:
        reason = reason_of(fault)
        raise _error(f"the patch cannot be read: {reason}", location) from None
    if len(data) > _LARGEST:
        raise _error(f"the patch has more than {_LARGEST >> 20} MB", location)
    if _MAIL.match(data):
        patches = _from_mails(file.resolve(), location)
    else:
        patches = (Patch("", data.decode("utf-8", "surrogateescape"), location),)
    # The cover letter of a series is a mail without a diff.
    found = tuple(p for p in patches if re.search(r"^(?:diff --git |--- \S)", p.text, re.MULTILINE))
    if not found:
        help_ = "save the mail as it came, or what `git format-patch` or `git diff` writes"
        raise _error("there is no patch in this file", location, help_)
    return found


def apply_patches(patches: tuple[Patch, ...], folder: Path, repository: Repository) -> None:
    """Apply patches to the files of a folder, one after another.

    Raises:
        PatchError: one of them does not apply; no part of that one is applied then.
    """
    # The folder is the work tree of a new, empty repository, so that Git ignores any repository
    # that the folder contains.
    tree = make_scratch(WorkTree(folder, folder.with_name(f"{folder.name}.patches.git")))
    for number, patch in enumerate(patches, start=1):
        name = f"patch {number} of {len(patches)}" if len(patches) > 1 else "the patch"
        file = folder.with_name(f"{folder.name}.{number}.patch")
        # Files in a diff may have any encoding and line ends, which must reach Git unchanged.
        file.write_text(patch.text, "utf-8", "surrogateescape", newline="")
        # Checked before Git runs, so that the message can name several missing files.
        missing = [path for path in _edited(patch) if not os.path.lexists(folder / path)]
        if missing:
            raise _missing(name, missing, patch.location)
        try:
            strip = "-p0" if _has_no_prefix(patch) else "-p1"
            read_git(tree, "apply", "--whitespace=nowarn", strip, str(file))
        except GitError as fault:
            raise _refused(name, str(fault), patch, repository) from None


def _from_mails(file: Path, location: Location) -> tuple[Patch, ...]:
    """Return the patches in a mailbox or a mail, sorted by their numbers in the series."""
    with ScratchFolder() as name:
        folder = Path(name)
        tree = make_scratch(WorkTree(folder, folder / "git"))
        try:
            # With `-b`, a file that does not begin with a `From ` line is a single mail.
            read_git(tree, "mailsplit", "-b", f"-o{folder}", "--", str(file))
            # `mailsplit` numbers its files `0001`, `0002`, …
            mails = sorted(folder.glob("[0-9]*"))
            patches = [_from_mail(mail, tree, location) for mail in mails]
        except GitError as fault:
            raise _error(f"Git cannot read this as a mail: {fault}", location) from None
    # A mailbox has the mails in the order of their arrival. Unnumbered ones keep their order,
    # because sorting is stable.
    return tuple(patch for _, patch in sorted(patches, key=lambda found: found[0]))


def _from_mail(mail: Path, tree: WorkTree, location: Location) -> tuple[int, Patch]:
    """Return the patch in a mail, and its number in its series or 0."""
    message, diff = mail.with_suffix(".message"), mail.with_suffix(".diff")
    command = ("mailinfo", "--encoding=UTF-8", str(message), str(diff))
    header = read_git(tree, *command, given=mail.read_bytes()).decode("utf-8", "replace")
    subject = _SUBJECT.search(header)
    number = _NUMBER.search(mail.read_text("utf-8", "replace"))
    text = diff.read_bytes().decode("utf-8", "surrogateescape")
    return (
        int(number[1]) if number else 0,
        Patch(subject[1] if subject else "", text, location),
    )


def _edited(patch: Patch) -> list[str]:
    """Return the paths that a patch changes or removes, without quoted and unsafe ones."""
    found = dict.fromkeys(edited["path"] for edited in _EDITED.finditer(patch.text))
    return [
        path
        for path in found
        if path != "/dev/null" and not {"\\", ".."} & {*path, *path.split("/")}
    ]


def _has_no_prefix(patch: Patch) -> bool:
    """Return whether its paths lack `a/` and `b/`, as written by `git diff --no-prefix`."""
    edited = [e for e in _EDITED.finditer(patch.text) if e["path"] != "/dev/null"]
    return bool(edited) and not any(e["prefix"] for e in edited)


def _missing(name: str, missing: list[str], location: Location) -> PatchError:
    shown = ", ".join(f"`{path}`" for path in missing[:3])
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    message = (
        f"{name} edits {shown}{more}, which this tree does not have; "
        "a prerequisite patch may be missing"
    )
    help_ = "name the revision that it was made for, or put the patches it depends on before it"
    return _error(message, location, help_)


def _refused(name: str, error: str, patch: Patch, repository: Repository) -> PatchError:
    """Return why Git did not apply a patch, and what may be missing."""
    failed = _FAILED.search(error)
    if failed is None:
        return _error(f"{name} cannot be applied: {error.splitlines()[0]}", patch.location)
    path = failed["path"]
    if "already exists" in error:
        message = f"{name} adds `{path}`, which this tree has already"
        return _error(message, patch.location, "it may have been applied already")
    blobs = {found["path"]: found["blob"] for found in _INDEX.finditer(patch.text)}
    blob = blobs.get(path, "0")
    message = f"{name} does not apply to `{path}`"
    if failed["line"]:
        message += f", which is different around line {failed['line']}"
    # A patch names the blobs that it was made from; one that is unknown here explains the failure.
    if not _NO_BLOB.fullmatch(blob) and not repository.has_blob(blob):
        message += (
            f"; the version it was made for, `{blob}`, is not in this repository, so a "
            "prerequisite patch may be missing"
        )
        return _error(message, patch.location)
    return _error(message, patch.location, "name the revision that it was made for")


def _error(message: str, location: Location, help_: str = "") -> PatchError:
    return PatchError(Diagnostic("failed-patch", message, location, help_))
