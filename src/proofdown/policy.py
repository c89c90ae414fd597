"""The content security policy of a page: everything from the site itself, and no inline code."""

from proofdown.config import Config


def content_policy(config: Config) -> str:
    """Return the policy of every page of a site; empty where the settings switch it off.

    Hosts that the settings allow may be loaded from. With scripts of the site's own, their
    Trusted Types policies are not known here, so that any name is allowed.
    """
    if not config.sitewide.has_policy:
        return ""
    hosts = "".join(f" https://{host}" for host in sorted(config.hosts))
    names = "'allow-duplicates' *" if config.scripts else "proofdown proofdown-search"
    return "; ".join(
        (
            f"default-src 'self'{hosts}",
            f"img-src 'self' data:{hosts}",
            "object-src 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
            f"trusted-types {names}",
        )
    )
