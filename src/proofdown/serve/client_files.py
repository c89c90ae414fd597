"""The script that is put into every page, and the pages that are the preview's own."""

from functools import cache
from html import escape
from importlib.resources import files

OWN_FOLDER = "/_proofdown/"
"""Where the preview's own files are, beside the site."""
SOCKET_PATH = OWN_FOLDER + "live"


def with_script(html: bytes, token: str, number: int) -> bytes:
    """Return a page with the preview's script at the end of its head, and nothing else changed.

    Args:
        html: the page as it was built.
        token: secret of this run, without which the websocket is refused.
        number: the preview that the page is of.
    """
    source = f"{OWN_FOLDER}live.js?token={token}&amp;seen={number}"
    script = f'<script type="module" src="{source}"></script>'
    head, end, rest = html.partition(b"</head>")
    return head + script.encode() + end + rest


@cache
def client_files() -> dict[str, bytes]:
    """Return the files that browsers get from the preview itself, by name."""
    folder = files("proofdown.serve") / "client"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def plain_page(title: str, text: str, token: str, number: int) -> bytes:
    """Return a page of the preview's own, with its script in it.

    Args:
        title: its title.
        text: what it says.
        token: secret of this run.
        number: the preview that it is of; 0 where any other is news.
    """
    html = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f'<link rel="stylesheet" href="{OWN_FOLDER}waiting.css">\n</head>\n'
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></body>\n</html>\n"
    )
    return with_script(html.encode(), token, number)
