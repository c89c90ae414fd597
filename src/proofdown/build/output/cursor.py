"""Open the folders of many files in path order, keeping common parent folders open."""

from proofdown.folders import Folder


class Cursor:
    """Opens folders below a top folder. Parents shared with the previous folder stay open.

    Args:
        top: the folder that contains them all.
        makes: whether to create missing folders.
    """

    def __init__(self, top: Folder, *, makes: bool = False) -> None:
        self._makes = makes
        self._open = [top]
        self._parts: list[str] = []

    def at(self, path: str) -> Folder:
        """Return the folder at a relative path; it stays open until the next call.

        Raises:
            OSError: it does not exist, or a symbolic link would be followed.
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
