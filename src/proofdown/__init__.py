"""Proofdown builds documentation from Markdown, and publishes nothing that it can show to be wrong.

A build is five steps: begin, parse every page, compose every page (links, layout, checks), check
the site, write it. Start reading at `build/pipeline.py`.

Rooms, bottom to top. A room imports only from those above it in this list;
`tests/test_architecture.py` enforces that, including late and type-only imports:

    source, addresses, diagnostics, digests, folders, files, yamltree, fields, keys
              texts with locations, problems as values, files read safely, YAML with lines
    runtime   the cache, worker processes, budgets, signals, progress, Git
    config    proofdown.yml -> Config
    content   pages, front matter, nav, claims and recordings on disk
    markup    Markdown -> HTML and headings; source locations of what was found in the HTML
    diagrams  DOT -> graph and drawing
    site      links, templates, search, outputs: what a site consists of
    checks    the rules, by family; `registry` lists them all
    build     the pipeline, its output folder and its reports
    publish   plan, upload, verify; a module for each kind of host
    review    two builds -> what changed for readers
    serve     the live preview
    cli       a module for each command; nothing else knows the terminal

`theme/` holds data: templates, styles, scripts and words of the pages.

Conventions: data are frozen `msgspec.Struct`s, because a data class takes 25 times as long to
import and seven times as long to create; an `__init__.py` contains a docstring and nothing else;
`load_` reads one file, `find_` looks for files, `make_`, `convert_` and `render_` are pure,
`write_` writes, `run_` starts a program.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
