"""Help texts: the options and arguments that they declare, whichever parser printed them."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proofdown.checks.commands.help import Synopsis, Takes, read_synopsis
from proofdown.checks.commands.usage import read_usage
from proofdown.config.commands import read_commands
from proofdown.diagnostics import Report
from proofdown.fields import Fields
from proofdown.keys import Entry
from proofdown.source import Source
from proofdown.yamltree import Mapping, load_tree
from tests.support.project import REPOSITORY, Project

RECORDINGS = REPOSITORY / "content" / "recordings"

ARGPARSE = """usage: tool [-h] [-v | -q] [--name NAME] [--mode {a,b}] [--pair X Y]
            [--maybe [M]] [--loud | --silent]
            src [dst] [rest ...]

Copies things.

positional arguments:
  src                   from --here
  dst

options:
  -h, --help            show this message and exit
  -v, --verbose
  -q, --quiet           say less
  --name NAME, -n NAME  a name that is
                        --wrapped oddly
  --mode {a,b}
  --pair X Y
  --maybe [M]
  --loud
  --silent
"""
CLICK = """Usage: tool build [OPTIONS] SRC...

  Build it.

Options:
  -f, --format [text|json]        How to print.  [default: text]
  --shout / --no-shout            Loudly.
  -o, --output PATH               Where to.
  --color [auto|always]
  --help                          Show this message and exit.
"""
GNU = """Usage: cp [OPTION]... [-T] SOURCE DEST
  or:  cp [OPTION]... SOURCE... DIRECTORY
  or:  cp [OPTION]... -t DIRECTORY SOURCE...
Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.

Mandatory arguments to long options are mandatory for short options too.
  -a, --archive                same as -dR --preserve=all
      --backup[=CONTROL]       make a backup of each existing file
  -S, --suffix=SUFFIX          override the usual backup suffix
  -t, --target-directory=DIRECTORY  copy all into it
      --sparse=WHEN            control creation of sparse files. See --reflink
"""
GIT = """usage: git clone [<options>] [--] <repo> [<dir>]

    -v, --[no-]verbose    be more verbose
    --[no-]recurse-submodules[=<pathspec>]
                          initialize submodules in the clone
    -b, --branch <branch>
                          checkout <branch> instead of the remote's HEAD
    -j, --jobs <n>        number of submodules cloned in parallel
"""
GO = """Install it.

Usage:
  helm install [NAME] [CHART] [flags]

Flags:
      --atomic                  if set, undo on failure
  -f, --values strings          specify values
      --timeout duration        time to wait (default 5m0s)
      --dry-run string[="client"]   simulate
"""
MAN = """GREP(1)                    User Commands                   GREP(1)

NAME
       grep - print lines that match patterns

SYNOPSIS
       grep [OPTION...] PATTERNS [FILE...]
       grep [OPTION...] -e PATTERNS ... [FILE...]

OPTIONS
       -E, --extended-regexp
              Interpret PATTERNS as extended regular expressions.

       -m NUM, --max-count=NUM
              Stop reading a file after NUM selected lines, see --quiet.
"""


def takes(synopsis: Synopsis) -> dict[str, str]:
    """Return whether each option takes a value, by name."""
    return {name: option.takes.name for name, option in synopsis.options.items()}


def counts(synopsis: Synopsis) -> tuple[int, int | None]:
    """Return the minimum and maximum number of arguments."""
    return synopsis.fewest, synopsis.most


def recorded(command: str) -> Synopsis:
    """Return the synopsis in the recorded help of a virsh command."""
    text = (RECORDINGS / f"virsh-{command}-help").read_text("utf-8").split("---\n", 2)[2]
    return read_synopsis(text, ("virsh", command))


def test_the_recorded_help_of_virsh_migrate_has_all_its_options() -> None:
    synopsis = recorded("migrate")
    assert synopsis.is_virsh
    assert not synopsis.accepts_abbreviations
    assert len(synopsis.options) == 50
    assert takes(synopsis)["--live"] == "NOTHING"
    assert takes(synopsis)["--migrateuri"] == takes(synopsis)["--domain"] == "VALUE"
    assert synopsis.options["--timeout"].value == "number"
    assert [argument.name for argument in synopsis.usages[0]] == ["<domain>", "<desturi>"]
    assert counts(synopsis) == (2, 23)


@pytest.mark.parametrize(
    "command", [path.name[6:-5] for path in sorted(RECORDINGS.glob("virsh-*-help"))]
)
def test_every_recorded_help_is_read_unambiguously(command: str) -> None:
    synopsis = recorded(command)
    assert synopsis.is_virsh
    assert not synopsis.is_empty
    assert Takes.PERHAPS not in {option.takes for option in synopsis.options.values()}
    takes_any_number = "]..." in (RECORDINGS / f"virsh-{command}-help").read_text("utf-8")
    assert (synopsis.most is None) == takes_any_number


def test_argparse() -> None:
    synopsis = read_synopsis(ARGPARSE, ("tool",))
    found = takes(synopsis)
    assert found["-n"] == found["--name"] == found["--mode"] == "VALUE"
    assert found["-v"] == found["--quiet"] == found["-h"] == "NOTHING"
    assert found["--maybe"] == "PERHAPS"
    assert synopsis.options["--mode"].choices == ("a", "b")
    assert counts(synopsis) == (1, None)
    assert [a.name for a in synopsis.usages[0]][:2] == ["src", "dst"]
    assert synopsis.exclusive == (("--verbose", "--quiet"), ("--loud", "--silent"))
    assert "--here" in synopsis.mentions


def test_click() -> None:
    synopsis = read_synopsis(CLICK, ("tool", "build"))
    assert takes(synopsis)["-f"] == takes(synopsis)["--output"] == "VALUE"
    assert takes(synopsis)["--no-shout"] == "NOTHING"
    assert synopsis.options["--format"].choices == ("text", "json")
    assert counts(synopsis) == (1, None)
    assert not synopsis.accepts_abbreviations


def test_gnu() -> None:
    synopsis = read_synopsis(GNU, ("cp",))
    assert takes(synopsis)["-S"] == takes(synopsis)["--sparse"] == "VALUE"
    assert takes(synopsis)["--backup"] == "PERHAPS"
    assert takes(synopsis)["-a"] == "NOTHING"
    assert counts(synopsis) == (1, None)
    assert synopsis.find("--target") is synopsis.options["-t"]
    assert synopsis.find("--s") == synopsis.find("--nothing") or synopsis.find("--s")


def test_git() -> None:
    synopsis = read_synopsis(GIT, ("git", "clone"))
    assert takes(synopsis)["--no-verbose"] == takes(synopsis)["-v"] == "NOTHING"
    assert takes(synopsis)["--recurse-submodules"] == "PERHAPS"
    assert takes(synopsis)["--branch"] == takes(synopsis)["-j"] == "VALUE"
    assert counts(synopsis) == (1, 2)


def test_go() -> None:
    synopsis = read_synopsis(GO, ("helm", "install"))
    assert takes(synopsis)["--values"] == takes(synopsis)["--timeout"] == "VALUE"
    assert takes(synopsis)["--atomic"] == "NOTHING"
    assert takes(synopsis)["--dry-run"] == "PERHAPS"
    assert counts(synopsis) == (0, 2)


def test_a_man_page() -> None:
    synopsis = read_synopsis(MAN, ("grep",))
    assert takes(synopsis)["-m"] == takes(synopsis)["--max-count"] == "VALUE"
    assert takes(synopsis)["-E"] == "NOTHING"
    assert counts(synopsis)[1] is None


@pytest.mark.parametrize(
    ("line", "options", "arguments", "exclusive"),
    [
        ("<domain> [--live] [--uri <string>]", ["--live", "--uri"], ["<domain>"], []),
        (
            "[-h] (--all | --none) FILE...",
            ["-h", "--all", "--none"],
            ["FILE"],
            [("--all", "--none")],
        ),
        ("[OPTIONS] [FLAGS]", [], [], []),
        ("-o FILE SRC", ["-o"], ["SRC"], []),
        ("[-i file] [-b [addr:]port] dest", ["-i", "-b"], ["dest"], []),
        ("[--[no-]x] [--y=(a|b)] z", ["--[no-]x", "--y"], ["z"], []),
        ("[[[a]", [], ["a"], []),
    ],
)
def test_usage_lines(
    line: str, options: list[str], arguments: list[str], exclusive: list[tuple[str, ...]]
) -> None:
    usage = read_usage(line)
    assert [name for name, _ in usage.options] == options
    assert [argument.name for argument in usage.arguments] == arguments
    assert usage.exclusive == exclusive


def test_two_names_of_one_option_are_not_exclusive() -> None:
    assert read_synopsis("usage: t [-v | --verbose] [--[no-]x | --y]", ("t",)).exclusive == ()


def test_text_without_help_gives_an_empty_synopsis() -> None:
    assert read_synopsis("There is nothing to say of it.", ("t",)).is_empty
    assert not read_synopsis("usage: t FILE", ("t",)).is_empty


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("a: [b]", "the help of `a` is a list, not a recording"),
        ("a: {}", "`a` has no help"),
        ("a: {recording: b, synopsis: c}", "`a` has both a recording and a synopsis"),
        ("a: {recording: b, exclusive: [[--x]]}", "one option alone excludes nothing"),
        ("a: {recording: b, exclusive: [x]}", "`exclusive` is the text `x`, not a list of texts"),
        ("a: {recording: b, values: {--x: '('}}", "`(` is not a pattern: "),
        ("a: {recording: b, values: {--x: [y]}}", "the pattern of `--x` is a list, not a text"),
        ("a: {recording: b, vlues: {}}", "`vlues` is not a setting of a command"),
        ("'': b", "a command without a name"),
    ],
)
def test_wrong_settings_of_commands_are_reported(settings: str, message: str) -> None:
    report = Report()
    tree = load_tree(Source("proofdown.yml", f"commands:\n  {settings}\n"), report)
    assert isinstance(tree, Mapping)
    read_commands(Entry(Fields(tree, report), "commands"))
    assert [d.message for d in report if message in d.message], [d.message for d in report]


HELP_TEXT = st.text(alphabet="ab-=<>[]{}()|.,:… \n\tAUsage", max_size=120)


@given(HELP_TEXT)
@example("usage: a " + "[" * 2000)
@example("  NAME\n    a - b\n\n  SYNOPSIS\n")
@example("usage:")
def test_reading_any_text_never_crashes(text: str) -> None:
    synopsis = read_synopsis(text, ("a",))
    assert synopsis.fewest >= 0
    assert all(option.name in option.names for option in synopsis.options.values())
    synopsis.find("--a")


def test_a_help_that_calls_itself_incomplete_is_partial() -> None:
    text = "Usage: curl [options...] <url>\n -f, --fail   Fail fast\n\nThis is not the full help.\n"
    assert read_synopsis(text, ("curl",)).is_partial


def test_short_options_are_exclusive_only_if_a_parser_says_so() -> None:
    assert read_synopsis("usage: git tag [-a | -s] NAME", ("git", "tag")).exclusive == ()
    assert read_synopsis("usage: t [-h] [-a | -s] NAME", ("t",)).exclusive == (("-a", "-s"),)


def test_a_command_run_on_another_host_is_judged_on_its_own(project: Project) -> None:
    project.write(
        {
            "proofdown.yml": "title: Test\ncommands:\n"
            "  ssh: {synopsis: 'usage: ssh [-p port] destination [command [argument ...]]'}\n"
            "  git: {synopsis: 'usage: git [--bare] <command> [<args>]'}\n",
            "content/index.md": "# Home\n\n```console\n$ ssh -p 22 host git --bare status\n```\n",
        }
    )
    data = json.loads(project.run("check", "--format", "json").out)
    # ssh and git are each checked against their usage; `git status` has no declared usage.
    assert data["claims"] == {"held": 2, "broken": 0, "not_judged": 1}
