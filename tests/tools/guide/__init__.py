"""Recordings and pages about `virsh migrate`, libvirt's functions and Proofdown itself.

    api.py      libvirt's own description of its functions, flags and parameters
    asked.py    the library calls of `virsh migrate` for each of its options
    imports.py  what the modules of the package import from each other
    options.py  the reference page, made from its data
    program.py  the program's help, and the templates, blocks and words of its theme
    rooms.py    the rooms of the package, and which imports which
    terms.py    the first uses of the words of the glossary

`python tests/tools/guide NAME` prints a recording. Those of libvirt need `virsh` and libvirt's API
description (Debian: libvirt-clients and libvirt-dev). `python tests/tools/guide page` rewrites the
page of options, and `python tests/tools/guide terms` adds missing links to the glossary.
"""
