"""DOT sources → drawings: Graphviz under limits, its complaints, and a cache by content."""

import base64
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from proofdown.config import Config, DiagramSettings
from proofdown.diagnostics import Diagnostic, Report, ToolError
from proofdown.graphs import Graph, attributes_of, read_graph
from proofdown.source import Place, Source
from proofdown.svg import NotSvgError, SafeSvg, sanitise_svg

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes that one file of a drawing may have."""
CACHE_VERSION = 1
PNG_DPI = 144

_SYNTAX_ERROR = re.compile(r"syntax error in line (\d+)(?: near '(.*)')?")
_NOISE = re.compile(r"no value for width of|no hard-coded metrics|Falling back to")
_QUOTED = re.compile(r"\"([^\"]+)\"|'([^']+)'|^(\S+) is not a known color|unknown shape (\S+)")
_READS_FILES = frozenset(
    ["image", "imagepath", "shapefile", "fontpath", "stylesheet", "_background"]
)
_HTML_IMAGE = re.compile(r"<\s*img\b", re.IGNORECASE)


@dataclass(frozen=True)
class Drawing:
    """A diagram as it was drawn."""

    name: str
    """Path in the diagrams folder without `.dot`; it is also the drawing's address."""
    source: Source
    svg: SafeSvg
    png: bytes
    description: dict[str, Any]
    """What `dot -Tdot_json` says of the diagram."""

    @cached_property
    def graph(self) -> Graph:
        """What the diagram says, apart from how it looks."""
        return read_graph(self.description)

    @property
    def place(self) -> Place:
        """The diagram's file."""
        return Place(self.source.path)


def draw_all(config: Config, sources: tuple[Source, ...], report: Report) -> tuple[Drawing, ...]:
    """Return a drawing of each diagram that can be drawn; the others are reported.

    Raises:
        ToolError: the program that draws is not there.
    """
    if not sources:
        return ()
    program = find_program(config)
    cache = _Cache(config.root / ".proofdown" / "drawings")
    drawings = []
    folder = config.diagrams.as_posix() + "/"
    for source in sources:
        name = source.path.removeprefix(folder).removesuffix(".dot")
        kept = cache.load(program, config.drawing, source.text)
        if kept is None:
            kept = _draw(program, config.drawing, source)
            if kept.svg:
                cache.keep(program, config.drawing, source.text, kept)
        report.extend(_complaints(kept, source))
        try:
            if kept.exit_code == 0 and kept.svg:
                svg = sanitise_svg(kept.svg, drawing_id(name))
                report.extend(_left_out(svg, source))
                drawings.append(Drawing(name, source, svg, kept.png, json.loads(kept.json)))
        except (NotSvgError, json.JSONDecodeError) as fault:
            message = f"Graphviz made a drawing that cannot be read: {fault}"
            report.add(Diagnostic("invalid-diagram", message, Place(source.path)))
    return tuple(drawings)


def drawing_id(name: str) -> str:
    """Return what the ids inside a drawing begin with."""
    return "drawing-" + re.sub(r"[^a-z0-9]+", "-", name.lower()) + "-"


def find_program(config: Config) -> Path:
    """Return the program that draws: the one beside this Python first, then the system's.

    Raises:
        ToolError: there is none of that name.
    """
    name = config.drawing.program
    beside = Path(sysconfig.get_path("scripts")) / name
    found = str(beside) if beside.is_file() and "/" not in name else shutil.which(name)
    if found is None:
        message = f"the program `{name}`, which draws the diagrams, is not installed"
        help_ = "`pip install graphviz-pure`, or name another in `diagrams: {program: …}`"
        raise ToolError(Diagnostic("missing-program", message, config.place, help_))
    return Path(found).resolve()


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What Graphviz left behind for one diagram, good or bad."""

    exit_code: int
    errors: str
    svg: str = ""
    json: str = ""
    png: bytes = b""
    fault: str = ""
    """Why nothing came out, where Graphviz did not say so itself."""


def _draw(program: Path, settings: DiagramSettings, source: Source) -> _Drawn:
    """Run Graphviz on a diagram, in an empty folder and within limits of time, memory and size."""
    defaults = [f"-{kind[0].upper()}{key}={value}" for kind, key, value in settings.defaults]
    outputs = ["-Tdot_json", "-odrawing.json", "-Tsvg", "-odrawing.svg"]
    with tempfile.TemporaryDirectory(prefix="proofdown-") as name:
        folder = Path(name)
        drawn = _run([str(program), *defaults, *outputs], settings, source, folder)
        if drawn.exit_code or drawn.fault:
            return drawn
        svg, data = folder / "drawing.svg", folder / "drawing.json"
        if not (svg.is_file() and data.is_file()):
            return _Drawn(drawn.exit_code, drawn.errors, fault="no drawing came out")
        description = data.read_text("utf-8", "replace")
        if refused := _reads_files(description):
            return _Drawn(0, "", fault=f"{refused} makes Graphviz read files, which is not allowed")
        png = [f"-Gdpi={PNG_DPI}", "-Tpng", "-odrawing.png"]
        second = _run([str(program), *defaults, *png], settings, source, folder)
        picture = folder / "drawing.png"
        if second.exit_code or second.fault or not picture.is_file():
            return _Drawn(second.exit_code, second.errors, fault=second.fault or "no PNG came out")
        return _Drawn(
            0, drawn.errors, svg.read_text("utf-8", "replace"), description, picture.read_bytes()
        )


def _run(command: list[str], settings: DiagramSettings, source: Source, folder: Path) -> _Drawn:
    # Imported here because a build whose drawings are all cached never needs it.
    from graphviz.backend.execute import CalledProcessError, ExecutableNotFound, run_check

    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    environment["SERVER_NAME"] = "proofdown"  # Graphviz is shy of files where it is set
    try:
        done = run_check(
            command,
            input=source.text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            quiet=True,
            timeout=settings.seconds,
            cwd=folder,
            env=environment,
            preexec_fn=lambda: _limit(settings),
        )
    except CalledProcessError as fault:
        errors = _text(fault.stderr)
        if fault.returncode < 0 or "memory allocation" in errors or "out of memory" in errors:
            limits = f"{settings.megabytes} MB of memory, {LARGEST_FILE >> 20} MB of output"
            reason = f"drawing takes more than it may ({limits}, {settings.seconds} s)"
            return _Drawn(1, "", fault=reason)
        return _Drawn(fault.returncode, errors)
    except subprocess.TimeoutExpired:
        return _Drawn(1, "", fault=f"drawing takes longer than {settings.seconds} s")
    except (ExecutableNotFound, OSError) as fault:
        return _Drawn(1, "", fault=f"`{command[0]}` does not run: {fault}")
    return _Drawn(0, _text(done.stderr))


def _limit(settings: DiagramSettings) -> None:
    """Set limits in the child before Graphviz starts; what a system does not know is left out."""
    memory = settings.megabytes << 20
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CPU, settings.seconds + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):
            continue


def _text(data: bytes | str | None) -> str:
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else data or ""


def _reads_files(description: str) -> str:
    try:
        data = json.loads(description)
    except json.JSONDecodeError:
        return ""
    for key, value in attributes_of(data):
        if key in _READS_FILES and value:
            return f"`{key}`"
        if _HTML_IMAGE.search(value):
            return "`<img>` in a label"
    return ""


def _complaints(drawn: _Drawn, source: Source) -> Iterator[Diagnostic]:
    """Yield what Graphviz had to say, errors and warnings alike, at its line in the source."""
    if drawn.fault:
        help_ = "make the diagram smaller, or raise `diagrams:` limits in the settings"
        is_limit = "drawing takes" in drawn.fault
        place = Place(source.path)
        yield Diagnostic("invalid-diagram", drawn.fault, place, help_ if is_limit else "")
        return
    found_error = False
    for line in dict.fromkeys(drawn.errors.splitlines()):
        word, _, message = line.partition(": ")
        message = message.removeprefix("Warning: ").strip()
        if syntax := _SYNTAX_ERROR.search(line):
            found_error = True
            near = f" near `{syntax[2]}`" if syntax[2] else ""
            place = source.place_of_line(int(syntax[1]))
            yield Diagnostic("invalid-diagram", f"not DOT: syntax error{near}", place)
        elif word in ("Error", "Warning") and not _NOISE.search(line):
            is_error = word == "Error"
            found_error |= is_error
            code = "invalid-diagram" if is_error else "diagram-warning"
            yield Diagnostic(code, f"Graphviz: {message}", _place_in(source, message))
    if drawn.exit_code and not found_error:
        reason = " ".join(drawn.errors.split())[:300] or f"exit code {drawn.exit_code}"
        yield Diagnostic("invalid-diagram", f"Graphviz failed: {reason}", Place(source.path))


def _place_in(source: Source, message: str) -> Place:
    """Return where the word that Graphviz complains about stands in the DOT text."""
    found = _QUOTED.search(message)
    word = next((g for g in found.groups() if g), "") if found else ""
    start = source.text.find(word) if word else -1
    return source.place(start, start + len(word)) if start >= 0 else Place(source.path)


def _left_out(svg: SafeSvg, source: Source) -> Iterator[Diagnostic]:
    for what in svg.left_out:
        message = f"{what} is not safe in a page and is left out of the drawing"
        yield Diagnostic("unsafe-drawing", message, Place(source.path))


class _Cache:
    """Drawings by what they were made from; a damaged entry is as good as none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _file(self, program: Path, settings: DiagramSettings, text: str) -> Path:
        made_by = (
            version("graphviz-pure") if program.name == "graphviz-pure" else _identity(program)
        )
        key = json.dumps([CACHE_VERSION, made_by, asdict(settings), text])
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def load(self, program: Path, settings: DiagramSettings, text: str) -> _Drawn | None:
        """Return what was drawn before, or None."""
        try:
            raw = self._file(program, settings, text).read_bytes()
            checksum, _, body = raw.partition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != checksum:
                return None
            values = json.loads(body)
            values["png"] = base64.b64decode(values["png"])
            return _Drawn(**values)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, program: Path, settings: DiagramSettings, text: str, drawn: _Drawn) -> None:
        """Keep what was drawn; a folder that cannot be written is no fault of the site."""
        values = asdict(drawn) | {"png": base64.b64encode(drawn.png).decode()}
        body = json.dumps(values, sort_keys=True).encode()
        file = self._file(program, settings, text)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = file.with_suffix(f".{os.getpid()}.tmp")
            beside.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            beside.replace(file)
        except OSError:
            return


def _identity(program: Path) -> str:
    status = program.stat()
    return f"{program} {status.st_size} {status.st_mtime_ns}"
