"""The second entries: claims that people write, and what real tools printed.

`claims` is the door.
"""
