"""Prose: spelling and house style. What is wrong is found in `proofdown.prose`."""

from collections.abc import Iterator

from proofdown.diagnostics import Diagnostic
from proofdown.site.model import Site


def _found(site: Site, code: str) -> Iterator[Diagnostic]:
    return (found for found in site.prose_diagnostics if found.code == code)


def misspelling(site: Site) -> Iterator[Diagnostic]:
    """A word that is certainly misspelt.

    ## What it does
    Finds known misspellings, and long words one slip (a letter missing, doubled, or two changed
    round) away from one common word and from no other, however often they stand. Code, addresses,
    names with capitals and the site's own words (those in its code, in the names of its files, or
    under `words:` in the settings) are not judged. `proofdown check --fix` writes what is meant.

    ## Why it matters
    A search for the right word does not find it, and readers wonder what else went unread.

    ## Example
    ```markdown
    The guest is transfered to the destination.
    ```

    ## Instead
    ```markdown
    The guest is transferred to the destination.
    ```
    """
    return _found(site, "misspelling")


def unknown_word(site: Site) -> Iterator[Diagnostic]:
    """A word that is in no dictionary.

    ## What it does
    Finds words that are neither English (American or British, inflections included) nor terms of
    software nor the site's own: in its code, the names of its files, what its recordings and
    diagrams say, in three files or six times, in a heading and in a text.

    ## Why it matters
    It is a slip, or a name that readers meet without an introduction.

    ## Example
    ```markdown
    Every host has an amber lumpfence.
    ```

    ## Instead
    Mend it, write names of programs and files as code, or add the word in proofdown.yml:
    ```yaml
    words: [lumpfence]
    ```
    """
    return _found(site, "unknown-word")


def mixed_spelling(site: Site) -> Iterator[Diagnostic]:
    """British spelling on an American site, or the other way round.

    ## What it does
    Finds words spelt as the site's English does not spell them: that of `language:` (`en-GB`,
    `en-US`), of `spelling: {english: british}`, else the one used more often. A British site may
    write *-ise* or *-ize*, but not both.

    ## Why it matters
    A search for one spelling misses the other, and a text by many hands shows its seams.

    ## Example
    ```markdown
    The behaviour of the guest depends on the color.
    ```

    ## Instead
    ```markdown
    The behaviour of the guest depends on the colour.
    ```
    """
    return _found(site, "mixed-spelling")


def repeated_word(site: Site) -> Iterator[Diagnostic]:
    """A word that stands twice in a row.

    ## What it does
    Finds the same word twice, also across the end of a line; not `that that` and `had had`.
    `proofdown check --fix` takes out what can only be one word too many, such as `the`, and leaves
    what can end a clause: `log in in the morning`.

    ## Why it matters
    The eye of the author skips it and the reader's stumbles.

    ## Example
    ```markdown
    Connect to the the destination.
    ```

    ## Instead
    ```markdown
    Connect to the destination.
    ```
    """
    return _found(site, "repeated-word")


def ampersand(site: Site) -> Iterator[Diagnostic]:
    """An `&` that stands for *and* in a sentence.

    ## What it does
    Finds `&` between words in small letters; not in headings, names (`Tools & Services`) or code.

    ## Why it matters
    In a sentence it reads like an abbreviation, and listeners hear *ampersand*.

    ## Example
    ```markdown
    It must connect & authenticate.
    ```

    ## Instead
    ```markdown
    It must connect and authenticate.
    ```
    """
    return _found(site, "ampersand")


def run_together(site: Site) -> Iterator[Diagnostic]:
    """Two words written as one, or one as two.

    ## What it does
    Finds `upto`, `atleast`, `builtin to`, `with out` and the like, and nouns where a verb belongs:
    `to setup a host`. Compounds with hyphens (`with out-of-date packages`) are left alone.

    ## Why it matters
    It is misread, and a search for the phrase misses it.

    ## Example
    ```markdown
    Specify upto three URIs.
    ```

    ## Instead
    ```markdown
    Specify up to three URIs.
    ```
    """
    return _found(site, "run-together")


def confused_word(site: Site) -> Iterator[Diagnostic]:
    """A word that is often confused with the one that is meant.

    ## What it does
    Finds words that the words beside them show to be wrong: `looses its connection`,
    `it's own`, `more then`, `may not storage`, `may, or may not`, `let's you`.

    ## Why it matters
    The sentence says something else, and no dictionary sees it.

    ## Example
    ```markdown
    The client looses its connection.
    ```

    ## Instead
    ```markdown
    The client loses its connection.
    ```
    """
    return _found(site, "confused-word")


def missing_stop(site: Site) -> Iterator[Diagnostic]:
    """A sentence without its full stop.

    ## What it does
    Finds paragraphs that end without one where the page's others have it, and items of a list that
    end without one after a whole sentence or among three or more that have it. Labels, links by
    themselves and what leads on to code or a list are left alone.

    ## Why it matters
    The reader cannot tell whether the sentence ends there or was cut off.

    ## Example
    ```markdown
    - Stop the guest.
    - Copy its disks.
    - Copy its settings.
    - Start it on the destination
    ```

    ## Instead
    ```markdown
    - Start it on the destination.
    ```
    """
    return _found(site, "missing-stop")


def wrong_article(site: Site) -> Iterator[Diagnostic]:
    """An *a* before a vowel's sound, or *an* before a consonant's.

    ## What it does
    Finds `a error` and `an host`; what is sounded letter by letter or either way (SQL, URL, hotel)
    is left alone.

    ## Why it matters
    It stops the reader for a moment, and often a word was changed and not its article.

    ## Example
    ```markdown
    The command ends with a error.
    ```

    ## Instead
    ```markdown
    The command ends with an error.
    ```
    """
    return _found(site, "wrong-article")


def unbalanced_pair(site: Site) -> Iterator[Diagnostic]:
    """A bracket or a quotation mark without its other half.

    ## What it does
    Finds round brackets and quotation marks that open and do not close in their paragraph, or the
    other way round. Smileys and `1)` are no brackets.

    ## Why it matters
    The reader looks for the end of the remark.

    ## Example
    ```markdown
    The guest (if it runs is paused.
    ```

    ## Instead
    ```markdown
    The guest (if it runs) is paused.
    ```
    """
    return _found(site, "unbalanced-pair")


def mixed_quotes(site: Site) -> Iterator[Diagnostic]:
    """Straight and curly quotation marks on one page.

    ## What it does
    On a page with both, finds the first of the rarer kind; apostrophes count.

    ## Why it matters
    It shows where a text was pasted in, and a search for `doesn't` misses the other one.

    ## Example
    ```markdown
    It doesn't "stop": it “pauses”.
    ```

    ## Instead
    ```markdown
    It doesn't "stop": it "pauses".
    ```
    """
    return _found(site, "mixed-quotes")


def leftover_markup(site: Site) -> Iterator[Diagnostic]:
    r"""Markup of another format.

    ## What it does
    Finds what a conversion left over: escaped emphasis (`\*name\*`), roles, links and directives
    of reStructuredText (`:ref:`, `.. note::`), quotations and commands of TeX, markup of wikis.

    ## Why it matters
    Readers see the marks, and lose the link or the emphasis that was meant.

    ## Example
    ```markdown
    Do not guess a \*migrateuri\*.
    ```

    ## Instead
    ```markdown
    Do not guess a `migrateuri`.
    ```
    """
    return _found(site, "leftover-markup")


def term_variant(site: Site) -> Iterator[Diagnostic]:
    """A term written in two ways.

    ## What it does
    Finds the rarer of two spellings: with and without hyphens before the same word (`peer to peer
    migration` and `peer-to-peer migration`), hyphenated and joined (`co-ordination` and
    `coordination`), emphasised with a comma that the heading does not have. Of two used
    equally often it finds the one that is less joined.

    ## Why it matters
    The reader wonders whether two things are meant, and a search finds half of them.

    ## Example
    ```markdown
    A hypervisor specific URI is a hypervisor-specific URI.
    ```

    ## Instead
    Write it one way throughout.
    """
    return _found(site, "term-variant")


def shouting(site: Site) -> Iterator[Diagnostic]:
    """A run of words in capitals.

    ## What it does
    Finds four words or more in capitals in a row.

    ## Why it matters
    Capitals are slow to read, and a screen reader may spell them.

    ## Example
    ```markdown
    It MUST NEVER BE SHARED.
    ```

    ## Instead
    Write it in bold, or as a warning of its own: `> [!WARNING]`.
    """
    return _found(site, "shouting")
