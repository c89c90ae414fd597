"""The preview as a process: what it shows, when it builds, and how it ends."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.project import Project, run_command
from tests.support.running_preview import FULL, PATIENCE, RunningPreview, preview_of, recording

BROKEN = "{% extends 'page.html' %}{% block content %}{{ page.titel }}{% endblock %}"
SCRIPT = re.compile(r'<script type="module" src="/_proofdown/live\.js\?[^"]*"></script>')


def children_of(pid: int) -> list[int]:
    """Return the child processes of a process that are still running."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text("ascii").split()]


def is_running(pid: int) -> bool:
    """Return whether a process exists and has not exited."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def page(text: str) -> dict[str, str | bytes]:
    return {"content/index.md": f"# Home\n\n{text}\n"}


@pytest.fixture
def preview(project: Project) -> Iterator[RunningPreview]:
    """Return the preview of a site with one page."""
    with preview_of(project.root) as running:
        yield running


def test_a_preview_equals_the_built_site_except_for_one_script(tmp_path: Path) -> None:
    root = tmp_path / "site"
    assert run_command("new", str(root), cwd=tmp_path).code == 0
    project = Project(root)
    project.write({"content/rack.txt": "48 units\n", "content/old.md": "# Old\n\n[R](rack.txt)\n"})
    assert project.build().code == 0, project.build().out
    built = project.tree()
    del built[".proofdown-site"]
    with preview_of(root) as running:
        for path, data in built.items():
            served = running.get(path)
            if not path.endswith(".html"):
                assert served.body == data
                continue
            page_text, count = SCRIPT.subn("", served.text)
            assert (page_text, count) == (data.decode(), 1)


def test_nothing_is_written_to_the_output_folder(preview: RunningPreview) -> None:
    assert preview.get().status == 200
    assert not (preview.root / "site").exists()


def test_if_a_port_is_taken_the_next_free_one_is_used(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = RunningPreview(project.root, "--port", str(port))
        try:
            assert running.port > port
            assert running.lines[0] == f"port {port} is taken"
        finally:
            running.close()


def test_an_address_of_another_machine_is_refused(project: Project) -> None:
    result = run_command("serve", "--host", "192.0.2.1", cwd=project.root)
    assert result.code == 2
    assert result.out.startswith("cannot listen on `192.0.2.1`, port 8000: ")


@pytest.mark.parametrize("host", ["..", "a" * 64])
def test_an_invalid_host_name_is_refused(project: Project, host: str) -> None:
    result = run_command("serve", "--host", host, cwd=project.root)
    assert result.code == 2
    assert result.out == f"cannot listen on `{host}`, port 8000: this is not a valid host name\n"


def test_listening_on_every_address_prints_a_warning_and_answers_ip_addresses(
    project: Project,
) -> None:
    with preview_of(project.root, "--host", "0.0.0.0") as running:  # noqa: S104 (what is tested)
        assert "warning: anyone who can reach this machine can read the site" in running.said
        assert running.ask("/", "Host: 192.168.1.7:8000").status == 200
        assert running.ask("/", "Host: evil.example").status == 403


def test_a_folder_without_settings_is_refused(tmp_path: Path) -> None:
    result = run_command("serve", "--port", "0", cwd=tmp_path)
    assert result.code == 2
    assert "no `proofdown.yml`" in result.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_silently_despite_open_connections(
    preview: RunningPreview, number: signal.Signals
) -> None:
    before = preview.said
    with socket.create_connection((preview.host, preview.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        preview.process.send_signal(number)
        assert preview.process.wait(PATIENCE) == 0
    preview.close()
    assert preview.said == before


def test_ctrl_c_does_not_wait_for_a_build(project: Project) -> None:
    many = {f"content/p{n}.md": f"# Page {n}\n\n" + "Some text, again. " * 400 for n in range(400)}
    project.write(dict(many))
    running = RunningPreview(project.root, "--port", "0")
    try:
        assert (running.interrupt(), running.builds) == (0, 0)
        assert "Traceback" not in running.said
    finally:
        running.close()


def test_drafts_are_shown_and_marked_but_a_link_to_one_is_still_broken(project: Project) -> None:
    project.write({
        "proofdown.yml": "title: Test\nurl: https://example.org/\nnav: [index.md]\n",
        "content/index.md": "# Home\n\n[Soon](soon.md)\n",
        "content/soon.md": "---\ndraft: true\n---\n\n# Soon\n\nText.\n",
    })  # fmt: skip
    with preview_of(project.root) as running:
        assert "Draft: shown in the preview" in running.get("soon/").text
        assert "soon" not in running.get("sitemap.xml").text
        problems = [line for line in running.lines if "]: " in line]
    assert problems == project.build().diagnostics
    assert len(problems) == 1
    assert "`soon.md` is a draft" in problems[0]


def in_place(file: Path, text: str) -> None:
    with file.open("r+") as opened:
        opened.write(text)
        opened.truncate()


def truncated(file: Path, text: str) -> None:
    file.write_text(text)


def replaced(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.tmp")
    beside.write_text(text)
    beside.replace(file)


def with_backup(file: Path, text: str) -> None:
    """Save as Vim does."""
    probe, backup = file.with_name("4913"), file.with_name(file.name + "~")
    probe.touch()
    probe.unlink()
    file.rename(backup)
    file.write_text(text)
    backup.unlink()


def recreated(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text)


def by_link(file: Path, text: str) -> None:
    beside = file.with_name(file.name + ".orig")
    beside.write_text(text)
    file.unlink()
    os.link(beside, file)
    beside.unlink()


@pytest.mark.parametrize(
    "save",
    [in_place, truncated, replaced, with_backup, recreated, by_link],
    ids=lambda f: f.__name__,
)
def test_every_way_of_saving_is_noticed_every_time(
    preview: RunningPreview, save: Callable[[Path, str], None]
) -> None:
    for number in range(20):
        save(preview.root / "content" / "index.md", f"# Home\n\nSaved {number} times.\n")
        preview.wait_until_shown(f"Saved {number} times")
    assert "4913" not in preview.said
    assert "error[" not in preview.said


SOURCES = {
    "a page": ("content/index.md", "# Home\n\nChanged.\n", "", "Changed."),
    "a template": ("templates/page.html", "<h1>Changed</h1>", "", "Changed"),
    "a style": ("content/own.css", "p { color: green }\n", "own.css", "green"),
    "a style of the theme": ("templates/static/theme.css", "p { color: green }\n",
                             "theme/theme.css", "green"),
    "a diagram": ("diagrams/flow.dot", "digraph { Changed -> b }\n", "", "Changed"),
    "a claims file": ("content/index.claims.yml", "diagrams:\n  flow: {connections: [a -> x]}\n",
                      "proof/", "flow"),
    "a recording": ("content/recordings/help", recording("Changed output"), "", "Changed output"),
    "the title": ("proofdown.yml", "title: Changed\nstyles: [own.css]\n", "", "Changed"),
    "the nav": ("proofdown.yml", "title: T\nstyles: [own.css]\nnav: [Changed: index.md]\n", "",
                "Changed"),
}  # fmt: skip


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPreview]:
    """Return the preview of a site with sources of every kind."""
    project = Project.make(tmp_path_factory.mktemp("full") / "site", FULL)
    with preview_of(project.root) as running:
        yield running


@pytest.mark.parametrize("kind", SOURCES)
def test_a_change_to_every_kind_of_source_is_noticed(full: RunningPreview, kind: str) -> None:
    path, text, address, expected = SOURCES[kind]
    file = full.root / path
    assert expected not in full.get(address).text or kind == "a claims file"
    file.parent.mkdir(parents=True, exist_ok=True)
    before = len(full.lines)
    file.write_text(text)
    full.wait_for(re.escape(path) + "|" + re.escape(path.split("/")[0]), before)
    full.wait_until_shown(expected, address)
    before = len(full.lines)
    if path in FULL:
        file.write_bytes(str(FULL[path]).encode())
    else:
        file.unlink()
    full.wait_until(lambda: full.builds > 0 and len(full.lines) > before)


def test_a_folder_added_to_the_settings_later_is_watched(preview: RunningPreview) -> None:
    project = Project(preview.root)
    project.write({"docs/index.md": "# Other home\n\nText.\n"})
    project.write({"proofdown.yml": "title: Test\nfolders: {content: docs}\n"})
    preview.wait_until_shown("Other home")
    project.write({"docs/index.md": "# Other home\n\nChanged.\n"})
    preview.wait_until_shown("Changed.")
    before = preview.builds
    project.write(page("Not looked at."))
    project.write({"docs/index.md": "# Other home\n\nChanged again.\n"})
    preview.wait_until_shown("Changed again.")
    assert preview.builds == before + 1


def test_a_change_in_a_folder_just_added_to_the_settings_is_not_lost(
    preview: RunningPreview,
) -> None:
    project = Project(preview.root)
    text = "Some words and `code` of a page that takes a while to be made.\n\n" * 40
    project.write({f"docs/p{number}.md": f"# Page {number}\n\n{text}" for number in range(200)})
    # The longest page is read first, so the change comes after it was read.
    project.write({"docs/index.md": f"# Other home\n\nFirst.\n\n{text * 3}"})
    project.write({"proofdown.yml": "title: Test\nfolders: {content: docs}\n"})
    time.sleep(0.6)
    project.write({"docs/index.md": f"# Other home\n\nSecond.\n\n{text * 3}"})
    preview.wait_until_shown("Second.")


def test_a_site_that_is_moved_away_is_not_recreated(preview: RunningPreview) -> None:
    moved = preview.root.with_name("moved")
    preview.root.rename(moved)
    preview.wait_for("no `proofdown.yml`|is not there|cannot be read|is gone|missing", 1)
    time.sleep(0.5)
    assert not preview.root.exists()
    moved.rename(preview.root)
    Project(preview.root).write(page("It is back."))
    preview.wait_until_shown("It is back.")


def test_an_undecodable_file_name_neither_ends_it_nor_hides_later_changes(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")
    with preview_of(project.root) as running:
        bad = project.root / "content" / os.fsdecode(b"caf\xe9.md")
        bad.write_text("# A\n")
        running.wait_for(r"the name `caf\\udce9.md` cannot be an address")
        bad.unlink()
        project.write(page("Seen."))
        running.wait_until_shown("Seen.")
        assert "changes are noticed only by polling" not in running.said


def test_a_build_succeeds_if_its_parent_process_ignores_sigchld(
    project: Project,
) -> None:
    project.write({f"content/p{number}.md": f"# {number}\n\nText.\n" for number in range(20)})
    command = [sys.executable, "-m", "proofdown", "build", "-s", str(project.root)]
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    before = [sys.executable, "-c", ignoring]
    done = subprocess.run([*before, *command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_behind_a_link_is_watched_too(project: Project) -> None:
    project.write({"shared/note.md": "# Note\n\nFirst.\n"})
    (project.root / "content" / "note.md").symlink_to(project.root / "shared" / "note.md")
    with preview_of(project.root) as running:
        project.write({"shared/note.md": "# Note\n\nSecond.\n"})
        running.wait_until_shown("Second.", "note/")


def test_a_folder_that_is_deleted_and_recreated_is_watched_again(preview: RunningPreview) -> None:
    content = preview.root / "content"
    for number in range(3):
        before = len(preview.lines)
        shutil.rmtree(content)
        preview.wait_for("no-pages", before)
        # The last good site is still served.
        assert preview.get().status == 200
        Project(preview.root).write(page(f"Back {number} times."))
        preview.wait_until_shown(f"Back {number} times.")
        Project(preview.root).write(page(f"Changed {number} times."))
        preview.wait_until_shown(f"Changed {number} times.")


def test_files_created_in_new_folders_are_noticed(preview: RunningPreview) -> None:
    for number in range(10):
        Project(preview.root).write({f"content/f{number}/g/h/p.md": "# New\n\nText.\n"})
        preview.wait_until_shown("New", f"f{number}/g/h/p/")


def test_a_cache_that_is_deleted_during_the_preview_is_recreated(preview: RunningPreview) -> None:
    shutil.rmtree(preview.root / ".proofdown")
    assert "Hello." in preview.get().text


def test_an_error_in_the_settings_keeps_the_last_good_site(preview: RunningPreview) -> None:
    project, good = Project(preview.root), preview.get()
    for settings in ("title: [\n", "", "titel: Test\n", "title: Test\nnav: [nowhere.md]\n"):
        before = len(preview.lines)
        project.write({"proofdown.yml": settings})
        preview.wait_for("built in .*: [12] error", before)
        assert SCRIPT.sub("", preview.get().text) == SCRIPT.sub("", good.text)
    project.write({"proofdown.yml": "title: Mended\n"})
    preview.wait_until_shown("Mended")


def test_a_problem_is_reported_once_even_if_the_settings_break_and_are_fixed(
    preview: RunningPreview,
) -> None:
    project = Project(preview.root)
    settings = (preview.root / "proofdown.yml").read_text()
    project.write(page("See [this](nowhere.md)."))
    preview.wait_until(lambda: preview.builds == 2)
    for number, text in enumerate(("title: [", settings), 3):
        project.write({"proofdown.yml": text})
        preview.wait_until(lambda builds=number: preview.builds == builds)  # type: ignore[misc]
    assert preview.said.count("[broken-link]") == 1


def test_a_page_that_cannot_be_rendered_is_kept_and_others_are_updated(project: Project) -> None:
    project.write({
        "content/own.md": "---\nlayout: own\n---\n\n# Own\n\nText.\n",
        "templates/own.html": "{% extends 'page.html' %}",
    })  # fmt: skip
    with preview_of(project.root) as running:
        before = len(running.lines)
        project.write({"templates/own.html": BROKEN})
        running.wait_for("template-error", before)
        project.write(page("Changed."))
        running.wait_until_shown("Changed.")
        assert "<h1" in running.get("own/").text
        project.write({"templates/own.html": "{% extends 'page.html' %}{# mended #}"})
        running.wait_until(lambda: running.lines[-1].endswith("no problems"))


def test_a_page_whose_diagram_cannot_be_drawn_keeps_the_last_drawing(
    project: Project,
) -> None:
    project.write({"content/index.md": FULL["content/index.md"], "diagrams/flow.dot": "digraph {"})
    project.write({k: v for k, v in FULL.items() if not k.endswith("yml")})
    with preview_of(project.root) as running:
        before = len(running.lines)
        project.write({"diagrams/flow.dot": "digraph { a -> "})
        running.wait_for("invalid-diagram", before)
        assert "<svg" in running.get().text


def test_a_site_that_starts_with_broken_settings_is_shown_once_they_are_fixed(
    project: Project,
) -> None:
    project.write({"proofdown.yml": "title: [\n"})
    with preview_of(project.root) as running:
        answer = running.get()
        assert answer.status == 503
        assert "There is no site to show yet" in answer.text
        project.write({"proofdown.yml": "title: Test\n"})
        running.wait_until(lambda: running.get().status == 200)


def settled(running: RunningPreview) -> int:
    """Wait until there is no new build for 1.5 seconds; return the number of builds."""
    before = -1
    while before != running.builds:
        before = running.builds
        time.sleep(1.5)
    return before


def test_ten_thousand_events_lead_to_the_newest_site_in_at_most_two_builds(
    preview: RunningPreview,
) -> None:
    files = [preview.root / "content" / f"asset{n}.txt" for n in range(100)]
    for number in range(100):
        for file in files:
            file.write_text(f"{number}\n")
    Project(preview.root).write(page("The end."))
    before = preview.builds
    preview.wait_until_shown("The end.")
    assert settled(preview) - before <= 2
    assert {preview.get(file.name).text for file in files} == {"99\n"}


def test_a_checkout_of_a_hundred_files_gives_the_same_site_as_a_clean_build(
    project: Project,
) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *who, *arguments], cwd=project.root, check=True, capture_output=True)

    git("init", "-qb", "one")
    project.write({f"content/a/p{n}.md": f"# Page {n}\n\nOne.\n" for n in range(100)})
    git("add", "content", "proofdown.yml")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "two")
    shutil.rmtree(project.root / "content" / "a")
    project.write({f"content/b/p{n}.md": f"# Page {n}\n\nTwo.\n" for n in range(50)})
    project.write({f"content/a/p{n}.md": f"# Page {n}\n\nTwo.\n" for n in range(50)})
    git("add", "-A", "content")
    git("commit", "-qm", "two")
    with preview_of(project.root) as running:
        for branch, path in (("one", "a/p99/"), ("two", "b/p49/")):
            git("checkout", "-q", branch)
            running.wait_until(lambda path=path: running.get(path).status == 200)  # type: ignore[misc]
            settled(running)
            project.build()
            for file, data in project.tree().items():
                if file.endswith(".html"):
                    assert SCRIPT.sub("", running.get(file).text) == data.decode(), file
            assert running.get("b/p49/").status == (404 if branch == "one" else 200)


def test_an_idle_preview_builds_nothing_even_after_a_separate_build(
    preview: RunningPreview,
) -> None:
    before = preview.builds
    assert run_command("build", cwd=preview.root).code == 0
    assert run_command("build", cwd=preview.root).code == 0
    git = preview.root / ".git"
    git.mkdir()
    (git / "index").write_bytes(b"x")
    assert settled(preview) == before


def test_a_change_during_a_build_is_built_next(preview: RunningPreview) -> None:
    # Whichever builds see which saves, the last save must be shown in the end.
    done = threading.Event()

    def save_often() -> None:
        for number in range(50):
            Project(preview.root).write(page(f"Save {number}."))
        done.set()

    writer = threading.Thread(target=save_often)
    writer.start()
    preview.wait_until_shown("Save 49.")
    writer.join()
    assert done.is_set()


def test_a_connection_from_before_a_build_is_closed_despite_a_worker_on_standby(
    tmp_path: Path,
) -> None:
    project = Project.make(tmp_path / "site", {"content/index.md": "# Home\n\nFirst.\n"})
    with preview_of(project.root) as preview:
        address = (preview.host, preview.port)
        with socket.create_connection(address, PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n")  # makes the server accept the connection
            after = len(preview.lines)
            project.write({"content/index.md": "# Home\n\nSecond.\n"})
            preview.wait_for_build(after)
            host = f"Host: {preview.host}:{preview.port}".encode()
            connection.sendall(host + b"\r\nConnection: close\r\n\r\n")
            received = b""
            while piece := connection.recv(65536):  # until the server has closed it
                received += piece
    assert b"Second." in received


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_the_worker_on_standby_ends_if_the_preview_is_killed(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "site", {"content/index.md": "# Home\n\nText.\n"})
    with preview_of(project.root) as preview:
        workers = children_of(preview.process.pid)
        preview.close()
        deadline = time.monotonic() + PATIENCE
        while any(is_running(pid) for pid in workers) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert workers
        assert [pid for pid in workers if is_running(pid)] == []
