"""Print a review as JSON, for bots. Every key is always present; an unknown value is null."""

from typing import Any

from proofdown.build.report.formats import json_location
from proofdown.review.compare import PageReview, Review
from proofdown.review.diff.graphs import GraphChange
from proofdown.review.diff.tables import TableChange
from proofdown.review.report.checklist import find_points
from proofdown.review.sides import Side
from proofdown.source import json_text


def json_report(review: Review) -> str:
    """Return the review as a JSON document."""
    data = {
        "version": 1,
        "before": _side(review.before),
        "after": _side(review.after),
        "points": [
            {"kind": p.kind, "group": str(p.group), "page": p.subject or None, "text": p.text}
            for p in find_points(review)
        ],
        "pages": [_page(page) for page in review.pages],
        "addresses": [
            {"kind": c.kind, "address": c.address, "target": c.target or None}
            for c in review.addresses
        ],
        "claims": [
            {"kind": c.kind, "name": c.name, "page": c.page, "before": c.before, "after": c.after}
            | {"why": list(c.why)}
            for c in review.claims
        ],
        "diagnostics": [
            {
                "is_new": c.is_new,
                "code": c.diagnostic.code,
                "severity": str(c.diagnostic.severity),
                "message": c.diagnostic.message,
                **json_location(c.diagnostic.location),
            }
            for c in review.diagnostics
        ],
        "recordings": [
            {
                "name": c.name,
                "kind": c.kind,
                "before": c.versions[0] or None,
                "after": c.versions[1] or None,
                "gained": list(c.gained),
                "lost": list(c.lost),
                "diff": c.diff or None,
            }
            for c in review.recordings
        ],
        "files": [{"kind": kind, "address": path} for kind, path in review.files],
        "frame": list(review.frame),
    }
    return json_text(data)


def _side(side: Side) -> dict[str, Any]:
    return {
        "label": side.label,
        "subject": side.subject or None,
        "is_built": side.build is not None,
        "stop": side.stop.message if side.stop else None,
        "unseen": [{"path": u.path, "reason": u.reason} for u in side.unseen],
    }


def _page(page: PageReview) -> dict[str, Any]:
    changes = page.changes
    return {
        "kind": page.kind,
        "path": page.path,
        "address": page.address,
        "old_address": page.old_address or None,
        "title": page.title,
        "texts": [{"under": c.where, "before": c.before, "after": c.after} for c in changes.texts],
        "code": [
            {
                "under": c.where,
                "before": [line.before for line in c.lines if line.before is not None],
                "after": [line.after for line in c.lines if line.after is not None],
            }
            for c in changes.codes
        ],
        "tables": [_table(table) for table in changes.tables],
        "diagrams": [_diagram(diagram) for diagram in changes.drawings],
        "commands": [
            {"before": c.before or None, "after": c.after or None}
            | {"gained": list(c.gained), "lost": list(c.lost)}
            for c in page.commands
        ],
        "values": [
            {"name": v.name, "before": v.before or None, "after": v.after or None}
            for v in page.values
        ],
        "numbers": {"gone": list(page.numbers[0]), "new": list(page.numbers[1])},
        "pictures": [
            {
                "before": c.before.address if c.before else None,
                "after": c.after.address if c.after else None,
            }
            for c in changes.pictures
        ],
        "active": list(page.active),
    }


def _table(table: TableChange) -> dict[str, Any]:
    return {
        "kind": table.kind,
        "under": table.where,
        "columns": [{"kind": kind, "name": name} for kind, name in table.columns],
        "rows": [
            {
                "kind": row.kind,
                "row": row.row,
                "cells": [
                    {"column": c.column, "before": c.before, "after": c.after} for c in row.cells
                ],
            }
            for row in table.rows
        ],
    }


def _diagram(change: GraphChange) -> dict[str, Any]:
    return {
        "name": change.name,
        "under": change.where,
        "kind": "changed"
        if change.before and change.after
        else "added"
        if change.after
        else "removed",
        "nodes": {"added": list(change.nodes_added), "removed": list(change.nodes_removed)},
        "edges": {
            "added": list(change.edges_added),
            "removed": list(change.edges_removed),
            "changed": [
                {"edge": one.edge, "before": one.before, "after": one.after}
                for one in change.edges_changed
            ],
        },
    }
