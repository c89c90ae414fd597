"""Paths similar to a missing one: found in sites of any size without comparing every path."""

import pytest

from proofdown.content.near_paths import MOST_COMPARED, NearPaths
from proofdown.site.links.resolve import Targets

PATHS = [f"guide/part-{n % 40}/step-{n}.md" for n in range(2000)]


def targets(paths: list[str]) -> Targets:
    pages = dict.fromkeys(paths, "")
    return Targets(pages=pages, assets=frozenset(), diagrams={}, content_folder="content")


@pytest.mark.parametrize(
    ("written", "guess"),
    [
        ("transport.md", "transports.md"),
        ("scenaros/native-direct.md", "scenarios/native-direct.md"),
        ("Transports.md", "transports.md"),
        ("scenarios/native-dirct.md", "scenarios/native-direct.md"),
        ("transports.html", "transports.md"),
        ("transports/", "transports.md"),
        ("native-direct.md", "scenarios/native-direct.md"),
    ],
)
def test_a_typo_in_a_path_gets_a_suggestion_among_two_thousand_pages(
    written: str, guess: str
) -> None:
    site = targets([*PATHS, "transports.md", "scenarios/native-direct.md"])
    assert site.suggest(written, "") == f"did you mean `{guess}`?"


def test_a_suggestion_is_relative_to_the_page() -> None:
    site = targets([*PATHS, "transports.md", "scenarios/native-direct.md"])
    assert site.suggest("../transport.md", "scenarios") == "did you mean `../transports.md`?"
    assert site.suggest("transport.md", "scenarios") == "did you mean `../transports.md`?"
    assert site.suggest("native-dirct.md", "scenarios") == "did you mean `native-direct.md`?"


def test_a_path_unlike_any_in_the_site_gets_no_suggestion() -> None:
    assert targets(PATHS).suggest("/dotnet/api/system.string", "") == ""
    assert targets([]).suggest("transports.md", "") == ""


def test_a_folder_common_to_all_pages_does_not_hide_the_best_match() -> None:
    paths = [f"reference/commands/{name}.md" for name in (*map(str, range(3000)), "migrate")]
    near = NearPaths(paths).near("reference/commands/migrat.md")
    assert near[0] == "reference/commands/migrate.md"
    assert len(near) <= MOST_COMPARED
