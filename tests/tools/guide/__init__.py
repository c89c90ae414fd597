"""What the guide says of `virsh migrate` and libvirt's functions, and the manual of Proofdown.

    api.py      libvirt's own description of its functions, flags and parameters
    asked.py    what `virsh migrate` asks of the library for each of its options
    imports.py  what the modules of the package import from each other
    options.py  the reference page, made from its data
    program.py  what the program prints and its theme has
    rooms.py    the rooms of the package, and which imports which
    terms.py    where the words of the glossary are used first

`python tests/tools/guide NAME` prints a recording. Those of libvirt need `virsh` and libvirt's API
description (Debian: libvirt-clients and libvirt-dev). `python tests/tools/guide page` writes the
page of options anew, and `python tests/tools/guide terms` the links to the glossary that are
missing.
"""
