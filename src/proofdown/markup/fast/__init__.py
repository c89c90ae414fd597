"""Every patch of another library, each with its reason and its proof of equal output.

`patches` is the door.
"""
