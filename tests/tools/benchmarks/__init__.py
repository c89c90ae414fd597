"""Benchmarks of Proofdown and alternative tools on the same pages, in turns.

    tools.py      installs the other tools from PyPI (and npm), each in a folder of its own
    projects.py   one project folder for each tool and each set of pages
    peers.py      how each tool builds, and what it leaves behind
    documents.py  real documentation: folders, clones, or source distributions on PyPI
    synthetic.py  generated sites of any size
    measuring.py  one command: wall time, CPU, memory, output
    rounds.py     every peer cold, unchanged and edited, in turns
    tables.py     the figures as Markdown
    growth.py     time per page at growing sizes
    preview.py    from saving a page to seeing it in Chromium
    keystrokes.py  from a key in the search box to its results
    floor.py      Python-Markdown and Pygments alone, the lower bound of a cold build
    prose.py      how many real typing errors proofreading finds

`python tests/tools/benchmarks compare` and `python tests/tools/benchmarks growth` print tables;
`make bench` runs both. Everything is kept below `.bench/`.
"""
