"""A saved page is shown before the site is built, with the bytes that the build will produce."""

from pathlib import Path

import pytest

from proofdown.serve.rebuild import Preview, Rebuilder
from tests.support.project import Project

FILES: dict[str, str | bytes] = {
    "proofdown.yml": "title: Test\nnav: [index.md, {More: [other.md, third.md]}]\n",
    "content/index.md": "# Home\n\nText.\n",
    "content/other.md": "# Other\n\nText with [a link](third.md).\n",
    "content/third.md": "# Third\n\nText.\n",
}
OTHER = "other/index.html"


class Session:
    """A preview that the test rebuilds by hand."""

    def __init__(self, root: Path) -> None:
        self.project = Project.make(root, FILES)
        self.rebuilder = Rebuilder(root, lambda *_: None)
        self.current = Preview()
        for text in ("", "\nA first edit.\n"):
            self.save("other.md", f"# Other\n\nText with [a link](third.md).\n{text}")

    def save(self, name: str, text: str) -> list[bytes | None]:
        """Save a page and rebuild; return the page as each shown preview had it, in order."""
        self.project.write({f"content/{name}": text})
        shown: list[bytes | None] = []
        self.current = self.rebuilder.rebuild(
            self.current,
            lambda preview: shown.append(preview.manifest.files[OTHER].read()),
            frozenset([str(self.project.root / "content" / name)]),
        )
        return shown

    @property
    def page(self) -> bytes | None:
        """The page as it is served now."""
        return self.current.manifest.files[OTHER].read()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Return a preview in which a page was edited once."""
    return Session((tmp_path / "site").resolve())


def test_a_saved_text_is_shown_early_once_with_the_bytes_of_the_build(session: Session) -> None:
    shown = session.save("other.md", "# Other\n\nAnother text with [a link](third.md).\n")
    assert shown == [session.page]
    assert b"Another text with" in (session.page or b"")
    session.project.build()
    assert (session.project.root / "site" / OTHER).read_bytes() == session.page


def test_a_saved_text_is_shown_even_if_the_build_after_it_fails(session: Session) -> None:
    session.project.write({"proofdown.yml": "title: [\n"})
    shown = session.save("other.md", "# Other\n\nAnother text with [a link](third.md).\n")
    assert [b"Another text with" in (page or b"") for page in shown] == [True]
    assert shown == [session.page]


def test_a_new_title_waits_for_the_build_of_the_nav(session: Session) -> None:
    shown = session.save("other.md", "# Renamed\n\nText with [a link](third.md).\n")
    assert [(page or b"").count(b"Renamed") for page in shown] == [
        (session.page or b"").count(b"Renamed")
    ]


def test_a_page_that_cannot_be_rendered_is_not_shown_early(session: Session) -> None:
    before = session.page
    assert session.save("other.md", "# Other\n\n" + "- " * 600 + "x\n") == []
    assert session.page == before
