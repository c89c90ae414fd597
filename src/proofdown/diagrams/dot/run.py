"""Run Graphviz on a DOT text, within limits of time, memory and size."""

import json
import os
import re
import shutil
import sysconfig
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from proofdown.config.diagrams import DiagramSettings
from proofdown.config.model import Config
from proofdown.diagnostics import Diagnostic, ToolError, reason_of
from proofdown.diagrams.dot.graph_json import attributes_of
from proofdown.diagrams.model.language import Drawn, Program
from proofdown.runtime.cache.uptodate import installed
from proofdown.runtime.system.programs import (
    NOWHERE,
    Limits,
    ProgramCall,
    TimedOutError,
    run_program,
)
from proofdown.runtime.system.scratch import ScratchFolder

LARGEST_FILE = 8 * 1024 * 1024
"""Largest size of one output file of Graphviz, in bytes."""
PNG_DPI = 144
_READS_FILES = frozenset(
    ["image", "imagepath", "shapefile", "fontpath", "stylesheet", "_background"]
)
_HTML_IMAGE = re.compile(r"<\s*img\b", re.IGNORECASE)


def find_program(config: Config) -> Program:
    """Return the program that draws, from this Python's environment or else from the `PATH`.

    Raises:
        ToolError: there is no program of that name.
    """
    name = config.drawing.program
    beside = Path(sysconfig.get_path("scripts")) / name
    found = str(beside) if beside.is_file() and "/" not in name else shutil.which(name)
    if found is None:
        message = f"the program `{name}`, which draws the diagrams, is not installed"
        help_ = "`pip install graphviz-pure`, or name another in `diagrams: {program: …}`"
        raise ToolError(Diagnostic("missing-program", message, config.location, help_))
    file = Path(found).resolve()
    return Program("Graphviz", str(file), _version_of(file))


def _version_of(program: Path) -> str:
    """Return a text that differs between two versions of a program."""
    if program.name == "graphviz-pure":
        # Its script does not change with the version; the metadata of its package does.
        return next((name for name in installed() if name.startswith("graphviz_pure-")), "")
    status = program.stat()
    return f"{program} {status.st_size} {status.st_mtime_ns}"


def draw(program: Program, settings: DiagramSettings, text: str) -> Drawn:
    """Run Graphviz on a diagram in an empty folder, within the limits of the settings."""
    with ScratchFolder() as folder:
        try:
            return _draw_in(Path(folder), program, settings, text)
        except OSError as fault:
            reason = reason_of(fault)
            return Drawn(exit_code=1, errors="", fault=f"the drawing cannot be read: {reason}")


def _draw_in(folder: Path, program: Program, settings: DiagramSettings, text: str) -> Drawn:
    defaults = [f"-{kind[0].upper()}{key}={value}" for kind, key, value in settings.defaults]
    outputs = ["-Tdot_json", "-odrawing.json", "-Tsvg", "-odrawing.svg"]
    drawn = _run([program.file, *defaults, *outputs], settings, text, folder)
    if drawn.exit_code or drawn.fault:
        return drawn
    svg, data = folder / "drawing.svg", folder / "drawing.json"
    if not (svg.is_file() and data.is_file()):
        return Drawn(
            exit_code=drawn.exit_code, errors=drawn.errors, fault="the file contains no graph"
        )
    description = data.read_text("utf-8", "replace")
    try:
        refused = _reads_files(json.loads(description))
    except json.JSONDecodeError as fault:
        return Drawn(
            exit_code=0, errors="", fault=f"Graphviz wrote JSON that cannot be parsed: {fault}"
        )
    if refused:
        return Drawn(
            exit_code=0,
            errors="",
            fault=f"{refused} makes Graphviz read files, which is not allowed",
        )
    # A second run, because `dpi` applies to all outputs of one and would scale the SVG too.
    png = [f"-Gdpi={PNG_DPI}", "-Tpng", "-odrawing.png"]
    second = _run([program.file, *defaults, *png], settings, text, folder)
    picture = folder / "drawing.png"
    if second.exit_code or second.fault or not picture.is_file():
        return replace(second, fault=second.fault or "Graphviz wrote no PNG")
    return Drawn(
        exit_code=0,
        errors=drawn.errors,
        svg=svg.read_text("utf-8", "replace"),
        description=description,
        png=picture.read_bytes(),
    )


def _run(command: list[str], settings: DiagramSettings, text: str, folder: Path) -> Drawn:
    # Imported here because a build whose drawings are all cached never needs it.
    from graphviz.backend.execute import ExecutableNotFound, run_check

    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    # With it set, Graphviz assumes that it runs in a web server and does not read image files.
    environment["SERVER_NAME"] = "proofdown"
    graphviz = ProgramCall(
        command=command,
        environment=environment,
        folder=folder,
        given=text.encode(),
        seconds=settings.seconds,
        limits=Limits(settings.megabytes << 20, LARGEST_FILE, settings.seconds + 1),
    )
    try:
        done = run_program(graphviz, into=NOWHERE, run=partial(run_check, quiet=True))
    except TimedOutError:
        reason = f"drawing takes longer than {settings.seconds} s"
        return Drawn(exit_code=1, errors="", fault=reason, is_over_limit=True)
    except (ExecutableNotFound, OSError) as fault:
        return Drawn(exit_code=1, errors="", fault=f"`{command[0]}` does not run: {fault}")
    errors = done.errors.decode("utf-8", "replace")
    if _took_too_much(done.exit_code, errors):
        limits = f"{settings.megabytes} MB of memory, {LARGEST_FILE >> 20} MB of output"
        reason = f"drawing takes more than allowed ({limits}, {settings.seconds} s)"
        return Drawn(exit_code=1, errors="", fault=reason, is_over_limit=True)
    return Drawn(exit_code=done.exit_code, errors=errors)


def _took_too_much(exit_code: int, errors: str) -> bool:
    """Return whether the program was killed or ran out of memory because of its limits."""
    is_refused = "memory allocation" in errors or "out of memory" in errors
    return exit_code < 0 or (exit_code > 0 and is_refused)


def _reads_files(description: dict[str, Any]) -> str:
    """Return which part of a diagram makes Graphviz read other files, or "" if none does."""
    for key, value in attributes_of(description):
        if key in _READS_FILES and value:
            return f"`{key}`"
        if _HTML_IMAGE.search(value):
            return "`<img>` in a label"
    return ""
