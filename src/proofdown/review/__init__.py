"""What changed for the reader from one revision of a site to another.

gitcopy        revisions copied to a scratch folder, the repository untouched
patches        a patch by mail put over such a copy
sides          both sides built
cleaning       HTML of which nothing can run, load or hide
pagetree       a page as blocks
alignment      what is which in two sequences
words          texts word by word, code line by line
tablediff      tables by rows and cells
graphdiff      diagrams by nodes and edges
commands       command lines by their options
pagediff       two pages, block by block
pairs          which page is which
addresses      addresses and anchors
books          claims and diagnostics
surroundings   what is around the pages
compare        all of the above: two sides -> Review
wording        changes in words
points         the checklist
filling        drawings and pictures put back into a page's HTML
print*         Review -> html, text, json, markdown
"""
