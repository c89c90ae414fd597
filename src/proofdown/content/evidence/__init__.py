"""The second entries: claims that people write, and recordings of what real tools printed.

Start with `claims`.
"""
