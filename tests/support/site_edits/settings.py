"""Edits of the settings."""

from pathlib import Path

from tests.support.sample_site import TOLERANT
from tests.support.site_edits.kinds import change_settings, edit, pick


@edit
def nav(root: Path, number: int) -> None:
    many = [{f"Outside {n}": f"https://example.org/{n}"} for n in range(300)]
    one = {"One": ["index.md", "guide/one.md"]}
    two = {"Two": ["guide/two.md", "plain.md"]}
    value = pick(
        number,
        [one, two],
        [{"One": ["guide/two.md", "plain.md"]}, {"Two": ["index.md", "guide/one.md"]}],
        ["plain.md", {"G": ["guide/two.md", "gone.md", {"Deep": ["guide/one.md"]}]}],
        [one, two, {"Many": many}],
        [{"One": ["plain.md"]}, {"Two": ["index.md", "guide/one.md", "guide/two.md"]}, *many],
        [{"One": ["index.md", "guide/one.md", "guide/two.md"]}, {"Two": ["plain.md"]}, *many],
    )
    change_settings(root, "nav", value)


@edit
def setting(root: Path, number: int) -> None:
    key, value = pick(
        number,
        ("title", "Another title"),
        ("url", "https://example.org/"),
        ("language", "de"),
        ("language", "en-GB"),
        ("description", "What it is about."),
        ("repository", "https://github.com/a/b"),
        ("edit", "https://example.org/edit/{path}"),
        ("styles", ["own.css"]),
        ("announcement", {"text": "New", "link": "plain.md"}),
        ("checks", {**TOLERANT, "broken-link": "off", "orphan-page": "error"}),
        ("checks", {}),
        ("search", {"expect": {"words": "plain.md"}}),
        ("diagrams", {"node": {"shape": "box"}}),
        ("commands", {"tool": "more"}),
        ("nonsense", 1),
        ("policy", "off"),
    )
    change_settings(root, key, value)


@edit
def comment_in_the_settings(root: Path, number: int) -> None:
    file = root / "proofdown.yml"
    file.write_text(f"# {number}\n" + file.read_text("utf-8"), "utf-8")


@edit
def words(root: Path, number: int) -> None:
    change_settings(root, "words", pick(number, ["Zzyzxian"], ["migrastions", "Zzyzxia"]))


@edit
def markdown_extension(root: Path, number: int) -> None:
    value = pick(
        number,
        ["smarty"],
        [{"pymdownx.snippets": {"base_path": [str(root / "parts")]}}],
        [{"admonition": "off"}, "nl2br"],
        ["no_such_extension"],
        [{"toc": {"permalink": "P"}}],
    )
    change_settings(root, "markdown_extensions", value)
