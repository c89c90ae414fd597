"""How Markdown blocks begin: regular expressions that all scanners are composed of.

They follow Python-Markdown with its extensions, and match more where another renderer does: what
a code host renders as code or a list is not prose of the page either.
"""

MARGIN = r"[ \t>]*+"
"""What precedes a block on its line: its indent, and the marks of the quotes around it."""
QUOTE = r"[ \t]*>"
"""One quote mark, with its indent."""
MARKER = r"(?:[-*+]|\d+[.)])"
"""The marker of a list item."""
FENCE = r"(?:`{3,}+|~{3,}+)"
"""What opens and closes a fenced code block."""
HASHES = r"#{1,6}"
"""The start of an ATX heading."""
UNDERLINE = r"(?:=+|-+)"
"""What makes the line above it a Setext heading."""
LABEL = r"\[(?P<label>[^\]\n]+)\]:"
"""The start of a link or footnote definition."""
FOOTNOTE = r"\[\^(?P<name>[^\]\s]+)\]"
"""A footnote reference."""
BOX = r"(?:!!!|\?\?\?\+?|===[!+]?)"
"""The start of a titled box: an admonition, details or a tab. Its text is indented."""
DELIMITERS = r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*"
"""The delimiter row below the header of a table."""
COMMENT = r"<!--.*?-->"
"""An HTML comment, if compiled with `re.DOTALL`."""
