"""`python tests/tools/benchmarks WHAT` measures builds, growth, previews or typing, and prints."""

import argparse
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Measure, and print the results."""
    options = _options().parse_args(arguments)
    work = Path(options.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    if options.what == "compare":
        _compare(options, work)
    elif options.what == "growth":
        _grow(options, work)
    elif options.what == "typing":
        _type(options)
    elif options.what == "served":
        _serve(options, work)
    else:
        _preview(options, work)


def _compare(options: argparse.Namespace, work: Path) -> None:
    from tests.tools.benchmarks.documents import describe, from_pypi
    from tests.tools.benchmarks.peers import peers
    from tests.tools.benchmarks.rounds import measure
    from tests.tools.benchmarks.synthetic import generate
    from tests.tools.benchmarks.tables import costs, machine, ratios, versions

    folders = _corpora(options)
    if not folders:
        folders["documentation from PyPI"] = from_pypi(work)
    for pages in options.generated:
        folders[f"generated-{pages}"] = generate(pages, work)
    found = peers(work, options.peer)
    sys.stdout.write(f"{machine()}; {versions(found)}.\n")
    for name, folder in folders.items():
        runs = list(measure(name.replace(" ", "-"), folder, found, options.rounds, work))
        sys.stdout.write(f"\n## {name}: {describe(folder)}\n\n{costs(runs)}\n{ratios(runs)}")
        sys.stdout.flush()


def _corpora(options: argparse.Namespace) -> dict[str, Path]:
    """Return the requested folders of pages by name."""
    corpora = dict(pair.split("=", 1) for pair in options.corpus)
    return {name: Path(folder).resolve() for name, folder in corpora.items()}


def _grow(options: argparse.Namespace, work: Path) -> None:
    from tests.tools.benchmarks.growth import SIZES, growth_table, measure_growth
    from tests.tools.benchmarks.peers import peers
    from tests.tools.benchmarks.tables import machine

    ours = peers(work, ["none"])[0]
    sizes = options.generated or SIZES
    found = measure_growth(ours, sizes, options.rounds, work)
    sys.stdout.write(f"{machine()}.\n\n{growth_table(found)}")


def _preview(options: argparse.Namespace, work: Path) -> None:
    from tests.tools.benchmarks.preview import measure_preview, preview_table, servers
    from tests.tools.benchmarks.synthetic import generate
    from tests.tools.benchmarks.tables import machine

    found = servers(work, options.peer)
    sys.stdout.write(f"{machine()}.\n")
    for pages in options.generated or [1000]:
        seen = measure_preview(found, generate(pages, work), pages, options.rounds, work)
        sys.stdout.write(f"\n## {pages:,} pages\n\n{preview_table(seen)}")


def _serve(options: argparse.Namespace, work: Path) -> None:
    from tests.tools.benchmarks.served import measure_served, served_line

    for name, folder in _corpora(options).items():
        taken = measure_served(name, folder, options.rounds, work)
        sys.stdout.write(f"{name}: {served_line(taken)}")


def _type(options: argparse.Namespace) -> None:
    from tests.tools.benchmarks.keystrokes import QUERIES, measure_typing, typing_table

    for address in options.address:
        keys = measure_typing(address, options.query or QUERIES)
        sys.stdout.write(f"{address}: {typing_table(keys)}")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python tests/tools/benchmarks", description=__doc__)
    parser.add_argument("what", choices=["compare", "growth", "preview", "served", "typing"])
    parser.add_argument("--work", default=".bench", help="where everything is kept")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", action="append", default=[], help="a tool; all without this")
    parser.add_argument("--corpus", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--generated", action="append", type=int, default=[], metavar="PAGES")
    parser.add_argument("--address", action="append", default=[], help="a page to search on")
    parser.add_argument("--query", action="append", default=[], help="what is typed there")
    return parser


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[3])
    main(sys.argv[1:])
