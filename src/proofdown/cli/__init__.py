"""The command line: arguments, one call, exit code.

`main` is the door, and `start` comes before it.
"""
