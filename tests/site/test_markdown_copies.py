"""Pages as Markdown beside their HTML: their links lead to published files."""

from pathlib import Path

from proofdown.content.evidence.recordings import digest_of
from tests.support.project import Project

LEADS = {
    "proofdown.yml": "title: Test\nrecordings: {tool-help: {run: tool --help}}\n",
    "diagrams/two.dot": "digraph { a -> b }\n",
    "content/recordings/tool-help": "---\ncommand: tool --help\ndate: 2026-11-22\n"
    f"sha256: {digest_of('Usage: tool')}\n---\nUsage: tool",
    "content/index.md": "# Home\n\n[Deep](deep/page.md#part), [there](deep/page/).\n\n## Start\n",
    "content/deep/index.md": "# Deep\n\nWords.\n",
    "content/deep/rack (1).txt": "A rack.\n",
    "content/deep/other.md": "# Other\n\nWords.\n",
    "content/deep/page.md": (
        "---\ntitle: Deep é\n---\n\n# Deep\n\n![Two: a to b](../../diagrams/two.dot)\n\n"
        "`![Two](../../diagrams/two.dot)` is how.\n\n![Help](/recordings/tool-help)\n\n"
        "[Home](/index.md#start), [home](../index.md), [folder](../deep/), [that](../deep), "
        "[beside](../other/), [raw](<rack (1).txt>), [top](</deep/rack (1).txt>), "
        "[source][dot], [again][dot], [list](/objects.inv), [part](#part).\n\n"
        '<a href="/deep/rack (1).txt">Rack</a>\n\n## Part\n\n[dot]: ../../diagrams/two.dot "Two"\n'
    ),
}


def test_links_in_published_markdown_lead_to_published_files(tmp_path: Path) -> None:
    site = Project.make(tmp_path / "meta", dict(LEADS))
    assert site.build().code == 0, site.build().out
    assert site.html("deep/page.md") == (
        "---\ntitle: Deep é\n---\n\n# Deep\n\n![Two: a to b](../drawings/two.svg)\n\n"
        "`![Two](../../diagrams/two.dot)` is how.\n\n![Help](../recordings/tool-help.txt)\n\n"
        "[Home](../index.md#start), [home](../index.md), [folder](../deep/), [that](index.md), "
        "[beside](other.md), [raw](<rack (1).txt>), [top](<rack%20%281%29.txt>), "
        "[source][dot], [again][dot], [list](../objects.inv), [part](#part).\n\n"
        '<a href="rack%20(1).txt">Rack</a>\n\n## Part\n\n[dot]: ../drawings/two.svg "Two"\n'
    )
    for lead in ("drawings/two.svg", "recordings/tool-help.txt", "deep/index.md", "deep/other.md"):
        assert (site.root / "site" / lead).is_file()
    assert site.html("index.md") == LEADS["content/index.md"]


def test_published_markdown_links_to_a_diagram_added_later(tmp_path: Path) -> None:
    text = "# Home\n\n![Two: a to b](../diagrams/two.dot)\n"
    site = Project.make(tmp_path / "meta", {"content/index.md": text})
    site.write({"proofdown.yml": "title: Test\nchecks: {missing-asset: warning}\n"})
    assert site.build().code == 0
    assert site.html("index.md") == text
    site.write({"diagrams/two.dot": LEADS["diagrams/two.dot"]})
    assert site.build().code == 0
    assert "](drawings/two.svg)" in site.html("index.md")
