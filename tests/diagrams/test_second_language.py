"""A second diagram language in `LANGUAGES`: it gets everything that DOT gets."""

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
    """Add a second language after DOT, and return it."""
    language = Arrows()
    monkeypatch.setattr(languages, "LANGUAGES", (*languages.LANGUAGES, language))
    return language


def test_a_page_shows_the_drawing_and_its_description(tmp_path: Path) -> None:
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


def test_an_edit_changes_only_the_page_that_shows_the_diagram(tmp_path: Path) -> None:
    # With claims, the page's key would contain the drawings in any case.
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


def test_a_review_compares_the_diagram_and_marks_new_edges(tmp_path: Path) -> None:
    history = History.make(tmp_path / "site", SITE)
    more = "client -> source\nsource -> destination\nclient -> destination\n"
    history.commit("One more", {"diagrams/flow.arrows": more, "content/flows.claims.yml": ""})
    report = tmp_path / "review.html"
    (page,) = json.loads(history.project.run("review", "HEAD~1", "-f", "json").out)["pages"]
    (diagram,) = page["diagrams"]
    assert diagram["edges"]["added"] == ["client -> destination"]
    history.project.run("review", "HEAD~1", "-f", "html", "-o", str(report))
    assert '<g class="edge added"><text' in report.read_text("utf-8")


def test_an_error_in_the_diagram_is_reported_at_its_line(tmp_path: Path) -> None:
    project = new_site(tmp_path, SITE | {"diagrams/flow.arrows": "client -> source\nsource\n"})
    assert "diagrams/flow.arrows:2: error[invalid-diagram]: not an arrow" in (
        project.check().diagnostics
    )


def test_two_diagrams_with_the_same_name_are_refused(tmp_path: Path) -> None:
    project = new_site(tmp_path, SITE | {"diagrams/flow.dot": "digraph { a -> c }"})
    assert (
        "diagrams/flow.dot: error[invalid-diagram]: `diagrams/flow.arrows` has the same name, "
        "so both would be drawn at one address"
    ) in project.check().diagnostics


def test_a_host_gets_the_content_type_of_the_language() -> None:
    assert content_type("a/flow.arrows") == "text/vnd.arrows; charset=utf-8"
    assert content_type("a/flow.dot") == "text/vnd.graphviz; charset=utf-8"


class Loud(Arrows):
    """Draws the same text differently."""

    name = "Loud"

    def draw(self, program: Program, settings: DiagramSettings, text: str) -> Drawn:
        return super().draw(program, settings, text.replace("a", "A"))


def test_the_cache_distinguishes_the_same_text_in_two_languages(tmp_path: Path) -> None:
    cache, program = DrawingCache(CacheFolder(tmp_path, "drawings")), Program("Arrows", "", "1")
    drawn = [cache.draw(each, program, DiagramSettings(), "a -> b") for each in (Arrows(), Loud())]
    assert [text_of(each.svg) for each in drawn] == ["a b a -&gt; b", "A b A -&gt; b"]
