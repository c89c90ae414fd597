"""The command line: arguments, one call, exit code.

`main` is the entry point of all commands; `start` is the entry point of the process.
"""
