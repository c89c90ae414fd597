"""Two sites with a history, for tests of reviews."""

from pathlib import Path

from tests.support.git_sites import History

_FIVE = """\
# Flows

How a guest moves between two hosts.

## Peer to peer

The client talks to the source only.

![The client controls the source](../diagrams/p2p.dot)

## Ports {{#{anchor}}}

| Purpose | Port |
| --- | --- |
| Control | 16509 |
| Data | {port} |
| Storage | 10809 |

## Command

```console
$ virsh migrate {options} web1 qemu+ssh://desthost/system
```

{paragraph}

The end.
"""


def five_changes(root: Path) -> History:
    """Make a site in which a cell, an edge, an anchor, an option and a paragraph change."""
    history = History.make(
        root,
        {
            "proofdown.yml": "title: Migration\nnav: [index.md, flows.md]\nwords: [virsh]\n",
            "content/index.md": "# Home\n\nSee [flows](flows.md).\n",
            "content/flows.md": _FIVE.format(
                anchor="ports",
                port="49152",
                options="--live",
                paragraph="If the client goes away, the migration is aborted.",
            ),
            "diagrams/p2p.dot": "digraph { client -> source -> destination }\n",
        },
    )
    after = _FIVE.format(
        anchor="open-ports",
        port="49153",
        options="--live --p2p",
        paragraph="If the client goes away, the migration goes on.",
    )
    diagram = "digraph { client -> source -> destination; client -> destination }\n"
    history.commit("Two", {"content/flows.md": after, "diagrams/p2p.dot": diagram})
    return history


_STORY = """\
# Guest migration

Migration of virtual machines requires close co-ordination of the two hosts involved.

## Managed direct migration

The client application must be able to connect to the libvirtd daemons on both hosts.
If the client application crashes, an attempt will be made to abort the {migration}.

![Managed direct migration](../diagrams/managed-direct.dot)

## Managed peer to peer migration

The client process only talks to the libvirtd daemon on the source host.
If the client application crashes, or otherwise {loses} its connection to libvirtd, the migration
process will continue uninterrupted until completion.

![Managed peer to peer migration](../diagrams/managed-p2p.dot)

## Configuration file handling

| Source type | Source config | Dest config | Undefine | Persist | Dest type | Source after |
| --- | --- | --- | --- | --- | --- | --- |
| Transient | N | N | N | N | Transient | N |
| Transient | N | N | Y | N | Transient | N |
| Transient | N | N | N | Y | Persistent | N |
| Transient | N | N | Y | Y | Persistent | N |
| Transient | N | Y | N | N | {type} | N |
| Transient | N | Y | Y | N | {type} | N |
| Persistent | Y | N | N | N | Transient | Y |
"""
_DIRECT = """\
digraph {
  client [label="Client"]
  source [label="Source libvirtd"]
  destination [label="Destination libvirtd"]
  client -> source
  client -> destination
}
"""
_P2P = _DIRECT.replace("client -> destination", "source -> destination")


def story_of_2011(root: Path) -> History:
    """Make the page of 2011: first as submitted, then as the review requested."""
    history = History.make(
        root,
        {
            "proofdown.yml": "title: Migration\nchecks: {duplicate-diagram: off}\n",
            "content/index.md": _STORY.format(
                migration="migrastion", loses="looses", type="Persistent"
            ),
            "diagrams/managed-direct.dot": _DIRECT,
            "diagrams/managed-p2p.dot": _DIRECT,
        },
    )
    page = _STORY.format(migration="migration", loses="loses", type="Transient")
    files: dict[str, str | bytes] = {"content/index.md": page, "diagrams/managed-p2p.dot": _P2P}
    history.commit("What the review asked for", files)
    return history
