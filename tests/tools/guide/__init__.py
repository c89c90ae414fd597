"""What the guide says of `virsh migrate` and libvirt's functions, asked of the real tools.

    api.py      libvirt's own description of its functions, flags and parameters
    asked.py    what `virsh migrate` asks of the library for each of its options
    options.py  the reference page, made from its data
    terms.py    where the words of the glossary are used first

`python tests/tools/guide NAME` prints a recording, and needs `virsh` and libvirt's API description
(Debian: libvirt-clients and libvirt-dev). `python tests/tools/guide page` writes the page of
options anew, and `python tests/tools/guide terms` the links to the glossary that are missing.
"""
