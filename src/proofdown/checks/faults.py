"""Manual pages of the faults that a stage of the build finds by itself, with their levels."""

from proofdown.diagnostics import Severity

FAULTS: tuple[tuple[str, Severity, str], ...] = (
    (
        "diagram-warning",
        Severity.WARNING,
        """Graphviz drew a diagram and was not content with it.

        ## What it does
        Passes on Graphviz's warnings, with the place of the word they are about. Graphviz itself
        exits as if all were well.

        ## Why it matters
        An unknown colour is drawn as a black box, an unknown shape as an ellipse.

        ## Example
        `client [color=blurple]`

        ## Instead
        Use a name from Graphviz's list, or `#4455ee`.
        """,
    ),
    (
        "duplicate-key",
        Severity.ERROR,
        """A key given twice in one mapping.

        ## What it does
        Finds a key that stands twice in the settings, in front matter or in a claims file.

        ## Why it matters
        YAML readers take the last one, in silence.

        ## Example
        ```yaml
        title: Migration
        title: Guest migration
        ```

        ## Instead
        Keep one of them.
        """,
    ),
    (
        "foreign-output",
        Severity.ERROR,
        """An output folder that Proofdown may not replace.

        ## What it does
        Refuses to write into a folder that Proofdown did not make, the root, the home, the
        repository, a link, a folder behind a link of the site, or a folder that overlaps the
        site's sources. The same goes for the cache in `.proofdown`, if a link in it leads
        elsewhere.

        ## Why it matters
        Writing a site replaces all of its folder, and a build removes from its cache what it no
        longer needs.

        ## Example
        `folders: {output: content}`

        ## Instead
        Name a folder that is not there yet; it gets a marker when it is made.
        """,
    ),
    (
        "invalid-claim",
        Severity.ERROR,
        """A claim that cannot be read.

        ## What it does
        Finds claims files that are no mapping, and connections not written as `a -> b`.

        ## Why it matters
        A claim that is not understood holds nothing up.

        ## Example
        ```yaml
        connections: [client to source]
        ```

        ## Instead
        ```yaml
        connections:
          - client -> source.libvirtd
          - source.libvirtd -> destination.libvirtd: control
        ```
        """,
    ),
    (
        "invalid-diagram",
        Severity.ERROR,
        """A diagram that cannot be drawn.

        ## What it does
        Passes on Graphviz's errors with the line in the DOT file, and stops a diagram that takes
        more time, memory or space than the settings under `diagrams:` allow. Finds graphs after
        the first in one file, which are not drawn.

        ## Why it matters
        There is no picture.

        ## Example
        ```dot
        digraph { client -> }
        ```

        ## Instead
        Mend the line. The DOT language is described at <https://graphviz.org/doc/info/lang.html>.
        """,
    ),
    (
        "invalid-encoding",
        Severity.ERROR,
        """A file that is not UTF-8.

        ## What it does
        Finds pages, claims, diagrams and templates with bytes that are no UTF-8.

        ## Why it matters
        Guessing the encoding would put wrong characters in the page.

        ## Example
        A page saved as Latin-1 with `caf\\xe9` in it.

        ## Instead
        Save the file as UTF-8.
        """,
    ),
    (
        "invalid-front-matter",
        Severity.ERROR,
        """Front matter that is not a mapping, has no end, or is too large.

        ## What it does
        Finds a page that begins with `---` and has no closing `---`, or whose front matter is a
        list or a text; and a page that begins with `title: …` and no `---`.

        ## Why it matters
        Its title, layout and aliases would be lost.

        ## Example
        ```markdown
        ---
        title: Ports
        # Ports
        ```

        ## Instead
        Close it with a line of `---`.
        """,
    ),
    (
        "failed-patch",
        Severity.ERROR,
        """A patch that cannot be reviewed.

        ## What it does
        Tells, from `proofdown review --patch`, of a file with no patch in it, of a patch that
        edits files which the tree does not have or that have another content there, and of one
        that changes what runs as code when a site is built: templates, the program that draws
        diagrams, Markdown extensions. A program of the repository counts with its folder, an
        extension with its module and the files that its options name.

        ## Why it matters
        A reviewer learns at once that something is missing, and not after guessing what the text
        around a change says. A template can run any code.

        ## Example
        A patch that edits `docs/migration.html.in`, made on top of one that adds it.

        ## Instead
        Put the patches that it rests on before it in one mailbox, or name the revision it was
        made for: `proofdown review v2.1 --patch series.mbox`. Read a changed template or program,
        and then add `--trust`.
        """,
    ),
    (
        "failed-recording",
        Severity.ERROR,
        """A recording that could not be made.

        ## What it does
        Tells, from `proofdown record`, of a missing tool, a command that fails or takes too
        long, and of an output that is not the YAML it should be.

        ## Why it matters
        Nothing is known about the tool as it is now; the old recording stays.

        ## Example
        `proofdown record virsh-migrate-help` on a machine without virsh.

        ## Instead
        Run it on a machine that has the tool.
        """,
    ),
    (
        "invalid-recording",
        Severity.ERROR,
        """A recording without a proper head.

        ## What it does
        Finds files in `content/recordings/` that do not begin with the command, the date and the
        hash of what was printed.

        ## Why it matters
        Without them nobody can tell what the text is, or repeat it.

        ## Example
        A file put there by hand.

        ## Instead
        Declare it under `recordings:` in the settings, and run `proofdown record`.
        """,
    ),
    (
        "invalid-value",
        Severity.ERROR,
        """A value that its key cannot have.

        ## What it does
        Finds a value of the wrong type, or not among those allowed, in the settings, in front
        matter, in claims and in the lock file.

        ## Why it matters
        Whatever it was meant to do is not done.

        ## Example
        ```yaml
        draft: maybe
        ```

        ## Instead
        Write a value of the type that the message names.
        """,
    ),
    (
        "invalid-yaml",
        Severity.ERROR,
        """YAML that cannot be read, or asks for more than is read here.

        ## What it does
        Passes on YAML's syntax errors, and refuses merge keys, tags, more than 16 aliases and
        nesting of more than 32 levels, and escapes for NUL or for half a character.

        ## Why it matters
        A few lines of aliases and merge keys can expand to more than a machine holds.

        ## Example
        ```yaml
        title: Ports: which and why
        ```

        ## Instead
        ```yaml
        title: "Ports: which and why"
        ```
        """,
    ),
    (
        "markdown-error",
        Severity.ERROR,
        """A page that Markdown fails on.

        ## What it does
        Names the block of lines on which Python-Markdown or one of its extensions fails.

        ## Why it matters
        There is no page.

        ## Example
        A list nested five hundred levels deep.

        ## Instead
        Nest less, or look at what the extension asks for.
        """,
    ),
    (
        "slow-highlighting",
        Severity.WARNING,
        """A block of code that takes too long to highlight.

        ## What it does
        Ends the highlighting of a block that takes more than two seconds of processor time, shows
        its code as plain text, and goes on with the page.

        ## Why it matters
        Some texts keep a lexer busy for hours. The reader can do without colours, and the page
        cannot do without the code.

        ## Example
        A dump of a megabyte in one line, in a block whose language is `html`.

        ## Instead
        Name no language for the block, or break it up.
        """,
    ),
    (
        "run-failed",
        Severity.ERROR,
        """A run that failed for a reason outside the site.

        ## What it does
        Says that there is a bug in Proofdown, that the memory ran out, or that the system refused
        something, such as a new process. It names the function of Proofdown where that came
        about, and the exit code is 2. `PROOFDOWN_TRACEBACK=1` in the environment prints the
        traceback too.

        ## Why it matters
        Nothing was checked, so nothing is known of the site.

        ## Example
        A build in a container that has less memory than its largest page takes.

        ## Instead
        Do what the message says. Report a bug with its message and the traceback.
        """,
    ),
    (
        "over-budget",
        Severity.ERROR,
        """A page that takes more time or memory than one may.

        ## What it does
        Ends the work on a page that runs past its budget, 10 seconds of processor time and 512 MB
        of memory unless `budget:` in the settings says otherwise, names the block of lines that is
        to blame where one is, and goes on with the other pages.

        ## Why it matters
        Some texts, most of them made by accident or malice, keep Markdown busy for hours, and
        nobody would know which page it was.

        ## Example
        A line of four thousand `[`.

        ## Instead
        Break the block up, or put it in a code block. For a page that is honestly large:
        ```yaml
        budget: {seconds: 30}
        ```
        """,
    ),
    (
        "missing-layout",
        Severity.ERROR,
        """A layout that is not there.

        ## What it does
        Finds a page whose front matter names a `layout:` that neither the site's templates nor
        the theme have.

        ## Why it matters
        There is no page.

        ## Example
        `layout: scenaro`

        ## Instead
        Name a file of the templates folder without `.html`.
        """,
    ),
    (
        "missing-nav-target",
        Severity.ERROR,
        """An entry of the nav that leads to no page.

        ## What it does
        Looks up every page that `nav:` names, and finds sections without entries.

        ## Why it matters
        The entry would be missing, or lead nowhere.

        ## Example
        ```yaml
        nav: [index.md, flow.md]
        ```
        where the page is `flows.md`.

        ## Instead
        Write the page's path in the content folder.
        """,
    ),
    (
        "missing-program",
        Severity.ERROR,
        """A program that the site needs is not installed.

        ## What it does
        Finds that the program which draws the diagrams is not there.

        ## Why it matters
        No diagram can be drawn, so the build stops.

        ## Example
        `diagrams: {program: dot}` on a machine without Graphviz.

        ## Instead
        Leave `program:` out: the one that comes with Proofdown needs no installing.
        """,
    ),
    (
        "missing-revision",
        Severity.ERROR,
        """A revision that is not there to compare with.

        ## What it does
        Tells, from `proofdown review`, of a name that stands for no commit, of a site in no Git
        repository, of two commits with no common past, and of files that a partial clone has not
        fetched yet. Only a `.git` makes a repository; files that look like a bare one do not.

        ## Why it matters
        There is nothing to compare with.

        ## Example
        `proofdown review main` in a clone that has one branch and one commit, as CI makes them.

        ## Instead
        Fetch the whole history, `fetch-depth: 0` with `actions/checkout`, and name what is there,
        as in `origin/main`. A review fetches nothing itself; in a partial clone run
        `git fetch --refetch --no-filter` first.
        """,
    ),
    (
        "missing-settings",
        Severity.ERROR,
        """There is no `proofdown.yml` here or in a folder above.

        ## What it does
        Finds that there is no site to build.

        ## Why it matters
        The settings are what marks a folder as a site.

        ## Example
        `proofdown build` in an empty folder.

        ## Instead
        `proofdown new DIR` makes a site; `--site DIR` names one that is elsewhere.
        """,
    ),
    (
        "no-pages",
        Severity.ERROR,
        """A site without pages.

        ## What it does
        Finds that the content folder is missing, empty, or has drafts only.

        ## Why it matters
        Publishing it would empty a site that has readers.

        ## Example
        `folders: {content: doc}` where the folder is called `docs`.

        ## Instead
        Write `content/index.md`, or name the right folder.
        """,
    ),
    (
        "not-judged",
        Severity.ERROR,
        """A claim that could not be judged, or something that nobody claims, where all must be.

        ## What it does
        Under `--require-coverage`, refuses every *not judged* that the last line of the report
        counts.

        ## Why it matters
        What nobody judges is not known to be right.

        ## Example
        A page shows a diagram, and no claims file beside it says what the diagram must show.

        ## Instead
        Write the claim.
        """,
    ),
    (
        "template-error",
        Severity.ERROR,
        """A template that cannot be read or rendered.

        ## What it does
        Passes on Jinja's errors with the template's file and line: wrong syntax, a name that is
        not defined, a template that is not there.

        ## Why it matters
        There is no page.

        ## Example
        `{{ page.tilte }}`

        ## Instead
        Use a name that templates get; a key of your own is `page.extra.get("key")`.
        """,
    ),
    (
        "unknown-extension",
        Severity.ERROR,
        """A Markdown extension that is not installed, or does not load.

        ## What it does
        Loads every extension that `markdown_extensions:` names. What a name leads to is called
        only if it is a Markdown extension.

        ## Why it matters
        What it makes of the text would stand in the page as it was typed.

        ## Example
        ```yaml
        markdown_extensions: [pymdownx.tilda]
        ```

        ## Instead
        Mend the name, or install the package beside Proofdown.
        """,
    ),
    (
        "unknown-key",
        Severity.ERROR,
        """A key that nothing reads.

        ## What it does
        Finds keys of the settings, of front matter and of claims that have no meaning.

        ## Why it matters
        A setting that does nothing, in silence, is worse than none.

        ## Example
        `tilte: Guest migration`

        ## Instead
        Mend the name. Keys of your own go under `extra:` in front matter.
        """,
    ),
    (
        "unknown-rule",
        Severity.ERROR,
        """A rule's name that no rule has.

        ## What it does
        Finds codes under `checks:` in the settings, under `allow:` in front matter and in
        `<!-- allow CODE -->` comments that are not the name of a rule.

        ## Why it matters
        The rule that was meant goes on as before.

        ## Example
        `checks: {orphan-pages: off}`

        ## Instead
        `checks: {orphan-page: off}`. `proofdown explain` lists all rules.
        """,
    ),
    (
        "unreadable-file",
        Severity.ERROR,
        """A file or folder that cannot be read.

        ## What it does
        Finds content, diagrams, templates, settings, recordings, the lock file and the baseline
        that the system refuses to open, that are devices or pipes, texts of more than 16 MB, or
        folders that lie more than 64 deep.
        A symbolic link is followed to a file of the site only: not to one outside of its root, and
        not to one that a site leaves out, such as `.env`, `.git/config` or what lies in
        `node_modules`.

        ## Why it matters
        Its page or picture would be missing from the site. Through a link, whoever may change the
        content could publish what lies elsewhere on the machine that builds it.

        ## Example
        A symbolic link to a file that was moved away.

        ## Instead
        Give the file back its rights, or take it out. Put a copy of the file in the place of a
        link; break up a text that is too large.
        """,
    ),
    (
        "unsafe-drawing",
        Severity.WARNING,
        """A drawing with parts that have no place in a page.

        ## What it does
        Names what was left out of a drawing: scripts, event attributes, foreign objects,
        references to other files, links with a scheme other than `http`, `https` and `mailto`.

        ## Why it matters
        A drawing stands inside the page, and could run a script there.

        ## Example
        `client [URL="javascript:alert(1)"]`

        ## Instead
        Take it out of the DOT source.
        """,
    ),
    (
        "unusable-name",
        Severity.ERROR,
        """A file whose name cannot be an address.

        ## What it does
        Finds names with control characters, line breaks, characters that reverse the reading
        order, backslashes or bytes that are not UTF-8, names that end in a space or a dot, names
        of more than 255 bytes, and paths of more than 1000 bytes. Aliases and lines of the lock
        file follow the same rule; there it is `invalid-value`, and a name that begins with a dot
        is refused, too, except `.well-known`.

        ## Why it matters
        No link could lead there on every host, and a terminal would act on the name.

        ## Example
        A file name with a line break in it.

        ## Instead
        Rename the file.
        """,
    ),
    (
        "unwritable-output",
        Severity.ERROR,
        """A site that cannot be written.

        ## What it does
        Passes on what the system says when the output folder cannot be made or filled: a full
        disk, missing rights, a name that is too long.

        ## Why it matters
        The old site stays as it was.

        ## Example
        The disk is full.

        ## Instead
        Mend what the message names, and build again.
        """,
    ),
)
