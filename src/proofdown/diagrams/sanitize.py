"""Sanitise Graphviz's SVG for use inside a page, by lists of allowed elements and attributes."""

import re
from collections.abc import Iterator
from html import escape
from xml.etree import ElementTree

from msgspec import Struct

from proofdown.addresses import split_url

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS = frozenset(
    "svg g a path polygon polyline ellipse circle rect line text tspan "
    "defs linearGradient radialGradient stop".split()
)
_SILENTLY_DROPPED = frozenset(["title", "desc"])
_ATTRIBUTES = frozenset(
    "class d points fill fill-opacity stroke stroke-width stroke-opacity stroke-dasharray "
    "transform x y x1 y1 x2 y2 cx cy r rx ry fx fy offset gradientUnits gradientTransform "
    "text-anchor text-decoration font-family font-size font-weight font-style "
    "baseline-shift stop-color stop-opacity".split()
)
_IGNORED_ATTRIBUTES = frozenset(
    "id target {http://www.w3.org/XML/1998/namespace}space "
    "{http://www.w3.org/1999/xlink}title width height viewBox".split()
)
_REFERENCE = re.compile(r"url\(#([\w.:-]+)\)")
_SAFE_VALUE = re.compile(r"[^<>&\"'\\\x00-\x1f]*")
_SAFE_SCHEMES = ("", "http", "https", "mailto")


class NotSvgError(ValueError):
    """The text is not SVG that can be parsed."""


class SafeSvg(Struct, frozen=True, kw_only=True):
    """A sanitised SVG, which contains only shapes, texts and safe links."""

    inner: str
    """Everything between `<svg …>` and `</svg>`; its ids begin with the given prefix."""
    width: float
    height: float
    view_box: str
    has_links: bool
    left_out: tuple[str, ...]
    """Descriptions of what was removed because it was not safe."""


def sanitise_svg(text: str, id_prefix: str) -> SafeSvg:
    """Return an SVG without anything that is not known to be safe.

    Raises:
        NotSvgError: the text is not well-formed SVG.
    """
    start = text.find("<svg")
    if start < 0:
        raise NotSvgError("there is no `<svg>` in it")
    try:
        # Without the text before `<svg>` there is no document type, so no entities to expand.
        root = ElementTree.fromstring(text[start:])  # noqa: S314
    except ElementTree.ParseError as fault:
        raise NotSvgError(str(fault)) from fault
    return _Sanitiser(id_prefix).run(root)


class _Sanitiser:
    def __init__(self, id_prefix: str) -> None:
        self.id_prefix = id_prefix
        self.has_links = False
        self.left_out: list[str] = []

    def run(self, root: ElementTree.Element) -> SafeSvg:
        view_box = root.get("viewBox", "0 0 1 1")
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", view_box)] or [0.0]
        numbers = (numbers + [1.0] * 4)[:4]
        try:
            inner = "".join(part for child in root for part in self.write(child))
        except RecursionError as fault:
            raise NotSvgError("its elements are nested too deeply") from fault
        left_out = tuple(dict.fromkeys(self.left_out))
        shown = " ".join(f"{n:g}" for n in numbers)
        return SafeSvg(
            inner=inner,
            width=numbers[2],
            height=numbers[3],
            view_box=shown,
            has_links=self.has_links,
            left_out=left_out,
        )

    def write(self, element: ElementTree.Element) -> Iterator[str]:
        """Yield the safe markup of an element."""
        name = str(element.tag).removeprefix(_NAMESPACE)
        if name not in _ELEMENTS:
            if name not in _SILENTLY_DROPPED:
                self.left_out.append(f"the element `{name.rsplit('}', 1)[-1]}`")
            return
        attributes = "".join(self.attributes(name, element))
        is_text = name in ("text", "tspan")
        children = [part for child in element for part in self.write_child(child, is_text=is_text)]
        if name == "a":
            href = self.safe_href(element)
            if not href:  # only the link is unsafe: its shapes and texts stay
                yield from children
                return
            self.has_links = True
            attributes += f' href="{escape(href)}"'
        if not children and name in ("g", "defs"):  # all of it was removed, or it was empty
            return
        text = escape(element.text or "", quote=False) if is_text else ""
        yield f"<{name}{attributes}>{text}"
        yield from children
        yield f"</{name}>"

    def write_child(self, child: ElementTree.Element, *, is_text: bool) -> Iterator[str]:
        """Yield the safe markup of a child, and the text after it inside a text element."""
        yield from self.write(child)
        if is_text:
            yield escape(child.tail or "", quote=False)

    def attributes(self, name: str, element: ElementTree.Element) -> Iterator[str]:
        """Yield the safe attributes of an element, each with a space before it."""
        for key, value in sorted(_with_style_as_attributes(name, element).items()):
            # Gradients are the only ids that drawings refer to, by `url(#…)`.
            if key == "id" and name.endswith("Gradient"):
                yield f' id="{self.id_prefix}{escape(value)}"'
            elif key in _ATTRIBUTES and _SAFE_VALUE.fullmatch(value):
                shown = _REFERENCE.sub(rf"url(#{self.id_prefix}\1)", value)
                if "url(" in _REFERENCE.sub("", value).lower():
                    self.left_out.append(f"a reference in `{key}`")
                else:
                    yield f' {key}="{shown}"'
            elif key not in _IGNORED_ATTRIBUTES and key not in (_XLINK, "href", "style"):
                self.left_out.append(f"the attribute `{key.rsplit('}', 1)[-1]}`")

    def safe_href(self, element: ElementTree.Element) -> str:
        """Return the URL of a link, or "" if it is not safe."""
        href = element.get(_XLINK) or element.get("href") or ""
        # Browsers remove such characters before they look for a scheme, as in `java\nscript:`.
        plain = re.sub(r"[\x00-\x20\x7f]", "", href)
        parts = split_url(plain)
        scheme = parts.scheme.lower() if parts else "?"
        if scheme not in _SAFE_SCHEMES:
            self.left_out.append(f"a link to `{scheme}:`")
            return ""
        return plain


def _with_style_as_attributes(name: str, element: ElementTree.Element) -> dict[str, str]:
    """Return an element's attributes; the style of a gradient's stop is split into attributes."""
    # Graphviz writes the colours of stops as a `style`, which is not an allowed attribute.
    attributes = dict(element.attrib)
    if name == "stop":
        for part in attributes.pop("style", "").split(";"):
            key, _, value = part.partition(":")
            if key.strip() in ("stop-color", "stop-opacity"):
                attributes[key.strip()] = value.strip().rstrip(".")
    return attributes
