"""What is wrong with an account's fields, and which secrets it needs, by its channel's own list."""

import re
from collections.abc import Mapping

from chalicelib.channels.contract import AccountField, Channel


def field_faults(channel: Channel, fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """Field and fault."""
    public = {each.name: each for each in channel.account_fields if not each.is_secret}
    missing = [name for name, each in public.items() if each.is_required and not fields.get(name)]
    unknown = [name for name in fields if name not in public]
    return [
        *((name, "is missing") for name in missing),
        *((name, "is not known here, or only in the secret") for name in unknown),
        *(
            (name, fault)
            for name, each in public.items()
            for value in _values(each, fields)
            if (fault := _fault(each, value))
        ),
    ]


def needed_secrets(channel: Channel, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Names within the account's secret."""
    needed = [each.name for each in channel.account_fields if each.is_secret and each.is_required]
    for each in channel.account_fields:
        choices = each.choices or {}
        needed += [choices.get(value, "") for value in _values(each, fields)]
    return tuple(dict.fromkeys(name for name in needed if name))


def _values(field: AccountField, fields: Mapping[str, str]) -> list[str]:
    value = fields.get(field.name)
    if not isinstance(value, str) or not value:
        return []
    return value.split() if field.is_list else [value]


def _fault(field: AccountField, value: str) -> str:
    if field.choices is not None and value not in field.choices:
        return f"must be one of {', '.join(field.choices)}, not {value!r}"
    if not re.fullmatch(field.pattern, value, re.ASCII | re.DOTALL):
        return f"must look like {field.pattern}, not {value!r}"
    return ""
