"""The files of a site's templates folder. Each is read once, so that a build sees one state."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from jinja2 import BaseLoader, Environment, TemplateNotFound
from jinja2.loaders import split_template_path

from proofdown.config.model import Config
from proofdown.content.discovery import find_files
from proofdown.diagnostics import Report
from proofdown.digests import checksum, digest
from proofdown.files import load_bytes, make_source
from proofdown.source import Source, decode


class OwnFiles:
    """The files of a site's templates folder, read when this is created.

    Args:
        config: the settings, which name the folder.
        report: gets the files that cannot be used at all.
    """

    def __init__(self, config: Config, report: Report) -> None:
        self._root, self._folder = config.root, config.root / config.templates
        self._files = find_files(config, self._folder, report)
        self._data: dict[str, bytes] = {}
        self._faults: dict[str, Report] = {}
        for path, file in self._files.items():
            faults = Report()
            data = load_bytes(file, self._root, faults)
            if data is None:
                self._faults[path] = faults
            else:
                self._data[path] = data

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    @property
    def checksums(self) -> dict[str, str]:
        """Path in the folder → SHA-256, for each file that could be read."""
        return {path: checksum(data) for path, data in self._data.items()}

    @cached_property
    def digest(self) -> str:
        """Digest of the files, and of the reasons why some cannot be read."""
        read = (part for path, data in sorted(self._data.items()) for part in (path, data))
        lost = (repr((path, list(faults))) for path, faults in sorted(self._faults.items()))
        return digest(*read, "", *lost)

    def load(self, path: str, report: Report) -> bytes | None:
        """Return the bytes of a file, or None if it could not be read, which is reported."""
        report.extend(self._faults.get(path, ()))
        return self._data.get(path)

    def source(self, path: str, report: Report) -> Source | None:
        """Return a file's text, or None if it cannot be read or decoded, which is reported."""
        data = self.load(path, report)
        return None if data is None else make_source(data, self._files[path], self._root, report)

    def text(self, path: str) -> str | None:
        """Return a file's text, or None if the file does not exist.

        Raises:
            OSError: it could not be read.
            UnicodeDecodeError: it is not UTF-8.
        """
        if path in self._faults:
            # Without an `errno`, by which `Templates.render` tells it from the theme's faults.
            raise OSError(path)
        data = self._data.get(path)
        return None if data is None else decode(data)


class OwnLoader(BaseLoader):
    """Loads the site's templates as they were when the build began."""

    def __init__(self, own: OwnFiles, folder: Path) -> None:
        self._own, self._folder = own, folder

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 (it is Jinja's interface)
        template: str,
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return a template's text, its file, and a function that says it is up to date."""
        path = "/".join(split_template_path(template))
        text = self._own.text(path)
        if text is None:
            raise TemplateNotFound(template)
        # Always up to date: the files were read once, for the whole build.
        return text, str(self._folder / path), lambda: True

    def list_templates(self) -> list[str]:
        """Return the names of all files, which templates may include."""
        return sorted(self._own)
