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
        `Source`. A connection leads to where its arrowhead is drawn: `a -> b [dir=back]` is
        `b -> a`, with `dir=both` it is both, and with `dir=none` it is `a -- b`. What is drawn with
        `style=invis` does not count.

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
        "rules-contradict",
        Severity.ERROR,
        """Two rules of a decision table that say different things of one case.

        ## What it does
        With `policy: unique` in a table's claim, finds two rules that apply to the same case and
        give one column different outcomes. With `policy: first`, which is the default, the first
        rule that names a column decides it, and rules cannot contradict each other.

        ## Why it matters
        Whatever the table says of this case, one of the rules is broken.

        ## Example
        ```yaml
        policy: unique
        rules:
          - {when: {Type: Persistent}, then: {File after: Y}}
          - {when: {--undefinesource: Y}, then: {File after: N}}
        ```

        ## Instead
        Narrow one of them: `when: {Type: Persistent, --undefinesource: N}`.
        """,
    ),
    (
        "table-contradicts",
        Severity.ERROR,
        """A cell of a table that says something else than its rules or its recording.

        ## What it does
        Compares a table with what `PAGE.claims.yml` says of it under `tables:`: the rules there,
        of which the first that applies and names a column decides it; the invariants, which hold
        in every row; and a recording, whose columns must agree wherever both have them.

        ## Why it matters
        In 2011 a reviewer and an author disagreed on two cells of a table, and both believed
        they were right. Neither had asked the program.

        ## Example
        ```yaml
        tables:
          "#what-happens-to-the-files":
            inputs: {Source type: [Transient, Persistent], --persistent: [N, Y]}
            rules:
              - {when: {--persistent: Y}, then: {Destination type: Persistent}}
              - {then: {Destination type: Transient}}
            invariants:
              - {when: {Destination type: Persistent}, then: {Destination file: Y}}
            recording: configuration-table
        ```
        A value may be a list of those allowed. With a recording, `inputs:` may be a list of names.

        ## Instead
        Correct the cell, or the rule; or, where the program has changed, record it anew.
        """,
    ),
    (
        "table-incomplete",
        Severity.ERROR,
        """A table that lacks a row.

        ## What it does
        Finds combinations of the values under `inputs:`, and recorded rows, that no row of the
        table is about. A row whose cell says `any`, `*` or a dash is about every value of that
        input, and `N or Y` about both.

        ## Why it matters
        The case that is left out is the one that somebody will meet.

        ## Example
        Fifteen rows, where four inputs with two values each make sixteen.

        ## Instead
        Add the row; the message has it ready to paste, with the outcomes that the rules decide.
        """,
    ),
    (
        "table-overlap",
        Severity.ERROR,
        """Two rows of a table for the same case.

        ## What it does
        Finds rows whose cells in the columns under `inputs:` are the same, or about the same case.

        ## Why it matters
        One of them is superfluous, or they contradict each other.

        ## Example
        Two rows that both begin with `| Transient | Y |`, where these are the inputs.

        ## Instead
        Delete one, or mend its inputs.
        """,
    ),
    (
        "unknown-value",
        Severity.ERROR,
        """A value of an input that was not declared.

        ## What it does
        Finds cells in the columns under a table claim's `inputs:`, and conditions of its rules,
        with a value that is not listed there.

        ## Why it matters
        A misspelt value makes a case of its own, and leaves another one out.

        ## Example
        `Persistant` in a table whose claim says `inputs: {Type: [Transient, Persistent]}`.

        ## Instead
        Mend the cell, or add the value to the claim.
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
    (
        "unused-rule",
        Severity.WARNING,
        """A rule of a decision table that decides nothing.

        ## What it does
        Finds rules under `rules:` that apply to no case, or whose cases the rules before them
        decide already, and invariants of which no row is a case.

        ## Why it matters
        Whoever wrote it believes that it is checked.

        ## Example
        ```yaml
        rules:
          - {then: {Destination type: Transient}}
          - {when: {--persistent: Y}, then: {Destination type: Persistent}}
        ```

        ## Instead
        Put the special rule before the general one, or take it out.
        """,
    ),
)
