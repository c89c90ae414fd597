"""Manual pages of what judging the claims finds, with their levels."""

from proofdown.diagnostics import Severity

VERDICTS: tuple[tuple[str, Severity, str], ...] = (
    (
        "diagram-contradicts",
        Severity.ERROR,
        """A drawing that does not show what is claimed of it, or what was recorded.

        ## What it does
        Compares the connections of a drawing with those that `PAGE.claims.yml` beside the page
        lists under `diagrams:`, and with the recording that it names. The drawing must show
        exactly these, no more and no fewer. Nodes are named by what the reader sees:
        `source.libvirtd` is the node labelled `libvirtd` in the group whose label begins with
        `Source`.

        ## Why it matters
        A picture is believed before the sentence beside it. In 2011 a patch for libvirt's
        migration page shipped a "peer to peer" picture that was a copy of the "direct" one.

        ## Example
        ```yaml
        diagrams:
          managed-p2p:
            connections:
              - client -> source.libvirtd
              - source.libvirtd -> destination.libvirtd
            recording: connections-p2p
        ```
        while the drawing has an edge from the client to the destination.

        ## Instead
        Find out which of the two is wrong, and mend that one.
        """,
    ),
    (
        "table-contradicts",
        Severity.ERROR,
        """A cell of a table that says something else than the recording.

        ## What it does
        Compares a table with the recording that `PAGE.claims.yml` names for it under `tables:`.
        The columns under `inputs:` tell which recorded row is meant; every other column that both
        have must agree.

        ## Why it matters
        In 2011 a reviewer and an author disagreed on two cells of a table, and both believed
        they were right. Neither had asked the program.

        ## Example
        ```yaml
        tables:
          "#what-happens-to-the-files":
            inputs: [Source type, --persistent]
            recording: configuration-table
        ```

        ## Instead
        Correct the cell; or, where the program has changed, record it anew.
        """,
    ),
    (
        "table-incomplete",
        Severity.ERROR,
        """A table that lacks a row which was recorded.

        ## What it does
        Finds recorded rows whose inputs no row of the table has.

        ## Why it matters
        The case that is left out is the one that somebody will meet.

        ## Example
        Fifteen rows, where sixteen cases were recorded.

        ## Instead
        Add the row; the message has it ready to paste.
        """,
    ),
    (
        "table-overlap",
        Severity.ERROR,
        """Two rows of a table for the same case.

        ## What it does
        Finds rows whose cells in the columns under `inputs:` are the same.

        ## Why it matters
        One of them is superfluous, or they contradict each other.

        ## Example
        Two rows that both begin with `| Transient | Y |`, where these are the inputs.

        ## Instead
        Delete one, or mend its inputs.
        """,
    ),
    (
        "unrecorded-quote",
        Severity.ERROR,
        """Words that a tool is said to print, and that no recording has.

        ## What it does
        Looks up every code span, line of a code block or piece of text that matches a pattern
        under `quotes:` in `PAGE.claims.yml` in the recordings it names.

        ## Why it matters
        Readers search for error messages letter by letter.

        ## Example
        ```yaml
        quotes:
          - {matches: "^error: ", recording: errors}
        ```
        and a page that says `error: direct migration is not suported`.

        ## Instead
        Copy the words from the recording, which the message names.
        """,
    ),
)
