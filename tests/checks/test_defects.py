"""The bench: one clean site, and the defects that ship if nothing checks a documentation project.

Each defect is one edit of a site that is otherwise clean. The right rule must report it at the
right line, and no other rule may; the clean twin of all of them is the site without the edit. The
first ones are the 28 seeded defects of `shared/anchors/features.md`, section 1.4; no generator
refuses sixteen of them. To add one, add a line to `DEFECTS`.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from proofdown.content.evidence.recordings import digest_of
from tests.support.project import Project

HELP = """  NAME
    migrate - migrate domain to another host

  SYNOPSIS
    migrate <domain> <desturi> [--live] [--offline] [--migrateuri <string>] [--timeout <number>]

  DESCRIPTION
    Migrate domain to another host.

  OPTIONS
    [--domain] <string>  domain name, id or uuid
    [--desturi] <string>  connection URI of the destination host
    --live           live migration
    --offline        offline migration
    --migrateuri <string>  migration URI, usually can be omitted
    --timeout <number>  seconds


"""
ERRORS = "error: no such guest\n"


def recording(command: str, body: str) -> str:
    """Return the text of a recording."""
    head = f"command: '{command}'\ndate: 2026-11-22\nversions:\n  'libvirt': '9.0.0'\n"
    return f"---\n{head}sha256: {digest_of(body)}\n---\n{body}"


SETTINGS = """title: Bench
url: https://example.org/
nav: [index.md, {Guide: [flows.md, files.md]}]
markdown_extensions: [{pymdownx.snippets: {check_paths: true, base_path: [.]}}]
commands:
  virsh migrate: {recording: help, exclusive: [[--live, --offline]]}
"""
INDEX = """# Bench

This site moves a guest to [the other host](flows.md#peer-to-peer), and says [why](#why).

## Why

A guest must move when its host is repaired.

<a href="files/">Files</a> are another matter, and so is <img src="rack.png" alt="A rack">.

![The rack from the front](rack.png)
"""
FLOWS = """# Flows

## Direct

The client talks to both hosts.

![The client reaches both hosts](../diagrams/direct.dot)

## Peer to peer

The client talks to the source host only.

![The client reaches the source only](../diagrams/p2p.dot)

```console
$ virsh -c qemu+ssh://srchost/system \\
    migrate --live web1 qemu+tls://desthost/system
$ virsh migrate --live --timeout 120 web1 qemu+ssh://desthost/system
```

Both connections can use one URI, for example:

`qemu+ssh://desthost/system`

Without a guest it says `error: no such guest`, and the [manual][virsh] says no more.

[virsh]: files.md
"""
FILES = """# Files

## All cases

| Type | `--persistent` | File after |
|---|---|---|
| Transient | N | none |
| Transient | Y | new |
| Persistent | N | none |
| Persistent | Y | new |

The file is kept up to date and the log file too.
"""
CLAIMS = """tables:
  "#all-cases":
    inputs: {Type: [Transient, Persistent], --persistent: [N, Y]}
    rules:
      - {when: {--persistent: Y}, then: {File after: new}}
      - {then: {File after: none}}
"""
FLOW_CLAIMS = """diagrams:
  direct: {connections: [client -> source, client -> destination]}
  p2p: {connections: [client -> source, source -> destination]}
quotes:
  - {matches: '^error: ', recording: errors}
"""
CLEAN: dict[str, str | bytes] = {
    "proofdown.yml": SETTINGS,
    "content/index.md": INDEX,
    "content/flows.md": FLOWS,
    "content/files.md": FILES,
    "content/flows.claims.yml": FLOW_CLAIMS,
    "content/files.claims.yml": CLAIMS,
    "content/rack.png": b"\x89PNG\r\n\x1a\n",
    "content/recordings/help": recording("virsh help migrate", HELP),
    "content/recordings/errors": recording("virsh start no", ERRORS),
    "diagrams/direct.dot": "digraph { client -> source\n client -> destination }\n",
    "diagrams/p2p.dot": "digraph { client -> source\n source -> destination }\n",
}


@dataclass(frozen=True)
class Defect:
    """One edit, and the problems that the check must report."""

    name: str
    expected: str
    """The location and the rule in the report: `content/index.md:3 [broken-link]`."""
    path: str
    old: str = ""
    """The text to replace; empty if a file is added or deleted."""
    new: str | None = ""
    """The replacement; None if the file is deleted."""
    also: tuple[str, ...] = field(default=())
    """Further problems to report, if one edit causes several."""


F, X, C, S = "content/flows.md", "content/index.md", "content/files.md", "proofdown.yml"
DEFECTS = (
    Defect("01 broken page link", f"{X}:3 [broken-link]", X, "(flows.md#", "(flow.md#"),
    Defect("02 broken anchor elsewhere", f"{X}:3 [broken-anchor]", X, "#peer-to-peer", "#p2p"),
    Defect("03 broken anchor here", f"{X}:3 [broken-anchor]", X, "(#why)", "(#because)"),
    Defect("04 missing image", f"{X}:11 [missing-asset]", X, "(rack.png)", "(rock.png)"),
    Defect("05 raw HTML link", f"{X}:9 [broken-link]", X, '"files/"', '"gone/"'),
    Defect("06 raw HTML image", f"{X}:9 [missing-asset]", X, '"rack.png"', '"gone.png"'),
    Defect("07 absolute link", f"{X}:3 [broken-link]", X, "(#why)", "(/gone/)"),
    Defect(
        "08 nav entry without page",
        f"{S}:3 [missing-nav-target]",
        S,
        "files.md]",
        "files.md, a.md]",
    ),
    Defect(
        "09 page not in the nav", "content/lost.md [orphan-page]", "content/lost.md", "", "# Lost\n"
    ),
    Defect("10 unused image", "content/b.png [unused-asset]", "content/b.png", "", "x"),
    Defect(
        "11 copied diagram",
        "diagrams/p2p.dot [duplicate-diagram]",
        "diagrams/p2p.dot",
        "source -> destination",
        "client -> destination",
        also=(
            "content/flows.claims.yml:3 [diagram-contradicts]",
            "diagrams/p2p.dot:2 [diagram-contradicts]",
        ),
    ),
    Defect(
        "12 undefined reference",
        f"{F}:25 [unresolved-reference]",
        F,
        "[virsh]: files.md\n",
        "",
    ),
    Defect(
        "13 duplicate heading id", f"{F}:9 [duplicate-anchor]", F, "## Direct", "## Peer to peer"
    ),
    Defect(
        "14 missing snippet",
        f"{X}:7 [markdown-error]",
        X,
        "A guest must",
        '--8<-- "no.md"\n\nIt must',
    ),
    Defect("16 missing combination", f"{C}:5 [table-incomplete]", C, "| Transient | Y | new |\n"),
    Defect(
        "17 rows contradict",
        f"{C}:8 [table-overlap]",
        C,
        "| Transient | Y | new |",
        "| Transient | N | none |",
        also=(f"{C}:5 [table-incomplete]",),
    ),
    Defect(
        "17 cell contradicts", f"{C}:8 [table-contradicts]", C, "Y | new |\n| P", "Y | none |\n| P"
    ),
    Defect("18 malformed URI", f"{F}:17 [malformed-uri]", F, "qemu+tls://", "qemu+tls:/"),
    Defect("19 unknown option", f"{F}:17 [unknown-option]", F, "--live web1", "--life web1"),
    Defect("20 typo", f"{X}:7 [misspelling]", X, "repaired", "repiared"),
    Defect("20 & as conjunction", f"{C}:12 [ampersand]", C, "date and the", "date & the"),
    Defect("20 no full stop", f"{F}:25 [missing-stop]", F, "says no more.", "says no more"),
    Defect(
        "21 unknown extension",
        f"{S}:4 [unknown-extension]",
        S,
        "[{pymdownx.snippets",
        "[pymdownx.magick, {pymdownx.snippets",
    ),
    Defect("23 unknown setting", f"{S}:2 [unknown-key]", S, "url:", "ulr:"),
    Defect(
        "24 announced example missing",
        f"{F}:21 [empty-example]",
        F,
        "`qemu+ssh://desthost/system`\n",
        "## Errors\n",
    ),
    Defect(
        "26 image without text",
        f"{X}:11 [missing-alt-text]",
        X,
        "![The rack from the front]",
        "![]",
    ),
    Defect(
        "27 leftover markup", f"{F}:11 [leftover-markup]", F, "source host", "\\*source\\* host"
    ),
    Defect("28 page without title", f"{C} [missing-title]", C, "# Files\n\n## All", "## All"),
    Defect("missing value", f"{F}:18 [missing-value]", F, "--timeout 120 ", "--timeout "),
    Defect(
        "mutually exclusive options", f"{F}:18 [exclusive-options]", F, "--timeout 120", "--offline"
    ),
    Defect(
        "too many arguments",
        f"{F}:18 [extra-argument]",
        F,
        "/system\n```",
        "/system tcp://b c\n```",
    ),
    Defect(
        "wrapped command",
        f"{F}:18 [unpasteable-command]",
        F,
        "--live web1",
        "--live\n    --migrateuri tcp://10.0.0.1 web1",
    ),
    Defect(
        "optional brackets",
        f"{F}:18 [unpasteable-command]",
        F,
        "migrate --live -",
        "migrate [--live] -",
    ),
    Defect("too many cells", f"{C}:7 [ragged-table]", C, "| N | none |", "| N | none | or not |"),
    Defect("misspelt input", f"{C}:9 [unknown-value]", C, "Persistent | N", "Permanent | N"),
    Defect(
        "unused rule",
        "content/files.claims.yml:6 [unused-rule]",
        "content/files.claims.yml",
        "      - {then: {File after: none}}\n",
        "      - {when: {--persistent: Y}, then: {File after: old}}\n"
        "      - {then: {File after: none}}\n",
    ),
    Defect("unrecorded quote", f"{F}:25 [unrecorded-quote]", F, "no such guest", "no such host"),
    Defect(
        "recording edited by hand",
        "content/recordings/errors [stale-recording]",
        "content/recordings/errors",
        "no such guest",
        "no such guest here",
    ),
    Defect(
        "missing recording of help",
        f"{S}:6 [missing-recording]",
        "content/recordings/help",
        new=None,
    ),
    Defect(
        "diagram contradicts its claim",
        "diagrams/direct.dot:2 [diagram-contradicts]",
        "diagrams/direct.dot",
        "client -> destination",
        "source -> destination",
        also=(
            "content/flows.claims.yml:2 [diagram-contradicts]",
            "diagrams/p2p.dot [duplicate-diagram]",
        ),
    ),
    Defect("heading level skipped", f"{C}:3 [skipped-heading-level]", C, "## All", "#### All"),
    Defect("repeated word", f"{C}:12 [repeated-word]", C, "The file is", "The the file is"),
    Defect(
        "claims without page",
        "content/gone.claims.yml [unresolved-claim]",
        "content/gone.claims.yml",
        new="diagrams: {p2p: {connections: [client -> source, source -> destination]}}\n",
    ),
)
_LINE = re.compile(r"(?P<place>[^:]+(?::\d+)?)(?::\d+)?: \w+(?P<code>\[[a-z-]+\])")


def refusals(project: Project) -> list[str]:
    """Return what the strict check reports, as `path:line [code]`."""
    result = project.check("--strict")
    found = [_LINE.match(line) for line in result.diagnostics]
    assert result.code == (1 if found else 0), result.out
    return sorted(f"{line['place']} {line['code']}" for line in found if line)


@pytest.fixture
def clean(tmp_path: Path) -> Project:
    """Return the site without any defect."""
    return Project.make(tmp_path / "bench", CLEAN)


def edit(project: Project, defect: Defect) -> None:
    """Apply the edit of a defect."""
    file = project.root / defect.path
    if defect.new is None:
        file.unlink()
    elif not defect.old:
        project.write({defect.path: defect.new})
    else:
        text = file.read_text("utf-8")
        assert defect.old in text
        project.write({defect.path: text.replace(defect.old, defect.new, 1)})


def test_the_clean_twin_passes_with_every_claim_judged(clean: Project) -> None:
    assert refusals(clean) == []
    summary = clean.check().out.splitlines()[-1]
    assert summary.endswith("claims: 6 held, 0 broken, 0 not judged")


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_is_reported_at_its_line_by_its_rule_alone(clean: Project, defect: Defect) -> None:
    edit(clean, defect)
    assert refusals(clean) == sorted([defect.expected, *defect.also])


def test_the_bench_has_enough_defects_and_no_duplicates() -> None:
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 28
    edits = {(defect.path, defect.old, defect.new) for defect in DEFECTS}
    assert len(edits) == len(DEFECTS)
