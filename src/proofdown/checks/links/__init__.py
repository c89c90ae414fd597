"""Checks of links, addresses, assets, and requests to other hosts; `broken` is the door."""
