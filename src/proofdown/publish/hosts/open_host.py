"""Open the host of a target: the one place that lists all kinds of hosts."""

from typing import assert_never

from proofdown.config.model import Config
from proofdown.config.publish import (
    DirectoryTarget,
    GitTarget,
    PublishTarget,
    RsyncTarget,
    S3Target,
)
from proofdown.publish.hosts.protocol import Host


def open_host(target: PublishTarget, config: Config) -> Host:
    """Return the host of a target, as a context manager.

    Raises:
        SiteError: the settings of the target do not work.
    """
    # Each import is late, so that no run pays for the hosts that it does not use.
    match target.host:
        case GitTarget():
            from proofdown.publish.hosts.git import GitHost

            return GitHost(target.host, config, target.location)
        case DirectoryTarget():
            from proofdown.publish.hosts.directory import DirectoryHost

            return DirectoryHost(target.host, config, target.location)
        case S3Target():
            from proofdown.publish.hosts.s3 import S3Host

            return S3Host(target.host, target.location)
        case RsyncTarget():
            from proofdown.publish.hosts.rsync import RsyncHost

            return RsyncHost(target.host, target.location)
        case _:
            assert_never(target.host)
