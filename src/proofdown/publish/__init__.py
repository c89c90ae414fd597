"""Publishing: what was built and checked → a host, by a plan, and verified afterwards.

Bottom to top, and each imports only from those above it:

    paths      which files are pages, receipts, indexes; which are nobody's to touch
    contents   what is to be published: bytes, or files that are read piece by piece
    receipt    what was checked, by hash: published with the site, and the manifest of the next plan
    headers    content types and cache headers
    plan       what is there and what is to be there -> added, changed, deleted
    secrets    what must not be published
    guards     why a plan is refused, each with the option that insists
    versions   several versions of a site beside each other
    host       what every kind of host can do
    programs   what programs answer, within limits
    stamps     what is in a folder of this machine
    swapping   a folder replaced, and what a killed run left beside it
    locks      one publisher at a time, where the host itself cannot see to it
    objects    hosts that take one file after the other: order, and what is kept for a rollback
    gitblobs   gitlocks    what Git stores, and what it locks
    directory  git  rsync  s3    the kinds of hosts
    verify     what readers get, compared with the receipt
    delivery   one publish from the build to the verified site: open this first
    text       what of it is printed
"""
