"""What programs read of a site: meta tags, card, feed, `llms.txt`, inventory, redirects."""

import os
import re
import struct
import subprocess
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from proofdown.diagrams.social_card import HEIGHT, WIDTH
from tests.support.built_site import Files, built_site, links_of
from tests.support.project import Project

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
    """Return a site with a URL."""
    return Project.make(tmp_path / "meta", FILES)


def git(project: Project, *arguments: str, day: str = "2024-02-03") -> None:
    """Run Git in a site, with commits dated to a day."""
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


def test_a_page_describes_itself_in_meta_tags(site: Project) -> None:
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


def test_the_social_card_is_a_png_of_the_usual_size(site: Project) -> None:
    assert site.build().code == 0
    data = (site.root / "site/theme/card.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n")
    assert struct.unpack(">II", data[16:24]) == (WIDTH, HEIGHT)


def test_a_site_can_replace_the_social_card(site: Project) -> None:
    site.write({"templates/static/card.png": b"mine"})
    assert site.build().diagnostics == []
    assert (site.root / "site/theme/card.png").read_bytes() == b"mine"


def test_a_site_without_a_url_has_no_files_that_need_one(project: Project) -> None:
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


def test_the_next_build_uses_the_date_of_a_new_commit(site: Project) -> None:
    committed(site).build()
    site.write({"content/index.md": str(FILES["content/index.md"]) + "\nMore.\n"})
    site.build()
    assert "Last changed on 2024-02-03" in site.html()
    git(site, "commit", "-qam", "Home", day="2025-08-09")
    site.build()
    assert "Last changed on 2025-08-09" in site.html()


def test_pages_are_not_dated_without_the_full_history(site: Project, tmp_path: Path) -> None:
    committed(site)
    source = f"file://{site.root}"
    git(site, "clone", "-q", "--depth=1", source, str(tmp_path / "shallow"))
    for found in (Project(tmp_path / "shallow"), Project.make(tmp_path / "plain", FILES)):
        assert found.build().code == 0
        assert "Last changed" not in found.html()
        assert "lastmod" not in found.html("sitemap.xml")
        assert not (found.root / "site/feed.xml").exists()


def test_the_feed_is_well_formed_whatever_a_title_contains(site: Project) -> None:
    site.write({"content/index.md": b"# The \x0bports\xef\xbf\xbe\n", "content/b.md": "# B \x01\n"})
    assert committed(site).build().code == 0
    feed = ElementTree.fromstring(site.html("feed.xml"))  # noqa: S314
    titles = {e.findtext(f"{ATOM}title") for e in feed.iter(f"{ATOM}entry")}
    assert titles >= {"The \ufffdports\ufffd", "B \ufffd"}


def test_the_feed_lists_the_most_recently_changed_pages_first(site: Project) -> None:
    assert committed(site).build().code == 0
    feed = ElementTree.fromstring(site.html("feed.xml"))  # noqa: S314
    assert feed.findtext(f"{ATOM}updated") == "2025-06-07T00:00:00Z"
    assert [e.findtext(f"{ATOM}title") for e in feed.iter(f"{ATOM}entry")] == ["Flows <>", "Home"]
    assert 'type="application/atom+xml" href="../feed.xml"' in site.html("flows/index.html")


def test_language_models_get_a_list_of_pages_and_their_markdown(site: Project) -> None:
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


def test_a_file_in_the_site_replaces_a_generated_one(site: Project) -> None:
    site.write({"content/llms.txt": "Mine.\n", "content/robots.txt": "User-agent: x\n"})
    assert site.build().code == 0
    assert (site.html("llms.txt"), site.html("robots.txt")) == ("Mine.\n", "User-agent: x\n")


def test_the_sitemap_lists_every_page_and_robots_txt_names_it(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": "title: T\nurl: https://example.org/docs\n",
            "content/index.md": "---\naliases: [old.html]\n---\n# Home\n",
            "content/a & b/é.md": "# E\n",
            "content/404.md": "# Gone\n",
        },
    )
    root = ElementTree.fromstring(project.html("sitemap.xml"))  # noqa: S314
    assert [element.text for element in root.iter() if element.tag.endswith("loc")] == [
        "https://example.org/docs/",
        "https://example.org/docs/a%20&%20b/%C3%A9/",
    ]
    assert project.html("robots.txt") == (
        "User-agent: *\nAllow: /\n\nSitemap: https://example.org/docs/sitemap.xml\n"
    )


def test_the_url_of_the_site_is_encoded_wherever_it_is_written(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {"proofdown.yml": "title: T\nurl: https://example.org/ä b/\n", "content/index.md": "# H\n"},
    )
    address = "https://example.org/%C3%A4%20b/"
    assert f"<loc>{address}</loc>" in project.html("sitemap.xml")
    assert f'<link rel="canonical" href="{address}">' in project.html()
    assert f"Sitemap: {address}sitemap.xml" in project.html("robots.txt")
    assert 'href="/%C3%A4%20b/theme/' in project.html("404.html")


def test_a_site_without_a_url_has_no_sitemap(tmp_path: Path) -> None:
    project = built_site(tmp_path, {"content/index.md": "# Home\n"})
    assert ("sitemap.xml" in project.tree(), "canonical" in project.html()) == (False, False)
    assert project.html("robots.txt") == "User-agent: *\nAllow: /\n"


@pytest.mark.parametrize("own", [True, False])
def test_the_404_page_links_from_the_sites_path_on_its_host(tmp_path: Path, own: bool) -> None:
    files: Files = {"content/404.md": "# Gone\n\n[a](a.md#a) ![x](x.png)\n"} if own else {}
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": "title: T\nurl: https://example.org/docs/\n",
            "content/index.md": "# Home\n\n![x](x.png)\n",
            "content/a.md": "# A\n",
            "content/x.png": "1",
            **files,
        },
    )
    page = project.html("404.html")
    links = re.findall(r'\s(?:href|src)="([^"#]+)', page)
    assert [link for link in links if not link.startswith(("/docs/", "https://"))] == []
    assert ("/docs/a/" in links, "/docs/x.png" in links) == (True, own)
    heading = "Gone" if own else "There is no page at this address"
    assert re.findall(r"<h1[^>]*>([^<]*)", page) == [heading]


def test_an_alias_and_its_anchors_redirect_to_the_page(tmp_path: Path) -> None:
    project = built_site(
        tmp_path,
        {
            "proofdown.yml": "title: T\nurl: https://example.org/docs/\n",
            "content/index.md": "# Home\n",
            "content/flows.md": (
                '---\naliases:\n  - migration.html\n  - migration.html#p2p: "#peer"\n'
                "  - old/folder/\n---\n# Flows\n\n## Peer to peer {#peer}\n"
            ),
            "content/uris.md": "---\naliases: ['migration.html#uris']\n---\n# URIs\n",
        },
    )
    page = project.html("migration.html")
    assert 'content="0; url=flows/"' in page
    assert 'data-target="flows/"' in page
    assert links_of(page, "data-anchor") == [("flows/#peer", "Peer to peer"), ("uris/", "URIs")]
    assert re.findall('data-anchor="(.*?)"', page) == ["p2p", "uris"]
    assert 'data-target="../../flows/"' in project.html("old/folder/index.html")
