"""How blocks of Markdown begin: the pieces that the patterns of all scanners are made of.

They follow Python-Markdown with its extensions, and take more where another renderer does: what
is code or a list to a code host is none of a page's prose either.
"""

MARGIN = r"[ \t>]*+"
"""What stands before a block on its line: its indent, and the marks of the quotes it is in."""
QUOTE = r"[ \t]*>"
"""One mark of a quote, with its indent."""
MARKER = r"(?:[-*+]|\d+[.)])"
"""What a list item begins with."""
FENCE = r"(?:`{3,}+|~{3,}+)"
"""What opens a block of code, and closes it."""
HASHES = r"#{1,6}"
"""What a heading begins with."""
UNDERLINE = r"(?:=+|-+)"
"""What makes a heading of the line above it."""
LABEL = r"\[(?P<label>[^\]\n]+)\]:"
"""What defines a link or a footnote."""
FOOTNOTE = r"\[\^(?P<name>[^\]\s]+)\]"
"""What refers to a footnote."""
BOX = r"(?:!!!|\?\?\?\+?|===[!+]?)"
"""What a box with a title begins with: an admonition, details or a tab. Its text is indented."""
DELIMITERS = r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*"
"""The line below the header of a table."""
COMMENT = r"<!--.*?-->"
"""A comment, where a dot is a line end too."""
