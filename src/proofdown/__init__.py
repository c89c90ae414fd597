"""Proofdown: documentation that is checked before it is published.

The story of a build, bottom to top; a module imports only from those above it in this list, which
`tests/test_architecture.py` holds. Plain data are `msgspec.Struct`s: importing a data class takes
25 times as long, and making one seven times.

    roots          where a site is
    signals        what ends a run from without, in order and with its exit code
    console        whether the user asks for colours, and printing what is bytes already
    folders        folders held open, in which no link is followed
    digests        what tells two states of something apart
    unchanged      whether anything changed since the last run
    source         a text with its path; offsets, lines, columns; places
    progress       one line on a terminal
    addresses      source path <-> address, links between addresses, what can be one
    diagnostics    a problem as a value; the exceptions that end a run
    nearpaths      paths that look like one that is missing
    demands        what the command line asks of a build
    budget         what one task may take
    fingerprints   what a cached result may still be believed by
    scratch        temporary folders, and those that killed runs left
    yamltree       YAML as a tree that knows its places
    files          reading a file as text
    fields         reading a mapping field by field
    origins        the host that a browser contacts for a URL
    publishing     `publish:` of the settings
    config         the settings as plain values
    families       `commands:` of the settings
    sitewide       what the settings put on every page
    settings       proofdown.yml -> Config
    cachefile      a file of the cache, checked
    cachelock      the cache's folder, held by one build at a time
    memo           what earlier builds found out
    crash          what is said of a run that fails for a reason outside the site
    worker         a process that does tasks, each within a budget
    forks          such processes begun, and ended before this one
    workers        all of them, from without
    gitcommand     the one place that starts Git, for a repository that is named
    history        when pages were last changed, by Git
    frontmatter    a page's head
    content        pages, claims files, assets and diagrams on disk
    looks          what was last seen of a page's file
    recordings     what real tools printed
    tableclaims    claims about decision tables
    claims         the second entries that people write, and verdicts
    nav            order and nesting of pages
    graphs         what a diagram says
    dotscan        where in a DOT text it says so
    svg            drawings made safe
    dot            Graphviz, within limits
    drawingcache   drawings kept
    drawings       DOT -> Drawing
    triggers       characters without which a pattern cannot match
    starts         characters with which a match can begin
    lexing         Pygments' lexers made faster, with the same tokens
    markdownspeed  Python-Markdown and Pygments made faster, with the same output
    highlighting   code highlighted within a budget of time
    extensions     Markdown extensions: the default ones, and what is wrong with others
    includes       files that extensions put into a page
    markup         Markdown -> Body
    masking        Markdown with its code blanked out
    places         where in the source what was found in the built page stands
    prose          what of a page is English, and what is wrong with it
    manuscript     a page by itself: all that its own text decides
    manuscripts    those of all pages, by workers or from the memo
    opening        how a build begins, while the rest of the program is imported
    codeblocks     blocks and spans of code, line by line
    shellwords     the shell's language -> commands, each word with its place
    shell          command lines of a page
    usage          a usage line -> options and arguments
    synopsis       a tool's help -> its options and arguments
    invocations    a command line held beside a synopsis, word by word
    htmltags       tags of built HTML
    cssurls        the URLs that CSS makes browsers load
    urlattributes  the attributes of HTML with such URLs
    htmlrequests   the URLs of HTML that browsers use by themselves
    tables         a page's tables, each cell with its place
    targets        what links can lead to
    links          links of a page, rewritten
    lock           what was ever published
    themewords     the words that the theme writes itself
    owntemplates   the files of a site's templates folder, each read once
    templates      Jinja, the site's templates over the theme's
    views          what templates know
    navhtml        the nav as HTML
    search         what readers can find, and in which order
    card           the picture of a site
    site           a whole site, built and not yet written
    policy         what a page may load, run and send
    render         bodies and layouts -> pages
    figures        drawings as HTML
    evidence       what readers see of it: lines under figures, the Proof page
    moved          anchors that moved from where they were
    markdownlinks  links of a page's Markdown as it is published
    bodies         a page's body with links, drawings and evidence put in
    inventory      what Sphinx sites link to by name
    feeds          what machines read of a site
    searching      the search index, put together while the site is checked
    sitefiles      files made for the site as a whole
    redirects      pages for old addresses
    checks         the rules
    making         one page: linked, in its layout, checked
    keys           what a page is made from, as one digest
    makings        all pages, by workers or from the memo
    record         running a real tool again
    recorder       which tools, what moved, keeping it
    provenance     what a build was made from, as it was read
    build          all of the above in one function: open this first
    reference      pages of the manual made from the code
    mending        fixes that are certain, made in place
    baseline       what was wrong when checking began
    run            a build as the command line asks for it
    swap           two folders exchanged in one step
    cursor         folders opened one after the other
    standing       what stands in the output folder as it is to be
    staging        a folder made beside another, then swapped in
    write          outputs -> folder, beside and then swapped
    report         diagnostics as text
    formats        diagnostics for programs: JSON, SARIF, GitHub
    review         two builds -> what changed for the reader
    publish        outputs -> a host: plan, apply, verify
    hosts          what `proofdown new --host` writes for hosts that build
    starter        the site that `proofdown new` writes
    serve          the live preview: watch, build, tell the browsers
    cli            arguments -> one call -> exit code; a module for each command
    start          the command's first step: nothing changed, or else the command
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
