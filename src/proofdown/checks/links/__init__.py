"""Links, addresses, assets, and what browsers ask of other hosts; `broken` is the door."""
