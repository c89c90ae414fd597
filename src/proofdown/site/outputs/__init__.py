"""Generate files for the site as a whole: feeds, redirects, inventory, search index.

`site_files` is the door.
"""
