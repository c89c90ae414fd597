"""The live preview: watch, build, tell the browsers.

nothing is written to the output folder. `session` is the door.
"""
