"""A second language of diagrams, listed in `LANGUAGES`: everything that DOT gets, it gets."""

import json
from pathlib import Path

import pytest

from proofdown.config.diagrams import DiagramSettings
from proofdown.diagrams import languages
from proofdown.diagrams.cache import DrawingCache
from proofdown.diagrams.model.language import Drawn, Program
from proofdown.publish.plan.headers import content_type
from proofdown.runtime.cache.checked_file import CacheFolder
from tests.diagrams.arrows import Arrows
from tests.support.built_site import Files, built_site, new_site, text_of
from tests.support.git_sites import History

SITE: Files = {
    "diagrams/flow.arrows": "client -> source\nsource -> destination\n",
    "diagrams/other.dot": "digraph { a -> b }",
    "content/index.md": "# Home\n\n![Other](../diagrams/other.dot)\n",
    "content/flows.md": "# Flows\n\n![Who connects to whom](../diagrams/flow.%61rrows)\n",
    "content/flows.claims.yml": (
        "diagrams:\n  flow:\n    connections: [client -> source, source -> destination]\n"
    ),
}


@pytest.fixture(autouse=True)
def arrows(monkeypatch: pytest.MonkeyPatch) -> Arrows:
    """List a second language after DOT."""
    language = Arrows()
    monkeypatch.setattr(languages, "LANGUAGES", (*languages.LANGUAGES, language))
    return language


def test_a_page_shows_its_drawing_and_says_what_it_shows(tmp_path: Path) -> None:
    project = built_site(tmp_path, SITE)
    page = project.html("flows/index.html")
    assert '<svg class="drawing-svg"' in page
    assert ">client to source. source to destination.</desc>" in page
    assert project.tree()["drawings/flow.png"].startswith(b"\x89PNG")
    assert "source -&gt; destination</text>" in project.html("drawings/flow.svg")


def test_a_claim_is_judged_at_the_line_of_its_edge(tmp_path: Path) -> None:
    more = "client -> source\nsource -> destination\nclient -> destination\n"
    shown = new_site(tmp_path, SITE | {"diagrams/flow.arrows": more}).run("check").out
    assert shown.startswith(
        "diagrams/flow.arrows:3:1: error[diagram-contradicts]: "
        "the drawing `flow` has `client -> destination`, which is not claimed\n"
    )
    assert "= note: shown here: content/flows.md:3:25\n" in shown


def test_an_edit_of_it_changes_the_page_that_shows_it_and_no_other(tmp_path: Path) -> None:
    # Claims alone would put the drawings into the page's key.
    unclaimed = {path: text for path, text in SITE.items() if not path.endswith(".claims.yml")}
    project = built_site(tmp_path, unclaimed)
    before = project.tree()
    project.write({"diagrams/flow.arrows": "source -> destination\nclient -> source\n"})
    assert project.build("--strict").code == 0
    after = project.tree()
    assert "source to destination. client to source." in project.html("flows/index.html")
    changed = [path for path in after if after[path] != before.get(path)]
    assert {"flows/index.html", "drawings/flow.svg"} <= set(changed)
    assert "index.html" not in changed


def test_a_review_compares_it_and_marks_what_is_new(tmp_path: Path) -> None:
    history = History.make(tmp_path / "site", SITE)
    more = "client -> source\nsource -> destination\nclient -> destination\n"
    history.commit("One more", {"diagrams/flow.arrows": more, "content/flows.claims.yml": ""})
    report = tmp_path / "review.html"
    (page,) = json.loads(history.project.run("review", "HEAD~1", "-f", "json").out)["pages"]
    (diagram,) = page["diagrams"]
    assert diagram["edges"]["added"] == ["client -> destination"]
    history.project.run("review", "HEAD~1", "-f", "html", "-o", str(report))
    assert '<g class="edge added"><text' in report.read_text("utf-8")


def test_what_it_finds_wrong_is_reported_at_its_line(tmp_path: Path) -> None:
    project = new_site(tmp_path, SITE | {"diagrams/flow.arrows": "client -> source\nsource\n"})
    assert "diagrams/flow.arrows:2: error[invalid-diagram]: not an arrow" in (
        project.check().diagnostics
    )


def test_two_diagrams_of_one_name_are_not_drawn_over_each_other(tmp_path: Path) -> None:
    project = new_site(tmp_path, SITE | {"diagrams/flow.dot": "digraph { a -> c }"})
    assert (
        "diagrams/flow.dot: error[invalid-diagram]: `diagrams/flow.arrows` has the same name, "
        "so both would be drawn at one address"
    ) in project.check().diagnostics


def test_a_host_is_told_its_content_type() -> None:
    assert content_type("a/flow.arrows") == "text/vnd.arrows; charset=utf-8"
    assert content_type("a/flow.dot") == "text/vnd.graphviz; charset=utf-8"


class Loud(Arrows):
    """Another language in which the same text is drawn otherwise."""

    name = "Loud"

    def draw(self, program: Program, settings: DiagramSettings, text: str) -> Drawn:
        return super().draw(program, settings, text.replace("a", "A"))


def test_the_cache_tells_a_text_in_two_languages_apart(tmp_path: Path) -> None:
    cache, program = DrawingCache(CacheFolder(tmp_path, "drawings")), Program("Arrows", "", "1")
    drawn = [cache.draw(each, program, DiagramSettings(), "a -> b") for each in (Arrows(), Loud())]
    assert [text_of(each.svg) for each in drawn] == ["a b a -&gt; b", "A b A -&gt; b"]
