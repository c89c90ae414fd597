"""The rules: each against its cases, and what they are built on."""
