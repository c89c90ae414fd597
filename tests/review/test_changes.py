"""What a review reports about two revisions: what changed for the reader, and nothing else."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nh3
import pytest

from proofdown.review.report.as_markdown import safe
from tests.support.git_sites import History
from tests.support.review_sites import five_changes, story_of_2011

GOLDEN = Path(__file__).parent / "golden"


class Acting(HTMLParser):
    """Collects the tags and attributes that browsers act on by themselves or when clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "object", "embed"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            leads_out = name == "href" and not (value or "").startswith("#")
            if name in ("src", "style", "srcset") or name.startswith("on") or leads_out:
                self.found.append(f"{name}={value}")


def what_acts(html: str) -> list[str]:
    """Return the tags and attributes in some HTML that browsers would act on."""
    reader = Acting()
    reader.feed(html)
    return reader.found


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Return a site of two pages with one commit."""
    files: dict[str, str | bytes] = {
        "proofdown.yml": "title: Test\nnav: [index.md, other.md]\n",
        "content/index.md": "# Home\n\nHello, reader.\n\nSee [the other](other.md#part).\n",
        "content/other.md": "# Other\n\n## Part\n\nSomething else altogether.\n",
    }
    return History.make(tmp_path / "site", files)


@pytest.mark.parametrize("kind", ["text", "json", "github"])
def test_five_changes_are_reported_and_nothing_else(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    result = five_changes(tmp_path / "site").project.run(
        "review", "HEAD~1", "--to", "HEAD", "--format", kind
    )
    assert result.code == 0
    file = GOLDEN / f"review.{kind}"
    if request.config.getoption("--update"):
        file.write_text(result.out, "utf-8")
    assert result.out == file.read_text("utf-8")


def test_the_page_of_2011_shows_the_edges_the_rows_and_the_words(tmp_path: Path) -> None:
    history = story_of_2011(tmp_path / "site")
    page = json.loads(history.project.run("review", "HEAD~1", "-f", "json").out)["pages"][0]
    (diagram,) = page["diagrams"]
    assert diagram["name"] == "managed-p2p"
    assert diagram["edges"]["added"] == ["Source libvirtd -> Destination libvirtd"]
    assert diagram["edges"]["removed"] == ["Client -> Destination libvirtd"]
    (table,) = page["tables"]
    cells = [cell for row in table["rows"] for cell in row["cells"]]
    change = {"column": "Dest type", "before": "Persistent", "after": "Transient"}
    assert cells == [change, change]
    assert [row["row"] for row in table["rows"]] == [
        "Transient | N | Y | N",
        "Transient | N | Y | Y",
    ]
    report = history.report("HEAD~1")
    for words in (
        "<del>migrastion.</del> <ins>migration.</ins>",
        "<del>looses</del> <ins>loses</ins>",
        "<del>Persistent</del> <ins>Transient</ins>",
        'class="edge removed"',
        'class="edge added"',
    ):
        assert words in report, words
    mended = json.loads(history.project.run("review", "HEAD~1", "-f", "json").out)["diagnostics"]
    assert [d["message"] for d in mended if not d["is_new"]] == [
        "`migrastion` is not a word",
        "`looses` means to make free",
    ]


def test_two_identical_revisions_give_an_empty_report(history: History) -> None:
    result = history.project.run("review", "HEAD", "--to", "HEAD", "--format", "text")
    assert result.code == 0
    assert result.out.splitlines()[1:] == ["nothing changed for readers"]


def test_uncommitted_changes_are_reviewed(history: History) -> None:
    history.project.write({"content/index.md": "# Home\n\nHello, world.\n"})
    assert history.points("HEAD") == ["changed-page Home: 2 passages changed"]


def test_a_new_stylesheet_or_layout_is_one_line_and_changes_no_page(history: History) -> None:
    history.commit(
        "Looks",
        {
            "proofdown.yml": "title: Test\nnav: [index.md, other.md]\nstyles: [extra.css]\n",
            "content/extra.css": "body { color: red }\n",
            "templates/page.html": '{% extends "theme/page.html" %}{% block toc %}{% endblock %}',
        },
    )
    assert history.points("HEAD~1") == [
        "changed-frame the layout `page.html` is new",
        "changed-frame the stylesheet `extra.css` is new",
    ]


def test_a_nav_entry_is_one_line(history: History) -> None:
    settings = "title: Test\nnav: [index.md, other.md, {Code: https://example.org/}]\n"
    history.commit("Nav", {"proofdown.yml": settings})
    assert history.points("HEAD~1") == ["changed-frame the nav: 1 added"]


def test_a_new_style_for_all_diagrams_is_one_line(tmp_path: Path) -> None:
    history = five_changes(tmp_path / "site")
    settings = "title: Migration\nnav: [index.md, flows.md]\nwords: [virsh]\n"
    history.commit("Boxes", {"proofdown.yml": settings + "diagrams: {node: {shape: box}}\n"})
    (point,) = history.points("HEAD~1")
    assert point == "changed-frame `p2p` looks different, with the same nodes and edges as before"


def test_an_edge_without_a_direction_may_be_written_either_way(tmp_path: Path) -> None:
    history = five_changes(tmp_path / "site")
    history.commit("One way", {"diagrams/p2p.dot": "graph { client -- source }\n"})
    history.commit("The other", {"diagrams/p2p.dot": "graph { source -- client }\n"})
    assert [p.split()[0] for p in history.points("HEAD~1")] == ["changed-frame"]


def test_a_reversed_arrow_is_a_different_edge(tmp_path: Path) -> None:
    history = five_changes(tmp_path / "site")
    history.commit("One way", {"diagrams/p2p.dot": "digraph { x [style=invis]; a -> b; b -> c }\n"})
    history.commit(
        "Both", {"diagrams/p2p.dot": "digraph { a -> b [dir=back]; b -> c [dir=both] }\n"}
    )
    page = json.loads(history.project.run("review", "HEAD~1", "-f", "json").out)["pages"][0]
    (diagram,) = page["diagrams"]
    assert diagram["edges"]["added"] == ["b -> a", "c -> b"]
    assert diagram["edges"]["removed"] == ["a -> b"]


def test_an_anchor_that_moved_to_another_page_is_a_redirect_and_not_new_text(
    history: History,
) -> None:
    page = "---\naliases: [{'other/#part': '#home'}]\n---\n# Home\n\nHello, reader.\n"
    page += "\nSee [the other](other.md).\n"
    history.commit(
        "Move", {"content/index.md": page, "content/other.md": "# Other\n\nSomething else.\n"}
    )
    out = history.review("HEAD~1").out
    assert "redirected: other/#part → /#home" in out
    assert "This part has moved" not in out
    assert "+ See the other. (→ other/)" in out


def test_a_page_that_moved_is_found_by_its_text(history: History) -> None:
    history.git("mv", "content/other.md", "content/another.md")
    history.commit(
        "Move",
        {
            "proofdown.yml": "title: Test\nnav: [index.md, another.md]\n",
            "content/index.md": "# Home\n\nHello, reader.\n\nSee [the other](another.md#part).\n",
        },
    )
    assert history.points("HEAD~1") == [
        "moved-page Other: moved from `other/` to `another/`",
        "changed-frame the nav: 1 added, 1 removed",
        "lost-address `other/` leads nowhere now",
    ]


def test_each_of_many_pages_in_a_folder_that_moved_is_found(tmp_path: Path) -> None:
    pages = {
        f"old/p{n}.md": f"# Page {n}\n\n" + " ".join(f"word{n * k}" for k in range(1, 30)) + ".\n"
        for n in range(150)
    }
    files: dict[str, str | bytes] = {f"content/{path}": text for path, text in pages.items()}
    history = History.make(tmp_path / "site", {"content/index.md": "# Home\n\nHello.\n", **files})
    history.git("mv", "content/old", "content/new")
    history.commit("Move")
    kinds = [point.split()[0] for point in history.points("HEAD~1")]
    assert kinds.count("moved-page") == 150
    assert "added-page" not in kinds


def test_a_moved_page_with_an_alias_loses_no_address(history: History) -> None:
    history.git("mv", "content/other.md", "content/another.md")
    page = "---\naliases: [other/]\n---\n# Other\n\n## Part\n\nSomething else altogether.\n"
    history.commit(
        "Move",
        {
            "proofdown.yml": "title: Test\nnav: [index.md, another.md]\n",
            "content/index.md": "# Home\n\nHello, reader.\n\nSee [the other](another.md#part).\n",
            "content/another.md": page,
        },
    )
    assert not [p for p in history.points("HEAD~1") if p.startswith("lost")]
    assert "redirected: other/ → another/" in history.review("HEAD~1").out


def test_new_and_removed_pages_are_listed_with_their_contents(history: History) -> None:
    (history.root / "content" / "other.md").unlink()
    history.commit(
        "Swap",
        {
            "proofdown.yml": "title: Test\nnav: [index.md, new.md]\n",
            "content/index.md": "# Home\n\nHello, reader.\n\nSee [the other](new.md).\n",
            "content/new.md": "# New\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n",
        },
    )
    points = history.points("HEAD~1")
    assert "added-page New: new, with 1 table" in points
    assert "removed-page Other: gone" in points
    assert "lost-address `other/` leads nowhere now" in points


def test_a_new_column_a_moved_row_and_a_new_row_are_told_apart(history: History) -> None:
    before = "# Home\n\n| Key | Value |\n| --- | --- |\n| a | 1 |\n| b | 2 |\n| c | 3 |\n"
    history.commit("Table", {"content/index.md": before})
    after = (
        "# Home\n\n| Key | Unit | Value |\n| --- | --- | --- |\n"
        "| b | s | 2 |\n| c | s | 4 |\n| d | s | 5 |\n| a | s | 1 |\n"
    )
    history.commit("Other", {"content/index.md": after})
    lines = history.review("HEAD~1").out
    assert "column added: `Unit`" in lines
    assert "row `c | s`: `Value`: `3` → `4`" in lines
    assert "row added: `d | s | 5`" in lines
    assert "row moved: `a | s | 1`" in lines
    assert "1 row changed, 1 row added, 1 row moved, column `Unit` added" in lines


def test_an_empty_corner_of_a_table_is_not_a_header(history: History) -> None:
    page = "# Home\n\n| | A |\n| --- | --- |\n| b | {} |\n"
    history.commit("Table", {"content/index.md": page.format(1)})
    history.commit("Other", {"content/index.md": page.format(2)})
    report = history.report("HEAD~1")
    assert "<thead><tr><td></td><th" in report


def test_changed_numbers_with_units_are_listed(history: History) -> None:
    page = "# Home\n\nHello, reader.\n\nIt waits {} and uses port {}.\n"
    history.commit("Numbers", {"content/index.md": page.format("30 seconds", 16509)})
    history.commit("Others", {"content/index.md": page.format("45 seconds", 16509)})
    assert "changed-number Home: `30 seconds` → `45 seconds`" in history.points("HEAD~1")


def test_values_that_a_layout_shows_are_compared(history: History) -> None:
    page = "---\nextra: {{ports: [{}]}}\n---\n# Home\n\nHello, reader.\n"
    history.commit("Value", {"content/index.md": page.format(1)})
    history.commit("Other", {"content/index.md": page.format(2)})
    assert "changed-value Home: `extra.ports.1` in the front matter" in history.points("HEAD~1")
    assert "`extra.ports.1`: `1` → `2`" in history.review("HEAD~1").out


def test_a_picture_with_new_content_is_shown(history: History) -> None:
    page = "# Home\n\nHello.\n\n![The window](window.svg)\n"
    picture = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M{}"/></svg>'
    first: dict[str, str | bytes] = {
        "content/index.md": page,
        "content/window.svg": picture.format(1),
    }
    history.commit("Picture", first)
    history.commit("Other", {"content/window.svg": picture.format(2)})
    assert "changed-page Home: 1 picture changed" in history.points("HEAD~1")
    assert history.report("HEAD~1").count("data:image/svg+xml;base64,") >= 2


def test_a_broken_claim_and_a_fixed_one_are_reported(tmp_path: Path) -> None:
    history = five_changes(tmp_path / "site")
    claims = "diagrams:\n  p2p:\n    connections: [client -> source, source -> destination]\n"
    history.commit("Claim", {"content/flows.claims.yml": claims})
    good = {"diagrams/p2p.dot": b"digraph { client -> source -> destination }\n"}
    points = history.points("HEAD~1", "--to", "HEAD")
    assert "broken-claim the diagram `p2p` of `flows.md` contradicts its second entry" in points
    history.commit("Mend", {**good})
    out = history.review("HEAD~1").out
    assert "flows.md: diagram p2p: broken → holds" in out
    history.git("rm", "--quiet", "content/flows.claims.yml")
    history.commit("Drop")
    assert history.points("HEAD~1") == [
        "unjudged-claim the diagram `p2p` of `flows.md` is not judged"
    ]


def test_a_change_of_a_kind_to_fail_on_exits_with_1(tmp_path: Path) -> None:
    history = five_changes(tmp_path / "site")
    assert history.review("HEAD~1", "--fail-on", "lost-anchor,broken-claim").code == 1
    assert history.review("HEAD~1", "--fail-on", "broken-claim").code == 0
    result = history.review("HEAD~1", "--fail-on", "lost-ancor")
    assert result.code == 2
    assert "there is no kind `lost-ancor`; did you mean `lost-anchor`?" in result.out


def test_a_side_that_does_not_build_is_reported_and_the_other_is_shown(tmp_path: Path) -> None:
    root = tmp_path / "site"
    history = History.make(root, {"content/index.md": "# Home\n\nHello.\n"})
    history.git("rm", "--quiet", "proofdown.yml")
    history.commit("No settings")
    history.commit("Settings again", {"proofdown.yml": "title: Test\n"})
    points = history.points("HEAD~1")
    assert points[0] == "added-page Home: new"
    assert "does not build: there is no `proofdown.yml`" in points[1]


def test_a_changed_recording_lists_the_options_that_the_tool_gained_and_lost(
    tmp_path: Path,
) -> None:
    head = (
        "---\ncommand: tool --help\ndate: 2026-11-0{}\nversions:\n  tool: 1.{}\nsha256: {}\n---\n"
    )
    bodies = [
        "usage: tool [--old]\n\n  --old   what it was\n",
        "usage: tool [--new]\n\n  --new   now\n",
    ]
    settings = "title: Test\nnav: [index.md]\ncommands: {tool: tool-help}\n"
    settings += "recordings: {tool-help: {run: tool --help}}\n"
    history = History.make(
        tmp_path / "site", {"proofdown.yml": settings, "content/index.md": "# Home\n\nHello.\n"}
    )
    for number, body in enumerate(bodies):
        text = head.format(number + 1, number, "0") + body
        history.commit(f"Record {number}", {"content/recordings/tool-help": text})
    out = history.review("HEAD~1").out
    assert "the recording `tool-help`: `--new` gained, `--old` lost" in out
    assert "options gained: --new" in out
    assert "options lost: --old" in out


def test_active_content_of_a_page_does_nothing_in_the_report(history: History) -> None:
    evil = (
        "# Home\n\n<script>alert(1)</script>\n\n"
        '<img src="https://evil.example/x.png" onerror="alert(2)">\n\n'
        '<p class="visually-hidden" style="display:none">hidden words</p>\n\n'
        "<a href=\"javascript:alert(3)\">a link</a> <iframe src='//evil.example'></iframe>\n\n"
        "Text with <style>body{display:none}</style> style.\n"
    )
    history.commit("Evil", {"content/index.md": evil})
    report = history.report("HEAD~1")
    shown = report[report.index('<div class="text"') :]
    assert what_acts(shown) == []
    assert "hidden words" in shown
    assert "default-src &#39;none&#39;" in report or "default-src 'none'" in report
    active = [p for p in history.points("HEAD~1") if p.startswith("active-content")]
    assert [point.split("`")[1] for point in active] == [
        *("<iframe>", "<script>", "<style>", "href=javascript:", "onerror=")
    ]


ATTACKS = [
    '<p title="<h1 style=position:fixed;inset:0;background:white onclick=alert(1) ">words</p>',
    "<p title='<a href=https://evil.example/ style=position:fixed;inset:0>'>words</p>",
    '<p title="<pre style=position:fixed>">words</p>',
    '<p title="<table onclick=alert(1)>">words</p>',
    '<p title="</table><table style=position:fixed>">words</p>',
    '<p title="<img src=&quot;/held/change-0&quot; onerror=alert(1)>">words</p>',
    '<p title="><h2 style=position:fixed>">words</p>',
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attribute_with_markup_in_it_stays_an_attribute(
    attack: str, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = nh3.clean

    def clean_as_before_0_3_7(html: str, **options: Any) -> str:
        """Leave `<` and `>` in attribute values, as versions up to 0.3.6 do."""
        values = re.compile(r'(?<==)"[^"]*"')
        return values.sub(lambda v: unescape_brackets(v[0]), clean(html, **options))

    monkeypatch.setattr(nh3, "clean", clean_as_before_0_3_7)
    history.commit("Evil", {"content/index.md": f"# Home\n\n{attack}\n"})
    report = history.report("HEAD~1")
    shown = report[report.index('<div class="text"') :]
    assert "words" in shown
    assert what_acts(shown) == []
    assert re.findall(r"<[^>\"]*(?:\"[^\"]*\"[^>\"]*)*\s(?:style|on\w+)=", shown) == []


def unescape_brackets(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">")


def test_an_image_cannot_pass_as_a_drawing(history: History) -> None:
    pictures = "![A](/held/change-0) ![B](/held/change-x) ![C](/held/nothing)"
    history.commit("Evil", {"content/index.md": f"# Home\n\nWords. {pictures}\n"})
    report = history.report("HEAD~1")
    for address, alt in (("change-0", "A"), ("change-x", "B"), ("nothing", "C")):
        assert f"held/{address}: {alt} (not in the site, not shown)" in report


def test_a_class_in_a_text_counts_as_text(history: History) -> None:
    history.commit("Add", {"content/index.md": '# Home\n\nWrite `<div class="a">` here.\n'})
    history.commit("Edit", {"content/index.md": '# Home\n\nWrite `<div class="b">` here.\n'})
    assert history.review("HEAD~1").out.count("class=") == 2


def test_a_page_cannot_control_the_terminal_or_reverse_the_text(history: History) -> None:
    evil = "# Home\n\nHello \x1b[8mhidden\x1b[2J, \u202ereader\u202c.\n"
    history.commit("Evil", {"content/index.md": evil})
    out = history.review("HEAD~1").out
    assert "\x1b" not in out
    assert "active-content  Home: `U+202E` is new, and browsers act on it" in out


def test_if_a_package_is_missing_the_command_says_what_to_install(history: History) -> None:
    hidden = "import sys; sys.modules['nh3'] = None; "
    hidden += "from proofdown.cli.main import main; main(['review', 'x'])"
    done = subprocess.run(
        [sys.executable, "-c", hidden],
        cwd=history.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "`proofdown review` needs `nh3`: `pip install 'proofdown[review]'`\n"


def test_several_files_are_written_each_in_the_format_of_its_extension(
    history: History, tmp_path: Path
) -> None:
    files = [tmp_path / f"report{ending}" for ending in (".html", ".md", ".json", ".txt")]
    outputs = [word for file in files for word in ("-o", str(file))]
    assert history.project.run("review", "HEAD", *outputs).code == 0
    begins = [file.read_text("utf-8")[:20].split()[0] for file in files]
    assert begins == ["<!doctype", "<!--", "{", "Test:"]
    result = history.project.run("review", "HEAD", "-o", str(tmp_path / "report.pdf"))
    assert result.code == 2
    assert "ends in none of .html, .txt, .json, .md" in result.out


def test_a_page_with_very_deep_nesting_is_reviewed(history: History) -> None:
    deep = "# Home\n\n" + "<div>" * 2000 + "{}" + "</div>" * 2000 + "\n"
    history.commit("Deep", {"content/index.md": deep.format("one")})
    history.commit("Deeper", {"content/index.md": deep.format("two")})
    assert history.review("HEAD~1").code == 0


def test_markdown_for_a_code_host_mentions_no_user_and_says_what_it_left_out(
    history: History,
) -> None:
    words = "\n\n".join(f"Paragraph {n} says hello to @someone <b>{n}</b> `x`." for n in range(900))
    titles: dict[str, str | bytes] = {
        f"content/p{n}.md": f"# Page @team {n}\n\n{words}\n" for n in range(3)
    }
    history.commit("Base", titles)
    history.commit("Other", {k: str(v).replace("hello", "good bye") for k, v in titles.items()})
    text = history.project.run("review", "HEAD~1", "--format", "github").out
    assert len(text) <= 65_000
    assert "**Left out for length: 3 pages.**" in text
    outside = [part for n, part in enumerate(text.split("`")) if n % 2 == 0]
    assert "@" not in "".join(outside)


def test_names_numbers_and_addresses_in_a_comment_do_not_become_links() -> None:
    assert safe("by @someone, #12") == "by @\u2060someone, #\u206012"
    assert safe("see https://x.example <b>") == "see https:\u2060//x.example \\<b\\>"
    assert safe("the option `--a_b@c` of *it*") == "the option `--a_b@c` of \\*it\\*"


def test_a_report_overwrites_a_report_but_no_other_file(history: History) -> None:
    file = history.root.with_name("kept.html")
    file.write_text("mine", "utf-8")
    result = history.project.run("review", "HEAD", "--output", str(file))
    assert result.code == 2
    assert "is not a report, and would be overwritten" in result.out
    assert file.read_text("utf-8") == "mine"
    file.unlink()
    for _ in range(2):
        assert history.project.run("review", "HEAD", "--output", str(file)).code == 0


def test_the_same_two_revisions_give_the_same_bytes(tmp_path: Path) -> None:
    history = five_changes(tmp_path / "site")
    first = history.report("HEAD~1", "--to", "HEAD")
    assert history.report("HEAD~1", "--to", "HEAD") == first
