"""A recording as YAML: the same facts give the same bytes."""

import yaml


class Row(dict[str, object]):
    """A mapping that is written on one line, so that a diagnostic can refer to the line."""


class Verbatim(str):
    """A text that the recording contains as it was printed, without quotes around it."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


def _row(dumper: _Dumper, row: Row) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", row.items(), flow_style=True)


def _text(dumper: _Dumper, text: Verbatim) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")


_Dumper.add_representer(Row, _row)
_Dumper.add_representer(Verbatim, _text)


def dump(value: object) -> str:
    """Return a value as YAML, with keys in insertion order."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=100_000,
    )
