"""Publish to a bucket with the S3 protocol."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from hashlib import md5
from pathlib import Path
from tempfile import mkstemp
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from proofdown.config.publish import S3Target
from proofdown.diagnostics import Diagnostic, ToolError
from proofdown.publish.hosts.object_store import Object, ObjectHost
from proofdown.publish.hosts.protocol import (
    LARGEST_RECORD,
    MOST_FILES,
    changed_elsewhere,
    failed,
    reporting_scratch_errors,
    too_large,
)
from proofdown.publish.plan.contents import (
    PIECE,
    CheckedFile,
    Content,
    Contents,
    FileContent,
    Stamp,
    content_of,
    pieces,
    size_of,
    stamp,
    stamp_of_pieces,
)
from proofdown.publish.plan.headers import cache_control, content_type
from proofdown.publish.plan.paths import is_receipt
from proofdown.runtime.progress import Progress
from proofdown.runtime.system.scratch import ScratchFolder
from proofdown.source import Location

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef, ObjectTypeDef

_T = TypeVar("_T")
_CONNECTIONS = 8
_CONDITION_FAILED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
# Stores other than Amazon's may not implement conditional writes.
_CONDITION_UNKNOWN = ("NotImplemented", "501")


class S3Host(ObjectHost):
    """A bucket, or a prefix of one, as a host."""

    def __init__(self, target: S3Target, location: Location) -> None:
        self._bucket = S3Store(target, location)
        super().__init__(self._bucket)

    def __enter__(self) -> "S3Host":
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._bucket.close()


class S3Store:
    """The objects below a prefix; all paths are relative to it."""

    def __init__(self, target: S3Target, location: Location) -> None:
        self.where = f"the bucket {target.bucket}/{target.prefix}".rstrip("/")
        self.location = location
        self._bucket, self._prefix = target.bucket, target.prefix
        self._client = _connect(target, location)
        self._etags: dict[str, str] = {}
        self._scratch: ScratchFolder | None = None

    def close(self) -> None:
        """Close the connections and remove the downloaded files."""
        self._client.close()
        if self._scratch:
            self._scratch.cleanup()

    def list_files(self) -> dict[str, Object]:
        """Return every object below the prefix, by path."""
        found: dict[str, Object] = {}
        with self._reporting_errors():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for one in page.get("Contents", []):
                    path, listed = self._listed(one)
                    found[path] = listed
                if len(found) > MOST_FILES:
                    raise failed(
                        self.where, f"it lists more than {MOST_FILES} files", self.location
                    )
        found.pop("", None)  # the placeholder that some tools create for the prefix itself
        self._etags = {path: one.etag for path, one in found.items()}
        return found

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the contents of small objects, without those that do not exist."""
        with self._reporting_errors():
            loaded = [*self._map(self._load, paths)]
        return {path: data for path, data in loaded if data is not None}

    def fetch(self, paths: Iterable[str]) -> dict[str, FileContent]:
        """Download objects; return the existing ones, as files until the store is closed."""
        self._scratch = self._scratch or ScratchFolder()
        with self._reporting_errors():
            fetched = [*self._map(self._fetch, paths)]
        return {path: content for path, content in fetched if content is not None}

    def find_unchanged(self, files: Contents, listing: Mapping[str, Object]) -> set[str]:
        """Return the files that the store has with the same content."""
        candidates = {
            path: data
            for path, data in files.items()
            if path in listing and listing[path].size == size_of(data)
        }
        # The ETag of most objects is their MD5, but not that of encrypted and multipart ones,
        # which are downloaded to compare them.
        sure = {p for p, data in candidates.items() if listing[p].etag == _md5(data)}
        unsure = [path for path in candidates if path not in sure]
        with self._reporting_errors():
            stamps = [*self._map(self._stamp, unsure)]
        return sure | {path for path, found in stamps if found == stamp(candidates[path])}

    def send(self, files: Contents, progress: Progress) -> None:
        """Send files, several in parallel."""
        done = 0
        with self._reporting_errors():
            for _ in self._map(lambda path: self._put(path, files[path]), files):
                done += 1
                progress("sending", done, len(files))

    def keep(self, paths: Iterable[str], folder: str) -> None:
        """Copy objects to a folder on the server side."""
        with self._reporting_errors():
            self._for_each(lambda path: self._copy(path, folder + path), paths)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove objects."""
        with self._reporting_errors():
            self._for_each(self._delete, paths)

    def begin_run(self, run: str) -> None:
        """Do nothing: S3 requests do not belong to a run."""

    def fence(self, paths: Iterable[str]) -> None:
        """Do nothing: a request that a store has received cannot be canceled."""

    def remove_empty_folders(self, paths: Iterable[str]) -> None:
        """Do nothing: a bucket has no folders."""

    def _listed(self, one: "ObjectTypeDef") -> tuple[str, Object]:
        try:
            # The quotes belong to an ETag's syntax (RFC 9110).
            tag = one.get("ETag", "").strip('"')
            found = Object(one["Size"], one["LastModified"].timestamp(), tag)
            return one["Key"].removeprefix(self._prefix), found
        except (KeyError, ValueError, AttributeError) as fault:
            reason = "it lists an object without a name, size or time"
            raise failed(self.where, reason, self.location) from fault

    def _load(self, path: str) -> bytes | None:
        body = self._open(path)
        if body is None:
            return None
        with closing(body):
            data = body.read(LARGEST_RECORD + 1)
        if len(data) > LARGEST_RECORD:
            raise too_large(self.where, path, self.location)
        return data

    def _fetch(self, path: str) -> FileContent | None:
        body = self._open(path)
        if body is None or self._scratch is None:
            return None
        with reporting_scratch_errors(self.location), closing(body):
            descriptor, name = mkstemp(dir=self._scratch.name)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(body.iter_chunks(PIECE))
        return content_of(Path(name), self.location)

    def _stamp(self, path: str) -> Stamp | None:
        body = self._open(path)
        if body is None:
            return None
        with closing(body):
            return stamp_of_pieces(body.iter_chunks(PIECE))

    def _open(self, path: str) -> "StreamingBody | None":
        try:
            return self._client.get_object(Bucket=self._bucket, Key=self._key(path))["Body"]
        except self._client.exceptions.NoSuchKey:
            return None

    def _put(self, path: str, data: Content) -> None:
        """Send one file; a receipt only if it has not changed since the listing."""
        # Receipts are sent last, so a conditional write detects a concurrent publish.
        condition: dict[str, Any] = {}
        if is_receipt(path):
            tag = self._etags.get(path)
            # `If-None-Match: *` means: only if there is no such object yet.
            condition = {"IfMatch": f'"{tag}"'} if tag else {"IfNoneMatch": "*"}
        try:
            self._send(path, data, condition)
        except self._client.exceptions.ClientError as fault:
            if not condition or fault.response["Error"]["Code"] not in _CONDITION_UNKNOWN:
                raise
            self._send(path, data, {})

    def _send(self, path: str, data: Content, condition: dict[str, Any]) -> None:
        arguments: dict[str, Any] = {
            "Bucket": self._bucket,
            "Key": self._key(path),
            "ContentType": content_type(path),
            "CacheControl": cache_control(path),
            **condition,
        }
        if isinstance(data, bytes):
            self._client.put_object(Body=data, **arguments)
            return
        with CheckedFile(data) as file:
            try:
                self._client.put_object(Body=cast("IO[bytes]", file), **arguments)
            except Exception:
                if file.fault:  # boto3 wraps it in an error of its own
                    raise file.fault from None
                raise

    def _copy(self, path: str, new: str) -> None:
        source: CopySourceTypeDef = {"Bucket": self._bucket, "Key": self._key(path)}
        try:
            self._client.copy_object(Bucket=self._bucket, Key=self._key(new), CopySource=source)
        except self._client.exceptions.NoSuchKey:
            return  # it was deleted meanwhile, so there is nothing to keep

    def _delete(self, path: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._key(path))

    def _key(self, path: str) -> str:
        return self._prefix + path

    def _for_each(self, work: Callable[[str], None], paths: Iterable[str]) -> None:
        for _ in self._map(work, paths):
            pass

    @staticmethod
    def _map(work: Callable[[str], _T], paths: Iterable[str]) -> Iterator[tuple[str, _T]]:
        listed = [*paths]
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            yield from zip(listed, pool.map(work, listed), strict=True)

    @contextmanager
    def _reporting_errors(self) -> Iterator[None]:
        # Imported here, because `boto3` is optional.
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            yield
        except NoCredentialsError as fault:
            help_ = "they come from the environment, `~/.aws`, or the machine's role"
            raise failed(self.where, "there are no credentials", self.location, help_) from fault
        except ClientError as fault:
            error = fault.response.get("Error", {})
            if error.get("Code") in _CONDITION_FAILED:
                raise changed_elsewhere(self.where, self.location) from fault
            reason = f"{error.get('Code', '')}: {error.get('Message', '')}"
            raise failed(self.where, reason.lower(), self.location) from fault
        except BotoCoreError as fault:
            raise failed(self.where, str(fault).lower(), self.location) from fault


def _connect(target: S3Target, location: Location) -> "S3Client":
    try:
        import boto3
        from botocore.config import Config
    except ImportError as fault:
        message = "the library `boto3`, which talks to buckets, is not installed"
        help_ = "`pip install 'proofdown[s3]'`"
        raise ToolError(Diagnostic("missing-program", message, location, help_)) from fault
    from botocore.exceptions import BotoCoreError

    # boto3 sends CRC checksums by default, which many stores other than Amazon's refuse.
    config = Config(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 4},
        max_pool_connections=_CONNECTIONS,
    )
    try:
        return boto3.session.Session().client(
            "s3",
            endpoint_url=target.endpoint or None,
            region_name=target.region or None,
            config=config,
        )
    except (BotoCoreError, ValueError) as fault:
        raise failed(f"the bucket {target.bucket}", str(fault).lower(), location) from fault


def _md5(content: Content) -> str:
    digest = md5(usedforsecurity=False)
    for piece in pieces(content):
        digest.update(piece)
    return digest.hexdigest()
