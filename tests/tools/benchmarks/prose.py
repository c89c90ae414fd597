"""How many real typing errors proofreading finds, kind by kind.

    python tests/tools/benchmarks/prose.py typo-fixes.jsonl

Each line of the file is JSON with `kind`, `before` (a line of a page), `wrong` and `column`, from
1, where the wrong word begins. Each line is read as a page of its own, so nothing but the
dictionary and the house style judges it.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from proofdown.checks.prose.read_page import read_page
from proofdown.checks.prose.spellcheck import judge_site


def is_found(row: dict[str, Any]) -> bool:
    """Return whether anything is found where a row has its error."""
    start = row["column"] - 1
    end = start + len(row["wrong"])
    findings = judge_site({"": read_page(row["before"], 0)}, (), ())[""]
    return any(f.start < end and start < f.end for f in findings if f.code != "missing-stop")


def main(file: Path) -> None:
    """Print the share of errors found of each kind."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    counts = Counter(row["kind"] for row in rows)
    found = Counter(row["kind"] for row in rows if is_found(row))
    for kind, count in counts.items():
        share = 100 * found[kind] / count
        sys.stdout.write(f"{kind:10} {found[kind]:4} of {count:4}  {share:5.1f} %\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
