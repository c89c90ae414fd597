"""Command lines: how they are split into words, where the words are, and what is no command."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proofdown.checks.commands.find import Command, find_commands
from proofdown.checks.commands.lexer import split_commands
from tests.support.page_text import page_text

TOOLS = frozenset(["virsh"])


def words(text: str) -> list[list[str]]:
    """Return the words of each simple command in a text."""
    return [[word.text for word in simple.words] for simple in split_commands(text)]


def commands(body: str) -> list[str]:
    """Return the commands of a page, each with its words joined by spaces."""
    return [" ".join(word.text for word in c.words) for c in find_commands(page_text(body), TOOLS)]


def block(text: str, language: str = "console") -> str:
    """Return a page with one block."""
    return f"# Home\n\n```{language}\n{text}\n```\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b  c", [["a", "b", "c"]]),
        ("a 'b c' \"d 'e\" f\\ g", [["a", "b c", "d 'e", "f g"]]),
        ('a "b \\"c\\" \\x"', [["a", 'b "c" \\x']]),
        ("a--b='c d'e", [["a--b=c de"]]),
        ("a | b && c || d; e & f", [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]]),
        ("a > b 2>&1 < c 2> d &> e >> f g", [["a", "g"]]),
        ("a <<< 'b c' d", [["a", "d"]]),
        ("a <name> <the-file> b", [["a", "<name>", "<the-file>", "b"]]),
        ("a --to=<host>/x", [["a", "--to=<host>/x"]]),
        ("a # b c\nd#e # f", [["a"], ["d#e"]]),
        ("a \\\n  b \\\n> c", [["a", "b", "c"]]),
        ("a $(b | c; d) ${e} `f g` $h", [["a", "$(b | c; d)", "${e}", "`f g`", "$h"]]),
        ("cat <<EOF x\nb 'c\nEOF\nd", [["cat", "x"], ["d"]]),
        ("cat <<-'E O'\n\tb\n\tE O\nd", [["cat"], ["d"]]),
        ("diff <(a b) >(c)", [["diff", "<(a b)", ">(c)"]]),
        ("a 'b", [["a", "b"]]),
        ("(a b)", [["a", "b"]]),
        ("a https://x/?b=c", [["a", "https://x/?b=c"]]),
        ("", []),
    ],
)
def test_words_are_split_as_a_shell_splits_them(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


def test_each_word_has_its_offsets() -> None:
    text = "a 'b c' \\\n  --d=\"e\" f"
    found = [text[word.start : word.end] for word in split_commands(text)[0].words]
    assert found == ["a", "'b c'", '--d="e"', "f"]


def test_a_word_is_plain_unless_it_is_quoted_or_expanded() -> None:
    plain, quoted, expanded = split_commands("a 'b' \"$c\"")[0].words
    assert (plain.is_plain, quoted.is_plain, expanded.is_plain) == (True, False, False)
    assert (quoted.is_expanded, expanded.is_expanded) == (False, True)


@pytest.mark.parametrize(
    "prompt",
    [
        "$ ",
        "user@host:~$ ",
        "root@host:/srv# ",
        "[user@host ~]$ ",
        "srchost# ",
        "srchost$ ",
        "(venv) $ ",
        "PS> ",
        "PS C:\\Users> ",
        "❯ ",
    ],
)
def test_text_after_a_prompt_is_a_command_and_the_rest_is_output(prompt: str) -> None:
    body = block(f"{prompt}virsh list --all\n Id  Name\n{prompt}other -x\nvirsh list of it")
    assert commands(body) == ["virsh list --all", "other -x"]


def test_the_prompt_of_a_known_tool_counts_as_its_name() -> None:
    body = block("virsh # list --all\nvirsh # domstate web1\nmysql> select 1;")
    assert commands(body) == ["virsh list --all", "virsh domstate web1"]


def test_a_hash_is_a_comment_if_other_prompts_are_dollars() -> None:
    assert commands(block("# virsh list")) == ["virsh list"]
    assert commands(block("# virsh list\n$ virsh start web1")) == ["virsh start web1"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sudo -u root virsh list", ["virsh list"]),
        ("LC_ALL=C env -i A=b virsh list", ["virsh list"]),
        ("time nice -n 5 virsh list", ["virsh list"]),
        ("/usr/bin/virsh list", ["/usr/bin/virsh list"]),
        ("ssh -p 22 root@a virsh list --all", ["ssh -p 22 root@a", "virsh list --all"]),
        ("ssh a 'virsh list | grep b'", ["ssh a", "virsh list", "grep b"]),
        ("ssh -N a", ["ssh -N a"]),
        ("virsh list | xargs virsh start", ["virsh list", "xargs virsh start"]),
        ("for f in a b; do virsh start $f; done", ["virsh start $f"]),
        ("if virsh list; then virsh start a; fi", ["virsh list", "virsh start a"]),
        ("[ -f x ] && virsh list", ["virsh list"]),
        ("f() { virsh list; }", ["virsh list"]),
        ("A=b", []),
    ],
)
def test_words_before_the_program_are_skipped(typed: str, expected: list[str]) -> None:
    assert commands(block(typed, "sh")) == expected
    assert commands(block(f"$ {typed}")) == expected


def test_a_command_continues_as_long_as_a_shell_would_wait_for_more_input() -> None:
    typed = "$ virsh migrate \\\n    --live \\\n    web1 'a\nb'\nout\n$ virsh list |\n    cat\nout"
    assert commands(block(typed)) == ["virsh migrate --live web1 a\nb", "virsh list", "cat"]


def test_an_unclosed_apostrophe_ends_at_its_line() -> None:
    assert commands(block("$ echo it's\noutput\n$ virsh list")) == ["echo its", "virsh list"]


def test_options_on_a_line_of_their_own_belong_to_the_command_above() -> None:
    body = block("$ virsh migrate web1\n    --live\n    --p2p\noutput")
    assert commands(body) == ["virsh migrate web1 --live --p2p"]


def test_help_that_a_command_prints_is_output() -> None:
    assert commands(block("$ virsh help list\n  --all    list all")) == ["virsh help list"]
    assert commands(block("$ virsh list\n  --all    list all")) == ["virsh list"]


@pytest.mark.parametrize("language", ["python", "text", "yaml", "diff"])
def test_other_languages_have_no_commands(language: str) -> None:
    assert commands(block("$ virsh list\nvirsh start", language)) == []


def test_plain_blocks_and_spans_have_commands_of_known_tools_only() -> None:
    assert commands(block("virsh list\nother list", "")) == ["virsh list"]
    assert commands("`virsh list` `other list` `$ virsh\nstart web1` ``sudo virsh a``") == [
        "virsh list",
        "virsh start web1",
        "virsh a",
    ]


def test_blocks_in_lists_and_quotes_keep_their_offsets() -> None:
    body = (
        "1. Step\n\n    ```console\n    $ virsh list \\\n        --all\n    ```\n\n"
        "> ```sh\n> virsh start\n> ```\n"
    )
    found = [
        [body[word.start : word.end] for word in command.words]
        for command in find_commands(page_text(body), TOOLS)
    ]
    assert found == [["virsh", "list", "--all"], ["virsh", "start"]]


SHELL_TEXT = st.text(alphabet="ab$#'\"\\`(){}[]<>|&;=-/ \n\t…é", max_size=80)


@given(SHELL_TEXT)
@example("cat <<\n")
@example("$(((")
@example("<(")
@example("a <<'")
@example("\\")
def test_commands_of_any_text_are_inside_it(text: str) -> None:
    for simple in split_commands(text):
        assert simple.words
        for before, word in zip([None, *simple.words], simple.words, strict=False):
            assert 0 <= word.start < word.end <= len(text)
            assert before is None or before.end <= word.start


@given(
    st.text(alphabet="ab$#'\"\\`<>|=- \n>~", max_size=120), st.sampled_from(["", "sh", "console"])
)
def test_commands_of_any_block_are_inside_it(text: str, language: str) -> None:
    body = f"```{language}\n{text}\n```\n`virsh {text}`\n"

    def is_inside(command: Command) -> bool:
        return 0 <= command.start <= command.end <= len(body)

    assert all(is_inside(command) for command in find_commands(page_text(body), TOOLS))
