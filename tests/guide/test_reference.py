"""The guide: its page of options and its data agree with each other and with the real tool."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.guide.options import DATA, PAGE, exclusions, load_options, make_page
from tests.tools.guide.terms import unlinked_uses

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "content" / "recordings"


def recorded(name: str) -> Any:
    return yaml.safe_load((RECORDINGS / name).read_text(encoding="utf-8").split("---\n", 2)[2])


@pytest.fixture
def options() -> list[dict[str, Any]]:
    """Return the options of 9.0.0 as the data has them."""
    return [option for group in load_options()["groups"] for option in group["options"]]


def test_page_of_options_is_made_from_its_data() -> None:
    made = make_page(load_options())
    written = PAGE.read_text(encoding="utf-8")
    assert written == made, f"run `python tests/tools/guide page` after a change of {DATA.name}"


def test_data_has_every_option_as_virsh_has_it(options: list[dict[str, Any]]) -> None:
    data = {o["name"]: (o["value"], o["symbol"], o["since"]) for o in options}
    real = {
        row["Option"]: (row["Value"], row["Flag or parameter"], row["Since"])
        for row in recorded("migrate-options")
    }
    assert data == real


def test_newer_options_are_not_in_virsh_yet() -> None:
    real = {row["Option"] for row in recorded("migrate-options")}
    assert not real & {option["name"] for option in load_options()["newer"]}


def test_an_option_that_is_needed_is_one(options: list[dict[str, Any]]) -> None:
    names = {option["name"] for option in options}
    needed = {name for option in options for name in option.get("needs", ())}
    assert needed <= names


def test_commands_are_refused_what_the_page_says(options: list[dict[str, Any]]) -> None:
    settings = yaml.safe_load((ROOT / "proofdown.yml").read_text(encoding="utf-8"))
    declared = {frozenset(g) for g in settings["commands"]["virsh migrate"]["exclusive"]}
    assert {frozenset(pair) for pair in exclusions(options)} == declared


def test_versions_tell_of_every_option(options: list[dict[str, Any]]) -> None:
    page = (ROOT / "content/reference/versions.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\d.]+) \| (.*) \|$", page, re.MULTILINE))
    since = {o["name"]: o["since"] for o in options if "_" in o["symbol"]}
    untold = {
        name: version for name, version in since.items() if f"`{name}`" not in rows.get(version, "")
    }
    assert untold == {}, "name them in the row of that version"


def test_every_page_begins_with_what_its_reader_can_do_afterwards() -> None:
    pages = [p for p in (ROOT / "content").rglob("*.md") if p.name != "index.md"]
    pages = [p for p in pages if "manual" not in p.parts]
    silent = [
        str(page.relative_to(ROOT))
        for page in pages
        if not re.search(
            r"^# .*\n\n(With|After|From) this page you ",
            page.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert silent == []


def test_glossary_words_are_links_where_they_are_used_first() -> None:
    unlinked = [f"content/{use.page}: {use.term.name}" for use in unlinked_uses()]
    assert unlinked == [], "run `python tests/tools/guide terms`"


def test_every_quoted_error_of_a_reference_option_is_recorded_or_said_to_be_from_the_source(
    options: list[dict[str, Any]],
) -> None:
    real = " ".join(case["message"] for case in recorded("errors").values())
    real += " ".join(row["Says"] for row in recorded("combinations")["refused"])
    said = [o["says"] for o in options if "says" in o]
    said += [r["says"] for o in options for r in o.get("refused", ()) if "says" in r]
    assert [text for text in said if text not in real] == []
