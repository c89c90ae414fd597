"""Decision tables as a whole: pasting the rows that the report suggests fixes the table."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from proofdown.checks.claims.decision_rules import decision_problems
from proofdown.checks.claims.decision_table import DecisionTable, values_of
from proofdown.content.evidence.claims import load_claims
from proofdown.content.evidence.table_claims import TableClaim
from proofdown.diagnostics import Report
from proofdown.markup.headings import Heading
from proofdown.markup.syntax.tables import Table
from proofdown.source import Source
from tests.support.page_text import page_text
from tests.support.project import Project

CLAIMS = """tables:
  "#cases":
    inputs: {Type: [transient, persistent], Flag: [N, Y], Host: [a, b, c]}
    rules:
      - {when: {Flag: Y, Host: [a, b]}, then: {After: kept, Where: both}}
      - {when: {Type: persistent}, then: {After: moved}}
      - {then: {After: gone, Where: one}}
"""
HEADER = "| Type | Flag | Host | Remark | After | Where |\n|---|---|---|---|---|---|\n"


def after(kind: str, flag: str, host: str) -> tuple[str, str]:
    """Return the expected outcome, from a second implementation of the rules."""
    if flag == "Y" and host in "ab":
        return "kept", "both"
    return ("moved" if kind == "persistent" else "gone"), "one"


ROWS = [
    f"| {kind} | {flag} | {host} | {' | '.join(('', *after(kind, flag, host)))} |\n"
    for kind, flag, host in product(("transient", "persistent"), "NY", "abc")
]


def read(rows: list[str], claims: str = CLAIMS) -> tuple[TableClaim, Table]:
    """Return the claim and the table of a page with these rows."""
    report = Report()
    text = "# Home\n\n## Cases\n\n" + HEADER + "".join(rows)
    headings = (Heading(1, "home", "Home", "Home"), Heading(2, "cases", "Cases", "Cases"))
    claim = load_claims(Source("index.claims.yml", claims), "index.claims.yml", report).tables[0]
    assert not len(report), list(report)
    return claim, page_text(text).tables(headings)[0]


@given(st.permutations(ROWS))
def test_the_order_of_rows_makes_no_difference(rows: list[str]) -> None:
    assert list(decision_problems(*read(rows))) == []


@given(st.sets(st.integers(0, len(ROWS) - 1), max_size=len(ROWS) - 1))
def test_missing_rows_are_reported_ready_to_paste(missing: set[int]) -> None:
    rows = [row for number, row in enumerate(ROWS) if number not in missing]
    problems = list(decision_problems(*read(rows)))
    assert {problem.code for problem in problems} <= {"table-incomplete"}
    pasted = [re.sub(r"add `(.*)`", r"\1\n", problem.help) for problem in problems]
    assert len(pasted) == len(missing)
    assert list(decision_problems(*read(rows + pasted))) == []


@given(st.integers(0, len(ROWS) - 1), st.sampled_from(["After", "Where"]))
def test_each_wrong_cell_is_reported_at_its_location(number: int, column: str) -> None:
    cells = ROWS[number].strip("|\n").split("|")
    cells[4 if column == "After" else 5] = " wrong "
    rows = [*ROWS[:number], f"|{'|'.join(cells)}|\n", *ROWS[number + 1 :]]
    (problem,) = decision_problems(*read(rows))
    assert problem.code == "table-contradicts"
    assert f"`{column}` is `wrong` here, but" in problem.message
    assert (problem.location.line, problem.location.snippet.count("wrong")) == (7 + number, 1)
    assert problem.notes[0].message == "the rule"


def test_a_row_for_several_cases_covers_each_of_them() -> None:
    rows = [
        "| any | Y | a or b | | kept | both |\n",
        "| persistent | Y | c | | moved | one |\n",
        "| transient | Y | c | | gone | one |\n",
        "| persistent | N | * | | moved | one |\n",
        "| transient | N | a, b, c | | gone | one |\n",
    ]
    claim, table = read(rows)
    assert list(decision_problems(claim, table)) == []
    assert len({case for row in DecisionTable(claim, table).rows for case in row.cases}) == 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N", ("N",)),
        ("N or Y", ("N", "Y")),
        ("N, Y", ("N", "Y")),
        ("N/Y", ("N", "Y")),
        ("—", ("N", "Y")),
        ("n", ()),
        ("", ()),
        ("N or X", ()),
    ],
)
def test_a_cell_names_values_of_its_column(text: str, expected: tuple[str, ...]) -> None:
    assert values_of(text, ("N", "Y")) == expected


def test_too_many_combinations_are_refused_without_listing_them(project: Project) -> None:
    many = ", ".join(f"c{n}: [{', '.join(map(str, range(20)))}]" for n in range(6))
    project.write(
        {
            "content/index.md": "# Home\n\n## Cases\n\n| c0 |\n|---|\n| 1 |\n",
            "content/index.claims.yml": f'tables: {{"#cases": {{inputs: {{{many}}}}}}}\n',
        }
    )
    (line,) = project.check().diagnostics
    assert line.endswith("64000000 combinations of inputs, which no table has")


PIECES = st.sampled_from(
    [
        *["\n", "\n\n", "    ", "> ", "- ", "| a | b |\n", "|---|---|\n", "| 1 |\n", "|", "---"],
        *["```console\n", "```\n", "```sh\n", "$ ", "virsh migrate ", "--live ", "[--p2p] ", "`"],
        *["'", '"', "<<EOF\n", "\\\n", "$(", "qemu+tls:/a/b ", "http:///", "://[::1", "…", "..."],
        *[
            "For example:\n",
            "eg ",
            "## Cases\n",
            "<!--",
            "-->",
            "<pre>",
            "word ",
            "\t",
            "\\",
            "|:-",
        ],
    ]
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PIECES, max_size=30).map("".join))
@example("```console\n$ virsh migrate 'a\n```\n| a |\n|--|\n")
def test_checking_any_page_never_crashes(tmp_path: Path, text: str) -> None:
    root = tmp_path / "site"
    if not root.exists():
        command = 'virsh migrate: {synopsis: "migrate <domain> <desturi> [--live]"}'
        Project.make(
            root,
            {
                "proofdown.yml": f"title: T\ncommands:\n  {command}\n",
                "content/index.claims.yml": CLAIMS,
            },
        )
    project = Project(root)
    project.write({"content/index.md": f"# Home\n\n{text}"})
    assert project.check().code in (0, 1)
