"""What the preview sends to open pages: what changed for each of them, and nothing twice."""

import asyncio
import json
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.support.project import Project
from tests.support.running_preview import PATIENCE, RunningPreview, preview_of

Message = dict[str, Any]
Result = TypeVar("Result")


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[RunningPreview]:
    """Return the preview of a site with two pages and a stylesheet."""
    project = Project.make(
        tmp_path / "site",
        {
            "proofdown.yml": "title: Test\nstyles: [own.css]\nnav: [index.md, other.md]\n",
            "content/index.md": "# Home\n\nText.\n",
            "content/other.md": "# Other\n\nText.\n",
            "content/own.css": "p { color: red }\n",
        },
    )
    with preview_of(project.root) as running:
        yield running


class Pages(AsyncExitStack):
    """Pages that, for the preview, are open in browsers."""

    def __init__(self, preview: RunningPreview) -> None:
        super().__init__()
        self.preview = preview
        self.token = preview.get().text.partition("token=")[2].partition("&")[0]

    async def open(self, page: str, seen: int = 1) -> WebSocketClientConnection:
        """Open a page's socket, as its script does."""
        server = f"{self.preview.host}:{self.preview.port}"
        url = f"ws://{server}/_proofdown/live?token={self.token}&seen={seen}&page={page}"
        request = HTTPRequest(url, headers={"Origin": f"http://{server}"})
        socket = await websocket_connect(request)
        self.push_async_callback(shut, socket)
        return socket


async def shut(socket: WebSocketClientConnection) -> None:
    """Close a page's socket, and wait until it is closed."""
    socket.close()
    while await socket.read_message() is not None:
        pass


def run(scene: Coroutine[Any, Any, Result]) -> Result:
    """Run a scene in a thread, because browser tests leave an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, scene).result()


async def next_message(socket: WebSocketClientConnection) -> Message:
    """Wait for the next message."""
    message = await asyncio.wait_for(socket.read_message(), PATIENCE)
    assert message is not None
    found: Message = json.loads(message)
    return found


async def next_problems(socket: WebSocketClientConnection, count: int) -> Message:
    """Wait for a message with a number of errors; return its problems."""
    while True:
        problems: Message = (await next_message(socket))["problems"]
        if problems["errors"] == count:
            return problems


def test_a_page_is_reloaded_if_it_changed_and_not_if_another_did(
    preview: RunningPreview,
) -> None:
    async def scene() -> list[Message]:
        async with Pages(preview) as pages:
            home, other = await pages.open("/"), await pages.open("/other/")
            first = await next_message(home), await next_message(other)
            assert [message["command"] for message in first] == ["state", "state"]
            Project(preview.root).write({"content/other.md": "# Other\n\nChanged.\n"})
            return [await next_message(home), await next_message(other)]

    home, other = run(scene())
    assert (home["page"], other["page"]) == (False, True)


def test_a_page_at_an_invalid_address_still_receives_changes(
    preview: RunningPreview,
) -> None:
    async def scene() -> Message:
        async with Pages(preview) as pages:
            return await next_message(await pages.open("//[x", seen=0))

    assert run(scene())["command"] == "reload"
    assert "Traceback" not in preview.said


def test_a_page_that_missed_a_change_receives_it_when_it_connects(preview: RunningPreview) -> None:
    Project(preview.root).write({"content/index.md": "# Home\n\nChanged.\n"})
    preview.wait_until_shown("Changed.")

    async def scene() -> tuple[Message, Message]:
        async with Pages(preview) as pages:
            home = await next_message(await pages.open("/"))
            return home, await next_message(await pages.open("/other/"))

    home, other = run(scene())
    assert (home["command"], home["page"]) == ("reload", True)
    assert other.get("page", False) is False


def test_a_changed_stylesheet_is_named_and_the_page_does_not_count_as_changed(
    preview: RunningPreview,
) -> None:
    async def scene() -> Message:
        async with Pages(preview) as pages:
            socket = await pages.open("/")
            await next_message(socket)
            Project(preview.root).write({"content/own.css": "p { color: blue }\n"})
            return await next_message(socket)

    message = run(scene())
    assert (message["command"], message["page"]) == ("reload", False)
    assert "own.css" in message["files"]


def test_a_page_that_is_deleted_or_created_while_open_is_reloaded(
    preview: RunningPreview,
) -> None:
    file = preview.root / "content" / "other.md"

    async def scene() -> list[bool]:
        async with Pages(preview) as pages:
            socket = await pages.open("/other/")
            await next_message(socket)
            text = file.read_text()
            found = []
            for change in (file.unlink, lambda: file.write_text(text)):
                change()
                # Pages that link to it change first; this one changes with the whole site.
                while not (message := await next_message(socket)).get("page"):
                    assert message["problems"]["errors"] == 0
                found.append(message["page"])
            return found

    Project(preview.root).write({"proofdown.yml": "title: Test\nstyles: [own.css]\n"})
    preview.wait_until(lambda: preview.builds == 2)
    assert run(scene()) == [True, True]


def test_problems_are_sent_with_location_snippet_help_and_page(preview: RunningPreview) -> None:
    async def scene() -> tuple[Message, Message]:
        async with Pages(preview) as pages:
            socket = await pages.open("/")
            await next_message(socket)
            project = Project(preview.root)
            project.write({"content/other.md": "# Other\n\nSee [the start](indx.md).\n"})
            broken = await next_problems(socket, 1)
            project.write({"content/other.md": "# Other\n\nText.\n"})
            return broken, await next_problems(socket, 0)

    broken, mended = run(scene())
    assert (broken["errors"], mended["errors"]) == (1, 0)
    assert broken["shown"] == [
        {
            "severity": "error",
            "code": "broken-link",
            "message": "no page or file at `indx.md`",
            "location": "content/other.md:3:17",
            "help": "did you mean `index.md`?",
            "notes": [],
            "line": 3,
            "before": "See [the start](",
            "marked": "indx.md",
            "after": ").",
            "address": "other/",
        }
    ]


def open_files(preview: RunningPreview) -> int:
    return len(list(Path(f"/proc/{preview.process.pid}/fd").iterdir()))


def test_a_hundred_open_pages_all_receive_the_change(preview: RunningPreview) -> None:
    async def scene() -> list[Message]:
        async with Pages(preview) as pages:
            sockets = [await pages.open("/") for _ in range(100)]
            await asyncio.gather(*(next_message(socket) for socket in sockets))
            Project(preview.root).write({"content/index.md": "# Home\n\nChanged.\n"})
            return await asyncio.gather(*(next_message(socket) for socket in sockets))

    assert [message["page"] for message in run(scene())] == [True] * 100


def test_pages_that_connect_and_disconnect_leave_no_files_open(preview: RunningPreview) -> None:
    async def scene() -> None:
        for _ in range(200):
            async with Pages(preview) as pages:
                socket = await pages.open("/")
                await next_message(socket)

    before = open_files(preview)
    run(scene())
    preview.wait_until(lambda: open_files(preview) <= before)


def test_a_page_that_does_not_read_does_not_delay_others(preview: RunningPreview) -> None:
    async def scene() -> Message:
        async with Pages(preview) as pages:
            await pages.open("/")
            reading = await pages.open("/")
            await next_message(reading)
            Project(preview.root).write({"content/index.md": "# Home\n\nChanged.\n"})
            return await next_message(reading)

    assert run(scene())["page"] is True
