"""The script that is inserted into every page, and the preview's own files and pages."""

from functools import cache
from html import escape
from importlib.resources import files

OWN_FOLDER = "/_proofdown/"
"""Path of the preview's own files, next to the site."""
SOCKET_PATH = OWN_FOLDER + "live"


def with_script(html: bytes, token: str, number: int) -> bytes:
    """Insert the preview's script at the end of a page's `<head>`.

    Args:
        html: the page as it was built.
        token: the secret of this run, which the websocket requires.
        number: the number of the preview that the page belongs to.
    """
    source = f"{OWN_FOLDER}live.js?token={token}&amp;seen={number}"
    script = f'<script type="module" src="{source}"></script>'
    head, end, rest = html.partition(b"</head>")
    return head + script.encode() + end + rest


@cache
def client_files() -> dict[str, bytes]:
    """Return the scripts and style sheets of the preview, by name."""
    folder = files("proofdown.serve") / "client"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def plain_page(title: str, text: str, token: str, number: int) -> bytes:
    """Return a page of the preview itself, with its script.

    Args:
        title: the title and heading.
        text: the paragraph below.
        token: the secret of this run.
        number: the number of the preview that it belongs to; 0 to reload with the next one.
    """
    html = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f'<link rel="stylesheet" href="{OWN_FOLDER}waiting.css">\n</head>\n'
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></body>\n</html>\n"
    )
    return with_script(html.encode(), token, number)
