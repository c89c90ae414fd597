"""The content security policy of a page: everything from the site itself, and no inline code.

The hosts that the policy allows are those that the rule `outside-request` accepts.
"""

from proofdown.config.model import Config
from proofdown.config.origins import Origin, origin_of


def content_policy(config: Config) -> str:
    """Return the policy of every page of a site; empty if the settings turn it off.

    Pages may load files from hosts that the settings allow, and send forms to them.
    """
    if not config.has_policy:
        return ""
    # Sorted, so that the bytes of all pages are the same in every build.
    hosts = "".join(f" https://{host}" for host in sorted(config.hosts))
    # The names of the Trusted Types policies in the site's own scripts are unknown: allow any.
    names = "'allow-duplicates' *" if config.scripts else "proofdown proofdown-search"
    # `frame-ancestors` and `sandbox` are missing because browsers ignore them in a `<meta>`.
    return "; ".join(
        (
            f"default-src 'self'{hosts}",
            # `data:` for pictures only, where it cannot run code.
            f"img-src 'self' data:{hosts}",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action 'self'{hosts}",
            "require-trusted-types-for 'script'",
            f"trusted-types {names}",
        )
    )


def outside_origin(url: str, config: Config) -> Origin | None:
    """Return the origin of a URL; None for the site itself and for allowed hosts.

    As in the policy, a host is allowed over HTTPS at the default port only.
    """
    scheme = "http" if config.url.startswith("http:") else "https"
    origin = origin_of(url, scheme)
    if origin is None:
        return None
    own = origin_of(config.url)
    if own and str(own) == str(origin):
        return None
    return None if origin.scheme == "https" and str(origin) in config.hosts else origin
