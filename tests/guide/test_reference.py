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
    """Return the options of 9.0.0 in the data."""
    return [option for group in load_options()["groups"] for option in group["options"]]


def test_the_page_of_options_is_generated_from_its_data() -> None:
    made = make_page(load_options())
    written = PAGE.read_text(encoding="utf-8")
    assert written == made, f"run `python tests/tools/guide page` after a change of {DATA.name}"


def test_the_data_matches_every_option_of_virsh(options: list[dict[str, Any]]) -> None:
    data = {o["name"]: (o["value"], o["symbol"], o["since"]) for o in options}
    real = {
        row["Option"]: (row["Value"], row["Flag or parameter"], row["Since"])
        for row in recorded("migrate-options")
    }
    assert data == real


def test_newer_options_are_not_in_virsh_yet() -> None:
    real = {row["Option"] for row in recorded("migrate-options")}
    assert not real & {option["name"] for option in load_options()["newer"]}


def test_every_needed_option_exists(options: list[dict[str, Any]]) -> None:
    names = {option["name"] for option in options}
    needed = {name for option in options for name in option.get("needs", ())}
    assert needed <= names


def test_the_page_and_the_settings_have_the_same_exclusive_options(
    options: list[dict[str, Any]],
) -> None:
    settings = yaml.safe_load((ROOT / "proofdown.yml").read_text(encoding="utf-8"))
    declared = {frozenset(g) for g in settings["commands"]["virsh migrate"]["exclusive"]}
    assert {frozenset(pair) for pair in exclusions(options)} == declared


def test_the_page_of_versions_names_every_option(options: list[dict[str, Any]]) -> None:
    page = (ROOT / "content/reference/versions.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\d.]+) \| (.*) \|$", page, re.MULTILINE))
    since = {o["name"]: o["since"] for o in options if "_" in o["symbol"]}
    missing = {
        name: version for name, version in since.items() if f"`{name}`" not in rows.get(version, "")
    }
    assert missing == {}, "name them in the row of that version"


def test_every_page_begins_with_what_the_reader_can_do() -> None:
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


def test_the_first_use_of_a_glossary_word_is_a_link() -> None:
    unlinked = [f"content/{use.page}: {use.term.name}" for use in unlinked_uses()]
    assert unlinked == [], "run `python tests/tools/guide terms`"


def test_every_quoted_error_of_an_option_is_recorded(
    options: list[dict[str, Any]],
) -> None:
    real = " ".join(case["message"] for case in recorded("errors").values())
    real += " ".join(row["Says"] for row in recorded("combinations")["refused"])
    said = [o["says"] for o in options if "says" in o]
    said += [r["says"] for o in options for r in o.get("refused", ()) if "says" in r]
    assert [text for text in said if text not in real] == []
