"""The content security policy of a page: everything from the site itself, and no inline code.

What the policy lets through and what the rule `outside-request` leaves alone are the same hosts.
"""

from proofdown.config.model import Config
from proofdown.config.origins import Origin, origin_of


def content_policy(config: Config) -> str:
    """Return the policy of every page of a site; empty where the settings switch it off.

    Pages may load from hosts that the settings allow, and send forms to them. With scripts of the
    site's own, their Trusted Types policies are not known here, so that any name is allowed.
    `frame-ancestors` and `sandbox` have no effect in a `<meta>`.
    """
    if not config.has_policy:
        return ""
    hosts = "".join(f" https://{host}" for host in sorted(config.hosts))
    names = "'allow-duplicates' *" if config.scripts else "proofdown proofdown-search"
    return "; ".join(
        (
            f"default-src 'self'{hosts}",
            f"img-src 'self' data:{hosts}",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action 'self'{hosts}",
            "require-trusted-types-for 'script'",
            f"trusted-types {names}",
        )
    )


def outside_origin(url: str, config: Config) -> Origin | None:
    """Return the origin that a URL of a page leads to; None for the site and allowed hosts.

    A host is allowed as the policy allows it: over HTTPS, at the usual port.
    """
    scheme = "http" if config.url.startswith("http:") else "https"
    origin = origin_of(url, scheme)
    if origin is None:
        return None
    own = origin_of(config.url)
    if own and str(own) == str(origin):
        return None
    return None if origin.scheme == "https" and str(origin) in config.hosts else origin
