"""The live preview: watch, build, tell the browsers; nothing is written to the output folder.

Bottom to top, as in the package's own story:

    guards      which requests are answered at all
    inputs      what a site is made from, and how it looks on disk
    watching    tells of changes, from threads of its own
    manifest    what is served: address -> bytes
    problems    diagnostics as the browser's panel gets them
    ahead       the page that was saved, made before all else
    rebuilding  the seam to the build: one build -> the next preview
    previewing  changes -> builds -> the newest preview, told to whoever listens
    pages       the pages that are the preview's own, and the script put into all others
    answers     answers to requests: pages, files, the script
    live        the websocket that speaks and never obeys
    server      sockets and limits
    saying      what the terminal is told
    session     one run from the first build to Ctrl-C
"""
