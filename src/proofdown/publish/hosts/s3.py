"""Publishing to a bucket of a store that speaks S3."""

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
    failed,
    in_scratch,
    moved,
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
_AT_ONCE = 8
_CONDITION_FAILED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_CONDITION_UNKNOWN = ("NotImplemented", "501")


class S3Host(ObjectHost):
    """A bucket, or the part of one below a prefix."""

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
    """The objects below a prefix; paths here are without it."""

    def __init__(self, target: S3Target, location: Location) -> None:
        self.where = f"the bucket {target.bucket}/{target.prefix}".rstrip("/")
        self.location = location
        self._bucket, self._prefix = target.bucket, target.prefix
        self._client = _connect(target, location)
        self._etags: dict[str, str] = {}
        self._scratch: ScratchFolder | None = None

    def close(self) -> None:
        """Close the connections, and remove what was fetched."""
        self._client.close()
        if self._scratch:
            self._scratch.cleanup()

    def listing(self) -> dict[str, Object]:
        """Return every object below the prefix."""
        found: dict[str, Object] = {}
        with self._failing():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for one in page.get("Contents", []):
                    path, listed = self._listed(one)
                    found[path] = listed
                if len(found) > MOST_FILES:
                    raise failed(
                        self.where, f"it lists more than {MOST_FILES} files", self.location
                    )
        found.pop("", None)
        self._etags = {path: one.etag for path, one in found.items()}
        return found

    def load(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those of some small objects that are there."""
        with self._failing():
            loaded = [*self._each(self._load, paths)]
        return {path: data for path, data in loaded if data is not None}

    def fetch(self, paths: Iterable[str]) -> dict[str, FileContent]:
        """Return those of some objects that are there, as files that last until it is closed."""
        self._scratch = self._scratch or ScratchFolder()
        with self._failing():
            fetched = [*self._each(self._fetch, paths)]
        return {path: content for path, content in fetched if content is not None}

    def same(self, files: Contents, there: Mapping[str, Object]) -> set[str]:
        """Return those files that are there with that content.

        An ETag is the MD5 of most objects; where it is not the one that is wanted, the object
        itself is compared, for a store that encrypts has other ETags.
        """
        candidates = {
            path: data
            for path, data in files.items()
            if path in there and there[path].size == size_of(data)
        }
        sure = {p for p, data in candidates.items() if there[p].etag == _md5(data)}
        unsure = [path for path in candidates if path not in sure]
        with self._failing():
            stamps = [*self._each(self._stamp, unsure)]
        return sure | {path for path, found in stamps if found == stamp(candidates[path])}

    def send(self, files: Contents, progress: Progress) -> None:
        """Send files, several at once."""
        done = 0
        with self._failing():
            for _ in self._each(lambda path: self._put(path, files[path]), files):
                done += 1
                progress("sending", done, len(files))

    def keep(self, paths: Iterable[str], folder: str) -> None:
        """Copy objects to a folder, within the store."""
        with self._failing():
            self._all(lambda path: self._copy(path, folder + path), paths)

    def remove(self, paths: Iterable[str]) -> None:
        """Remove objects."""
        with self._failing():
            self._all(self._delete, paths)

    def begin(self, run: str) -> None:
        """Do nothing: requests know no runs."""

    def fence(self, there: Iterable[str]) -> None:
        """Do nothing: a store cannot take a request back that it has got."""

    def sweep(self, there: Iterable[str]) -> None:
        """Do nothing: a bucket has no folders."""

    def _listed(self, one: "ObjectTypeDef") -> tuple[str, Object]:
        try:
            tag = one.get("ETag", "").strip('"')
            found = Object(one["Size"], one["LastModified"].timestamp(), tag)
            return one["Key"].removeprefix(self._prefix), found
        except (KeyError, ValueError, AttributeError) as fault:
            reason = "it lists an object without its name, its size or its time"
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
        with in_scratch(self.location), closing(body):
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
        """Send one file; a receipt only if the one that was seen is still there."""
        condition: dict[str, Any] = {}
        if is_receipt(path):
            tag = self._etags.get(path)
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
                if file.fault:  # which the client told as one of its own
                    raise file.fault from None
                raise

    def _copy(self, path: str, new: str) -> None:
        source: CopySourceTypeDef = {"Bucket": self._bucket, "Key": self._key(path)}
        try:
            self._client.copy_object(Bucket=self._bucket, Key=self._key(new), CopySource=source)
        except self._client.exceptions.NoSuchKey:
            return  # it is gone, and so not there to be kept

    def _delete(self, path: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._key(path))

    def _key(self, path: str) -> str:
        return self._prefix + path

    def _all(self, work: Callable[[str], None], paths: Iterable[str]) -> None:
        for _ in self._each(work, paths):
            pass

    @staticmethod
    def _each(work: Callable[[str], _T], paths: Iterable[str]) -> Iterator[tuple[str, _T]]:
        listed = [*paths]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            yield from zip(listed, pool.map(work, listed), strict=True)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

        try:
            yield
        except NoCredentialsError as fault:
            help_ = "they come from the environment, `~/.aws`, or the machine's role"
            raise failed(self.where, "there are no credentials", self.location, help_) from fault
        except ClientError as fault:
            error = fault.response.get("Error", {})
            if error.get("Code") in _CONDITION_FAILED:
                raise moved(self.where, self.location) from fault
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

    # Newer checksums than MD5 are refused by stores that are not Amazon's.
    config = Config(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 4},
        max_pool_connections=_AT_ONCE,
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
