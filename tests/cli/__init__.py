"""The commands: what they print, and what they answer the shell."""
