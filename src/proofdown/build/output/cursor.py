"""Opens the folders of many files in the order of their paths, each within the one above it."""

from proofdown.folders import Folder


class Cursor:
    """Opens folders below one, the next within those that it has in common with the last.

    Args:
        top: the folder that holds them all.
        makes: whether to make those that are missing.
    """

    def __init__(self, top: Folder, *, makes: bool = False) -> None:
        self._makes = makes
        self._open = [top]
        self._parts: list[str] = []

    def at(self, path: str) -> Folder:
        """Return the folder at a relative path; it stays open until the next is asked for.

        Raises:
            OSError: there is none, or a link would be followed.
        """
        parts = path.split("/") if path else []
        common = 0
        for part, known in zip(parts, self._parts, strict=False):
            if part != known:
                break
            common += 1
        for folder in self._open[common + 1 :]:
            folder.close()
        del self._open[common + 1 :], self._parts[common:]
        for part in parts[common:]:
            self._open.append(self._open[-1].enter(part, makes=self._makes))
            self._parts.append(part)
        return self._open[-1]
