"""Proofreading: the draft of 2011, what counts as prose, the style rules, fixes, and caching."""

import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofdown.checks.prose.codes import PROSE_CODES
from proofdown.checks.prose.fixes import apply_fixes, fixes_of
from proofdown.checks.prose.lexicon.dictionary import load_dictionary
from proofdown.checks.prose.lexicon.pack import load_packed, pack, read_lists
from proofdown.checks.prose.lexicon.spelling import known, variety
from proofdown.checks.prose.lexicon.suggestions import certain_fix, suggest
from proofdown.checks.prose.read_page import read_page
from proofdown.checks.prose.spellcheck import judge_site
from proofdown.checks.prose.style.patterns import StyleRule, style_rules
from proofdown.checks.prose.text.blocks import Block, find_blocks
from proofdown.checks.prose.text.words import find_words
from proofdown.checks.registry import RULES
from proofdown.diagnostics import Finding, Fix
from tests.support.project import REPOSITORY, Project

DRAFT = [
    ("They may, or may not support encryption", "confused-word", ", "),
    ("leverage the capabilities builtin to the libvirt RPC", "run-together", "builtin"),
    ("the source and destinations hosts as the data is", "confused-word", "destinations"),
    ("moved between libvirtd& the hypervisor", "ampersand", "&"),
    ("must be able to connect& authenticate with the daemons", "ampersand", "&"),
    ("the first& second URIs are compulsory", "ampersand", "&"),
    ("the first& third URIs are compulsory", "ampersand", "&"),
    ("in all possible state& flag combinations", "ampersand", "&"),
    ("or otherwise looses its connection to libvirtd", "confused-word", "looses"),
    ("an attempt will be made to abort the migrastion and", "misspelling", "migrastion"),
    ("the client application to specify upto three URIs", "run-together", "upto"),
    ("The host has multiple network interaces.", "misspelling", "interaces"),
    ("the configuration wwill need to be copied", "unknown-word", "wwill"),
    ("an application may not storage configuration files", "confused-word", "storage"),
    ("the directory MUST NEVER BE SHARED BETWEEN HOSTS", "shouting", "MUST NEVER BE"),
]
"""What the review of 2011 found, or could have found, sentence by sentence."""


def findings_of(text: str, *others: str) -> list[Finding]:
    pages = {str(number): read_page(page, 0) for number, page in enumerate((text, *others))}
    return judge_site(pages, ("libvirtd",), ())["0"]


def found_in(text: str) -> list[tuple[str, str]]:
    return [(found.code, text[found.start : found.end]) for found in findings_of(text)]


@pytest.mark.parametrize(("sentence", "code", "shown"), DRAFT)
def test_a_rule_finds_the_mistake_in_a_sentence_of_the_draft(
    sentence: str, code: str, shown: str
) -> None:
    found = [(c, text) for c, text in found_in(sentence) if c != "missing-stop"]
    assert [c for c, _ in found] == [code]
    assert found[0][1].startswith(shown.strip())


def test_an_item_without_a_full_stop_and_a_term_with_a_comma_are_found() -> None:
    items = "1. It is wrong. Specify it, using a\n   hostname.\n2. It has two. Use an address\n"
    assert [code for code, _ in found_in(items)] == ["missing-stop"]
    page = "## Managed direct migration\n\nWith *managed, direct* migration, it works.\n"
    assert found_in(page) == [("term-variant", "managed, direct")]


@pytest.mark.parametrize("rule", style_rules(), ids=lambda rule: rule.id)
def test_a_style_rule_catches_and_leaves_its_examples(rule: StyleRule) -> None:
    def is_caught(text: str) -> bool:
        blocks = [b for b in find_blocks(text) if b.kind in rule.kinds]
        texts = [b.raw.text if rule.is_markup else b.text for b in blocks]
        is_needed = any(need in t.lower() for need in rule.needs for t in texts)
        counts = (len(rule.pattern.findall(t)) for t in texts)
        return is_needed and any(0 < count <= rule.at_most for count in counts)

    assert [text for text in rule.catches if not is_caught(text)] == []
    assert [text for text in rule.leaves if is_caught(text)] == []
    assert rule.reason.endswith(".")
    assert is_caught(rule.example)


def test_an_unpaired_backtick_does_not_hide_text() -> None:
    text = "A stray ` mark.\n\nThis recieve is seen.\n\nAnother ` mark and recieve.\n"
    assert [shown for _, shown in found_in(text)] == ["recieve", "recieve"]


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("# One #\n\nTwo\n===\n", [("heading", "One"), ("heading", "Two")]),
        ("a *b* __c__ [d](e 'f') ![g](h)", [("paragraph", "a b c d \ufffc"), ("alt", "g")]),
        ("- a\n  b\n\n    c\n\n        code\n", [("item", "a\nb"), ("paragraph", "c")]),
        (
            "| a | `x|y` b |\n|---|---|\n| c | d |",
            [("cell", c) for c in ("a", "\ufffc b", "c", "d")],
        ),
        ('!!! note "Title"\n    Text\n', [("title", "Title"), ("paragraph", "Text")]),
        ("Term\n:   Detail\n", [("term", "Term"), ("definition", "Detail")]),
        ("> quoted\n> text\n", [("paragraph", "quoted\ntext")]),
        ("[a][b] and [c]\n\n[b]: x\n[c]: y", [("paragraph", "a and c")]),
        ("x\n\n    code\n\n```\ncode\n```\ny", [("paragraph", "x"), ("paragraph", "y")]),
        ("a_b_c \\*d\\* m[i][j]", [("paragraph", "a_b_c *d* m[i][j]")]),
    ],
)
def test_blocks_contain_the_text_that_readers_see(
    markdown: str, blocks: list[tuple[str, str]]
) -> None:
    assert [(block.kind, block.text) for block in find_blocks(markdown)] == blocks


def test_only_title_and_description_of_front_matter_are_read() -> None:
    head = (
        "---\ntitle: 'A title' # note\nlayout: recieve.html\ndescription: >-\n  One\n  two.\n---\n"
    )
    blocks = find_blocks(head + "Body.\n", len(head))
    assert [(b.kind, b.text) for b in blocks if b.kind == "head"] == [
        ("head", "A title"),
        ("head", "One\ntwo."),
    ]


@given(st.text(alphabet="ab c\n`*_[]()<>!#-|>:&;\\\"'.1{}=~ \t", max_size=80))
def test_words_and_findings_of_any_text_have_valid_offsets(text: str) -> None:
    for block in find_blocks(text):
        check_words(text, block)
    for found in findings_of(text):
        assert 0 <= found.start <= found.end <= len(text)


def check_words(text: str, block: Block) -> None:
    for word in find_words(block):
        start, end = block.read.span(word.start, word.end)
        assert text[start] == word.text[0]
        assert text[end - 1] == word.text[-1]


@pytest.mark.parametrize("word", "host's hosts' non-zero café unparsed kubelets Linux".split())
def test_inflections_names_and_terms_are_known(word: str) -> None:
    assert all(known(part) for part in word.split("-"))


def test_the_packed_table_matches_the_lists() -> None:
    trie, marks = load_packed()
    packed = {word: marks[number] for word, number in trie.items()}
    lists = read_lists()
    changed = {word for word, _ in packed.items() ^ lists.items()}
    assert sorted(changed)[:20] == [], "a list was changed: run `make words`"


def test_packing_a_list_keeps_its_words_and_marks() -> None:
    # The fallback of a machine that cannot read the packed table on disk.
    trie, marks = pack({"host": 1, "hosts": 4})
    assert {word: marks[number] for word, number in trie.items()} == {"host": 1, "hosts": 4}


def test_the_lists_do_not_contradict_each_other() -> None:
    dictionary = load_dictionary()
    assert [wrong for wrong in dictionary.fixes if wrong in dictionary.listed] == []
    assert [right for right in dictionary.fixes.values() if not known(right)] == []


@pytest.mark.parametrize(
    ("word", "section"),
    [("behaviour", "british"), ("color", "american"), ("organise", "ise"), ("Organized", "ize")],
)
def test_a_spelling_belongs_to_a_variety_of_english(word: str, section: str) -> None:
    assert variety(word) == section
    assert variety("host") == variety("mise") == variety("advertise") == ""


def test_a_fix_is_certain_only_if_one_word_can_be_meant() -> None:
    assert certain_fix("Recieve") == "Receive"
    assert certain_fix("destinaton") == "destination"
    assert certain_fix("hots") == certain_fix("Quistenhout") == certain_fix("mkdocs") == ""
    assert suggest("intreface")[0] == "interface"


def test_suggestions_for_a_very_long_word_take_less_than_quadratic_memory() -> None:
    word = "acgt" * 1000
    suggest("warm up")
    tracemalloc.start()
    assert suggest(word) == ()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(word) ** 2 / 10


def test_fixes_change_no_other_byte() -> None:
    data = b"\xef\xbb\xbf# H\r\n\r\nWe recieve  it\tupto\r\nhere. \r\n"
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    fixed = apply_fixes(data, fixes_of(findings_of(text)))
    assert fixed == data.replace(b"recieve", b"receive").replace(b"upto", b"up to")


@given(st.text(alphabet="ab\r\n", max_size=30), st.data())
def test_a_fix_lands_at_its_offset_whatever_the_line_endings(
    text: str, data: st.DataObject
) -> None:
    raw = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    plain = raw.replace("\r\n", "\n")
    at = data.draw(st.integers(0, len(plain)))
    fixed = apply_fixes(raw.encode(), [Fix(at, at, "X")]).decode()
    assert fixed.replace("\r\n", "\n") == plain[:at] + "X" + plain[at:]


def test_check_fixes_unambiguous_problems_and_leaves_allowed_ones(tmp_path: Path) -> None:
    page = (
        "# Home\n\nWe recieve it&amp; the rest of the the lumpfence.\n\n"
        "<!-- allow misspelling -->\nWe recieve.\n"
    )
    project = Project.make(tmp_path / "site", {"content/index.md": page})
    result = project.check("--fix")
    assert [line.split("[")[1].split("]")[0] for line in result.diagnostics] == ["unknown-word"]
    expected = page.replace("recieve it&amp; the", "receive it and the").replace("the the", "the")
    assert (project.root / "content/index.md").read_text() == expected
    assert project.check("--fix").out == result.out


def test_a_doubled_word_is_removed_if_no_clause_can_end_with_it() -> None:
    found = findings_of(
        "Log in in the morning. What it is is on on Monday. Your your host the the."
    )
    assert [f.fix for f in found if f.code == "repeated-word"] == [None, None, None, "", ""]


def test_a_fix_never_removes_markup_inside_a_word() -> None:
    found = findings_of("We reci**eve** it and rec\\ieve &amp; go.")
    assert all(f.fix is None for f in found if f.code == "misspelling")


def test_a_second_run_and_a_site_in_another_language_load_no_dictionary(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "site", {"content/index.md": "# Home\n\nA lumpfence.\n"})
    project.check()
    load_dictionary.cache_clear()
    known.cache_clear()
    project.check()
    project.write({"proofdown.yml": "title: Heim\nlanguage: de\n"})
    assert "no problems" in project.check().out
    assert load_dictionary.cache_info().currsize == 0


def test_the_dictionary_is_loaded_only_if_a_prose_rule_is_on(
    tmp_path: Path,
) -> None:
    levels = ", ".join(f"{code}: off" for code in PROSE_CODES)
    project = Project.make(
        tmp_path / "site",
        {
            "proofdown.yml": f"title: Test\nchecks: {{{levels}}}\n",
            "content/index.md": "# Home\n\nA lumpfence.\n",
        },
    )
    load_dictionary.cache_clear()
    known.cache_clear()
    assert "no problems" in project.check().out
    assert load_dictionary.cache_info().currsize == 0
    project.write({"proofdown.yml": f"title: Test\nchecks: {{{levels[:-3]}error}}\n"})
    project.write({"content/index.md": "# Home\n\nA lumpfence is an car indeed.\n"})
    found = project.check().diagnostics
    assert len(found) == 1
    assert "wrong-article" in found[0]


def test_a_term_with_a_long_s_is_not_a_variant_of_another(tmp_path: Path) -> None:
    project = Project.make(
        tmp_path / "site",
        {
            "proofdown.yml": "title: Test\nchecks: {unknown-word: off}\n",
            "content/index.md": "# Home\n\nA data-base is a data-base.\n"
            "This database is a databaſe.\n",
        },
    )
    assert project.check().diagnostics == [
        "content/index.md:4:6: warning[term-variant]: `database` is `data-base` elsewhere"
    ]


def test_the_prose_codes_are_those_of_its_sources_and_style_rules() -> None:
    found = {rule.code for rule in style_rules()}
    for file in (REPOSITORY / "src" / "proofdown" / "checks" / "prose").rglob("*.py"):
        found.update(re.findall(r'\bFinding\(\s*"([a-z-]+)"', file.read_text("utf-8")))
    assert sorted(found) == list(PROSE_CODES)
    assert [code for code in PROSE_CODES if code not in RULES] == []
