"""Generate redirect pages for the old addresses that pages list as aliases."""

from collections.abc import Iterator

from msgspec import Struct

from proofdown.addresses import encode_path, output_path
from proofdown.content.frontmatter import Alias
from proofdown.diagnostics import Diagnostic, Report
from proofdown.site.model import ComposedPage, Output
from proofdown.site.render import Renderer

_WIDEST = 80
"""Characters shown of an alias that is not an address."""


class AnchorLink(Struct, frozen=True):
    """An anchor of an old page and its new location, as the template gets it."""

    anchor: str
    href: str
    title: str


class _Move(Struct, frozen=True):
    """One alias of one page, and the old address in it."""

    built: ComposedPage
    alias: Alias
    address: str


def redirect_outputs(
    renderer: Renderer, pages: tuple[ComposedPage, ...], report: Report
) -> list[Output]:
    """Return a redirect page for each old address; report aliases that are not addresses.

    Several pages may list an old address, each for some of its anchors, and one for the rest.
    """
    moves: dict[str, list[_Move]] = {}
    for built in pages:
        for move in _moves(built, renderer.targets.addresses, report):
            moves.setdefault(move.address, []).append(move)
    found = []
    for address, of_address in sorted(moves.items()):
        whole = [m for m in of_address if not m.alias.old_anchor]
        found += [
            Output(output_path(address), b"", move.alias.location)
            for move in whole[1:]  # `duplicate-address` reports a second owner of an address
        ]
        html = _render(renderer, address, whole[0] if whole else None, of_address)
        location = (whole or of_address)[0].alias.location
        found.append(Output(output_path(address), html.encode(), location))
    return found


def _moves(built: ComposedPage, addresses: frozenset[str], report: Report) -> Iterator[_Move]:
    """Yield the moves that need a redirect page; old anchors of an existing page do not."""
    for alias in built.page.front.aliases:
        address = alias.old_address
        if address is None:
            shown = alias.old if len(alias.old) <= _WIDEST else f"{alias.old[:_WIDEST]}…"
            message = f"`{shown}` is not an address in this site"
            report.add(Diagnostic("invalid-value", message, alias.location, alias.fault))
            continue
        if alias.anchor and alias.anchor not in built.anchors:
            message = f"no anchor `{alias.anchor}` on this page for the alias to lead to"
            report.add(
                Diagnostic("broken-anchor", message, alias.anchor_location or alias.location)
            )
            continue
        if not (alias.old_anchor and address in addresses):
            yield _Move(built, alias, address)


def _render(renderer: Renderer, address: str, whole: _Move | None, moves: list[_Move]) -> str:
    anchors = [
        AnchorLink(move.alias.old_anchor, _href(renderer, address, move), _title(move))
        for move in moves
        if move.alias.old_anchor
    ]
    html = renderer.templates.render(
        "redirect.html",
        target=_href(renderer, address, whole) if whole else None,
        anchors=anchors,
        title=_title(whole) if whole else renderer.config.title,
        **renderer.variables(address),
    )
    return html or ""


def _href(renderer: Renderer, address: str, move: _Move) -> str:
    anchor = f"#{encode_path(move.alias.anchor)}" if move.alias.anchor else ""
    return renderer.targets.href(address, move.built.page.address) + anchor


def _title(move: _Move) -> str:
    if not move.alias.anchor:
        return move.built.title
    # The anchor may be an id in raw HTML, which has no title.
    return move.built.titles.get(move.alias.anchor) or move.built.title
