"""Python-Markdown and Pygments alone: `python floor.py FOLDER` converts every page and keeps none.

This is the lower bound of a cold build for a tool based on Python-Markdown: nothing is checked,
linked or written. The libraries are unmodified and have the same extensions as the peers.
"""

import sys
from pathlib import Path

from markdown import Markdown


def main(folder: Path, extensions: dict[str, dict[str, object]]) -> None:
    """Convert every page below a folder."""
    markdown = Markdown(extensions=list(extensions), extension_configs=extensions)
    for page in sorted(folder.rglob("*.md")):
        text = page.read_text("utf-8-sig")
        if text.startswith("---\n") and "\n---\n" in text:
            text = text.split("\n---\n", 1)[1]
        markdown.reset()
        markdown.convert(text)


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[3])
    from proofdown.markup.extensions import DEFAULT_EXTENSIONS
    from tests.tools.benchmarks.projects import EXTENSIONS

    main(Path(sys.argv[1]), DEFAULT_EXTENSIONS | EXTENSIONS)
