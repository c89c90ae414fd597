"""The live preview: watches the sources, rebuilds, and reloads the pages that browsers show.

It writes nothing to the output folder. Start at `session.py`.
"""
