"""An invalid URL is reported at its location and never crashes the build."""

import json

import pytest

from proofdown.addresses import split_url
from tests.support.project import Project

NOT_URLS = (
    "http://[",
    "https://[::1",
    "http://]/",
    "https://\u2100/",
    "https://a\uff03b/",
    "//[x]/",
)
"""Texts on which Python's URL parser raises an error."""
URL_FIELDS: dict[str, str] = {
    "nav": "title: T\nnav: [index.md, {x: URL}]\n",
    "nav without a title": "title: T\nnav: [index.md, URL]\n",
    "url": "title: T\nurl: URL\n",
    "repository": "title: T\nrepository: URL\n",
    "edit": "title: T\nedit: 'URL{path}'\n",
    "announcement": "title: T\nannouncement: {text: x, link: URL}\n",
    "languages": "title: T\nlanguages: {de: {name: D, url: URL}}\n",
    "hosts": "title: T\nhosts: [URL]\n",
    "publish url": "title: T\npublish: {a: {to: directory, path: b, url: URL}}\n",
    "publish endpoint": "title: T\npublish: {a: {to: s3, bucket: bbb, endpoint: URL}}\n",
    "styles": "title: T\nstyles: [URL]\n",
    "scripts": "title: T\nscripts: [URL]\n",
    "search": "title: T\nsearch: {expect: {x: URL}}\n",
}
URL_PLACES: dict[str, dict[str, str]] = {
    "link": {"content/index.md": "# Home\n\n[x](<URL>)\n"},
    "image": {"content/index.md": "# Home\n\n![x](<URL>)\n"},
    "HTML": {"content/index.md": '# Home\n\n<img src="URL" alt="x"> <a href="URL">x</a>\n'},
    "style": {"content/index.md": '# Home\n\n<p style="background: url(URL)">x</p>\n'},
    "code": {"content/index.md": "# Home\n\n`URL`\n"},
    "alias": {"content/index.md": "---\naliases: ['URL', 'a.html#URL']\n---\n# Home\n"},
    "diagram": {
        "content/index.md": "# Home\n\n![x](../diagrams/a.dot)\n",
        "diagrams/a.dot": 'digraph { a [URL="URL"]; a -> b [href="URL"] }\n',
    },
    "layout": {
        "templates/page.html": '<!doctype html><html lang="en"><title>x</title>'
        '<a href="URL">x</a><img src="URL" alt="x">{{ page.content }}'
    },
    "lock": {".proofdown.lock": "URL\n"},
}


@pytest.mark.parametrize("url", NOT_URLS)
@pytest.mark.parametrize("settings", URL_FIELDS.values(), ids=URL_FIELDS)
def test_an_invalid_url_in_the_settings_is_reported_there(
    project: Project, settings: str, url: str
) -> None:
    assert split_url(url) is None
    project.write({"proofdown.yml": settings.replace("'URL{path}'", json.dumps(url + "{path}"))})
    project.write({"proofdown.yml": settings.replace("URL", json.dumps(url))})
    result = project.build()
    assert result.code == 1
    assert [line for line in result.diagnostics if not line.startswith("proofdown.yml:")] == []


@pytest.mark.parametrize("url", NOT_URLS)
@pytest.mark.parametrize("files", URL_PLACES.values(), ids=URL_PLACES)
def test_an_invalid_url_never_crashes_the_build(
    project: Project, files: dict[str, str], url: str
) -> None:
    project.write({path: text.replace('URL="URL"', f'URL="{url}"') for path, text in files.items()})
    project.write({path: text.replace("URL", url) for path, text in files.items()})
    assert project.build().code in (0, 1)  # and raises nothing
