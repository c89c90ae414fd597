"""What machines read of a site: meta tags, card, sitemap, feed, `llms.txt`, Markdown, inventory."""

import os
import struct
import subprocess
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from proofdown.content.evidence.recordings import digest_of
from proofdown.diagrams.social_card import HEIGHT, WIDTH
from support import Project

ATOM = "{http://www.w3.org/2005/Atom}"
PLACES = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FILES: dict[str, str | bytes] = {
    "proofdown.yml": "title: Test & more\nurl: https://example.org/docs/\ndescription: Of tests.\n"
    "nav: [index.md, {Concepts: [flows.md]}]\n",
    "content/index.md": "# Home\n\n[Flows](flows.md).\n",
    "content/flows.md": "---\ndescription: Who connects.\n---\n\n# Flows <>\n\nT.\n\n## One way\n",
}


@pytest.fixture
def site(tmp_path: Path) -> Project:
    """Return a site with an address on the web."""
    return Project.make(tmp_path / "meta", FILES)


def git(project: Project, *arguments: str, day: str = "2024-02-03") -> None:
    """Run Git in a site, on a day."""
    when = f"{day}T12:00:00+00:00"
    who = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_CONFIG_GLOBAL": os.devnull}
    name = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    command = ["git", *name, *arguments]
    subprocess.run(command, cwd=project.root, env=os.environ | who, check=True, capture_output=True)


def committed(project: Project) -> Project:
    """Commit a site on one day, and one page of it again on another."""
    git(project, "init", "-q")
    project.write({".gitignore": "/site/\n/.proofdown/\n"})
    git(project, "add", ".")
    git(project, "commit", "-qm", "All")
    project.write({"content/flows.md": str(FILES["content/flows.md"]) + "\nMore.\n"})
    git(project, "commit", "-qam", "Flows", day="2025-06-07")
    return project


def test_a_page_says_what_it_is_to_search_engines_and_to_other_sites(site: Project) -> None:
    assert site.build().code == 0
    html = site.html("flows/index.html")
    for tag in (
        '<meta name="description" content="Who connects.">',
        '<link rel="canonical" href="https://example.org/docs/flows/">',
        '<meta property="og:title" content="Flows &lt;&gt;">',
        '<meta property="og:site_name" content="Test &amp; more">',
        '<meta property="og:image" content="https://example.org/docs/theme/card.png">',
        '<link rel="alternate" type="text/markdown" href="../flows.md">',
    ):
        assert tag in html


def test_the_card_is_a_picture_of_the_usual_shape(site: Project) -> None:
    assert site.build().code == 0
    data = (site.root / "site/theme/card.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n")
    assert struct.unpack(">II", data[16:24]) == (WIDTH, HEIGHT)


def test_a_card_of_the_sites_own_takes_its_place(site: Project) -> None:
    site.write({"templates/static/card.png": b"mine"})
    assert site.build().diagnostics == []
    assert (site.root / "site/theme/card.png").read_bytes() == b"mine"


def test_a_site_without_an_address_makes_no_promises(project: Project) -> None:
    assert project.build().code == 0
    assert "og:" not in project.html()
    for name in ("sitemap.xml", "feed.xml", "theme/card.png"):
        assert not (project.root / "site" / name).exists()


def test_pages_are_dated_by_their_last_commit(site: Project) -> None:
    assert committed(site).build().code == 0
    assert "Last changed on 2025-06-07" in site.html("flows/index.html")
    assert "Last changed on 2024-02-03" in site.html()
    dates = {
        location.findtext(f"{PLACES}loc"): location.findtext(f"{PLACES}lastmod")
        for location in ElementTree.fromstring(site.html("sitemap.xml"))  # noqa: S314
    }
    assert dates == {
        "https://example.org/docs/": "2024-02-03",
        "https://example.org/docs/flows/": "2025-06-07",
    }


def test_a_new_commit_is_seen_by_the_next_build(site: Project) -> None:
    committed(site).build()
    site.write({"content/index.md": str(FILES["content/index.md"]) + "\nMore.\n"})
    site.build()
    assert "Last changed on 2024-02-03" in site.html()
    git(site, "commit", "-qam", "Home", day="2025-08-09")
    site.build()
    assert "Last changed on 2025-08-09" in site.html()


def test_without_history_nothing_is_dated(site: Project, tmp_path: Path) -> None:
    committed(site)
    source = f"file://{site.root}"
    git(site, "clone", "-q", "--depth=1", source, str(tmp_path / "shallow"))
    for found in (Project(tmp_path / "shallow"), Project.make(tmp_path / "plain", FILES)):
        assert found.build().code == 0
        assert "Last changed" not in found.html()
        assert "lastmod" not in found.html("sitemap.xml")
        assert not (found.root / "site/feed.xml").exists()


def test_the_feed_is_well_formed_whatever_a_title_holds(site: Project) -> None:
    site.write({"content/index.md": b"# The \x0bports\xef\xbf\xbe\n", "content/b.md": "# B \x01\n"})
    assert committed(site).build().code == 0
    feed = ElementTree.fromstring(site.html("feed.xml"))  # noqa: S314
    titles = {e.findtext(f"{ATOM}title") for e in feed.iter(f"{ATOM}entry")}
    assert titles >= {"The \ufffdports\ufffd", "B \ufffd"}


def test_the_feed_has_the_last_changed_pages_first(site: Project) -> None:
    assert committed(site).build().code == 0
    feed = ElementTree.fromstring(site.html("feed.xml"))  # noqa: S314
    assert feed.findtext(f"{ATOM}updated") == "2025-06-07T00:00:00Z"
    assert [e.findtext(f"{ATOM}title") for e in feed.iter(f"{ATOM}entry")] == ["Flows <>", "Home"]
    assert 'type="application/atom+xml" href="../feed.xml"' in site.html("flows/index.html")


def test_language_models_get_a_list_and_each_page_as_it_was_written(site: Project) -> None:
    assert site.build().code == 0
    assert site.html("llms.txt") == (
        "# Test & more\n\n> Of tests.\n\n## Test & more\n\n"
        "- [Home](https://example.org/docs/index.md)\n\n"
        "## Concepts\n\n- [Flows <>](https://example.org/docs/flows.md): Who connects.\n"
    )
    assert site.html("flows.md") == FILES["content/flows.md"]


def test_sphinx_sites_can_link_here_by_name(site: Project) -> None:
    assert site.build().code == 0
    head, _, packed = (site.root / "site/objects.inv").read_bytes().partition(b"zlib.\n")
    assert head.startswith(b"# Sphinx inventory version 2\n# Project: Test & more\n# Version: \n")
    assert zlib.decompress(packed).decode() == (
        "flows std:doc -1 flows/ Flows <>\n"
        "flows:one-way std:label -1 flows/#one-way One way\n"
        "index std:doc -1 ./ Home\n"
    )


def test_a_file_of_the_sites_own_takes_the_place_of_a_made_one(site: Project) -> None:
    site.write({"content/llms.txt": "Mine.\n", "content/robots.txt": "User-agent: x\n"})
    assert site.build().code == 0
    assert (site.html("llms.txt"), site.html("robots.txt")) == ("Mine.\n", "User-agent: x\n")


def test_the_theme_speaks_the_words_of_the_site(project: Project) -> None:
    project.write({"templates/words.yml": "menu: Menü\ncopied: Kopiert\nsearch: Suche\n"})
    assert project.build().diagnostics == []
    assert ">Menü</button>" in project.html()
    assert '"Kopiert"' in project.html("theme/theme.js")


def test_a_word_that_the_theme_does_not_have_is_reported(project: Project) -> None:
    project.write({"templates/words.yml": "menue: Menü\n"})
    (found,) = project.build().diagnostics
    assert (
        found == "templates/words.yml:1:1: error[unknown-key]: `menue` is not a word of the theme"
    )


def test_a_word_of_the_sites_own_names_only_what_is_put_in(project: Project) -> None:
    project.write({"templates/words.yml": 'edit: "Mend it on {hos}"\nchanged: Written {date}\n'})
    assert project.check().diagnostics == [
        "templates/words.yml:1:7: error[invalid-value]: nothing is put in for `{hos}` in `edit`"
    ]
    assert "did you mean `{host}`?" in project.run("check").out


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


def test_links_in_published_markdown_lead_to_what_is_published(tmp_path: Path) -> None:
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


def test_published_markdown_follows_a_diagram_that_comes_later(tmp_path: Path) -> None:
    text = "# Home\n\n![Two: a to b](../diagrams/two.dot)\n"
    site = Project.make(tmp_path / "meta", {"content/index.md": text})
    site.write({"proofdown.yml": "title: Test\nchecks: {missing-asset: warning}\n"})
    assert site.build().code == 0
    assert site.html("index.md") == text
    site.write({"diagrams/two.dot": LEADS["diagrams/two.dot"]})
    assert site.build().code == 0
    assert "](drawings/two.svg)" in site.html("index.md")
