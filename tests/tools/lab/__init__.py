"""A laboratory: real hosts, libvirt and QEMU on one machine, to verify what pages claim.

    laboratory.py   three hosts as namespaces, with file systems and networks of their own
    hosts.py        one host, and commands in it
    credentials.py  keys and certificates
    daemons.py      libvirtd and sshd
    guests.py       the guests: defined, started and observed
    watch.py        who opens TCP connections to whom; sniffer.py captures them
    settings.py     guests, disks and hosts in the states that provoke errors
    scenes.py       set-ups for the guide's commands, and checks of their effects

    table.py        recording: what happens to the stored definitions
    connections.py  recordings: the connections of each kind of migration
    phases.py       recording: the phases, and who calls them
    offline.py      recording: the state after an offline migration
    storage.py      recording: what the destination needs so that disks can be copied
    combinations.py recording: which options work with which transport
    jobs.py         recordings: the statistics of a job, and its limits
    remedies.py     recordings: what ends a migration that would never end
    postcopy.py     recording: a migration that breaks in post-copy and is recovered
    failures.py     recording: the state after something breaks
    errors.py       recording: the texts of the errors; errors.yml has the commands
    scenarios.py    recording: the commands of the guide's pages
    recording.py    a recording as YAML

`python tests/tools/lab NAME` prints one recording. It needs root, Linux and Debian's packages,
no KVM and no systemd. It does not touch the machine's own network or files.
"""
