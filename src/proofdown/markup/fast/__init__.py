"""Every patch of another library, to make it faster or to hold it to our rules.

`patches` is the door: its table says of each what it replaces, why, and what holds it to that.
"""
