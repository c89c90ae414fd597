"""Manual pages of what `proofdown publish` refuses or finds afterwards, with their levels."""

from proofdown.diagnostics import Severity

PUBLISHING: tuple[tuple[str, Severity, str], ...] = (
    (
        "changed-elsewhere",
        Severity.ERROR,
        """A published file that somebody else has changed.

        ## What it does
        Compares what is at the host with the receipt of the last publish, before anything is sent,
        and again in the step that sends. It also finds another publish that is under way.

        ## Why it matters
        What somebody mended in place at night is gone the next morning.

        ## Example
        A page was edited on the host; a second run pushed to the branch meanwhile.

        ## Instead
        Look at what was changed and take it over into the sources. `--overwrite` puts this site's
        files in their place; `--break-lock` goes on where the other run is known to be dead.
        """,
    ),
    (
        "changed-meanwhile",
        Severity.ERROR,
        """A file that changed between the check and the publish.

        ## What it does
        Compares each file that is copied as it is, such as a picture, with what was checked. A
        page is published as it was read and checked, whatever its file contains by then; so are
        diagrams, templates, claims and recordings, and the receipt has their hashes as of then.

        ## Why it matters
        A receipt for other files than those that were checked proves nothing.

        ## Example
        A picture was exported anew while the site was built.

        ## Instead
        Publish again.
        """,
    ),
    (
        "differs-live",
        Severity.ERROR,
        """A file that readers do not get as it was published.

        ## What it does
        Fetches what was published from its public address, for as long as the host may take, and
        compares each file with the receipt: missing, an older one from a cache, another one, or
        served as another type.

        ## Why it matters
        A publish that ended well says only that the host took the files.

        ## Example
        `https://example.org/flows/ is an older one from a cache`

        ## Instead
        Wait or clear the cache, then `proofdown publish --verify`. `patience:` of the target gives
        the host more time.
        """,
    ),
    (
        "empty-site",
        Severity.ERROR,
        """A site without a page, about to be published.

        ## What it does
        Refuses to publish a site that has no page.

        ## Why it matters
        An empty folder, published, deletes everything.

        ## Example
        A build whose pages are all drafts, with `no-pages` switched off.

        ## Instead
        Write a page; `--allow-empty` publishes nothing but what there is.
        """,
    ),
    (
        "failed-publish",
        Severity.ERROR,
        """A host that cannot be reached or refuses.

        ## What it does
        Passes on what the host or the program that talks to it says, without passwords.

        ## Why it matters
        Nothing is deleted after an upload that failed, and the next run goes on from there.

        ## Example
        `the branch gh-pages of origin: permission denied`

        ## Instead
        See to the credentials or the network, and publish again.
        """,
    ),
    (
        "foreign-files",
        Severity.ERROR,
        """Files at the host that Proofdown did not publish.

        ## What it does
        Finds files that no receipt there lists and that are not known to belong to others, as
        `CNAME`, other versions, and the patterns under `keep:` are.

        ## Why it matters
        They may be all there is of something.

        ## Example
        A branch that another tool has published to.

        ## Instead
        Name under `keep:` what is to stay. `--adopt` makes all of it the site's: what the site has
        not is deleted, and `--rollback` brings it back.
        """,
    ),
    (
        "likely-secret",
        Severity.ERROR,
        """A secret in the settings or in the site.

        ## What it does
        Finds passwords and keys in `publish:` of the settings, and files of the built site that
        are named like keys, hold a private key or a token, or name a folder of this machine.

        ## Why it matters
        What was published once is known for good.

        ## Example
        ```yaml
        publish:
          pages: {to: git, remote: "https://me:secret@example.org/docs.git"}
        ```

        ## Instead
        Take it out and withdraw it. Git's credential helper, the SSH agent or the environment of
        the run hands over credentials; `--allow-secret FILE` publishes a file all the same, and
        `--allow-secret 'search/*'` what search knows of it.
        """,
    ),
    (
        "many-deletions",
        Severity.ERROR,
        """More deletions than a change of the site explains.

        ## What it does
        Refuses to delete more than a fifth of the published files, or more than 256. Files that
        are named by their content do not count, for they give way to others at every change.

        ## Why it matters
        The wrong folder, published, takes the site away.

        ## Example
        `12 of 40 published files would be deleted`

        ## Instead
        Look at the plan with `--dry-run`; `--allow-deletions` deletes them.
        """,
    ),
    (
        "unknown-target",
        Severity.ERROR,
        """A target that the settings do not declare.

        ## What it does
        Finds a name on the command line that is not under `publish:`.

        ## Why it matters
        Nothing can be published to it.

        ## Example
        `proofdown publish pagse`

        ## Instead
        ```yaml
        publish:
          pages: {to: git, remote: origin, branch: gh-pages}
        ```
        """,
    ),
    (
        "unusable-version",
        Severity.ERROR,
        """A version that cannot be published, deleted or led to.

        ## What it does
        Finds names that cannot be folders, a name that would be both a version and an alias, a
        version that is not there, and a deletion of the version that the root leads to.

        ## Why it matters
        Readers follow the list of versions and the root.

        ## Example
        `proofdown publish --version latest --alias latest`

        ## Instead
        Choose another name, or name another `--default` first.
        """,
    ),
    (
        "withdrawn-page",
        Severity.ERROR,
        """A published page that is a draft now.

        ## What it does
        Finds pages that are published and would be deleted because they became drafts.

        ## Why it matters
        A page marked as a draft to work on it vanishes for its readers.

        ## Example
        `draft: true` in the front matter of a page that is online.

        ## Instead
        Work on it in a branch of the repository; `--withdraw-drafts` takes it away.
        """,
    ),
)
