"""moto, one request at a time: its conditional writes race under threads, DynamoDB's do not.

Its transactions keep a deep copy of the whole table for every action, to go back to when one is
refused. Here only the rows that a transaction names are kept: the same rollback, in the time of a
transaction and not of a table. What is refused, and why, is still moto's own judgement.

Its queries sort the whole table before they look for one partition. Here they are shown only what
their keys can find, and a scan sorts texts as texts.

Its answers look for every member under every name that it might have. One that names its members
as AWS does, as DynamoDB's do, is taken as it is. What never changes and is found out anew for every
call is found out once: a class's methods, and how the SDK calls itself. So is the RSA pair that
every symmetric KMS key is given and that nothing uses: it is half the time of making a province.
"""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from inspect import signature
from types import SimpleNamespace
from typing import Any
from unittest import mock

from botocore.useragent import UserAgentString
from moto import mock_aws
from moto.core import responses
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.serialize import AttributePicker
from moto.core.utils import method_names_from_class
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.kms import models as kms_models
from moto.kms.utils import generate_private_key

_LOCK = threading.RLock()
_process_request: Any = BotocoreStubber.process_request
_transact: Any = DynamoDBBackend.transact_write_items
_query: Any = Table.query
_QUERY_SIGNATURE = signature(_query)
_all_items: Any = Table.all_items
_pick: Any = AttributePicker.__call__
_method_names: Any = cache(method_names_from_class)
_private_key: Any = generate_private_key
_unused_pair: Any = cache(_private_key)


@contextmanager
def atomic_moto() -> Iterator[None]:
    with (
        mock.patch.object(BotocoreStubber, "process_request", _one_at_a_time),
        mock.patch.object(DynamoDBBackend, "transact_write_items", _all_or_nothing),
        mock.patch.object(Table, "query", _query_partition),
        mock.patch.object(Table, "all_items", _sorted_as_texts),
        mock.patch.object(AttributePicker, "__call__", _pick_plainly),
        mock.patch.object(responses, "method_names_from_class", _method_names),
        mock.patch.object(kms_models, "generate_private_key", _pair_of),
        mock.patch.object(UserAgentString, "to_string", return_value="tests"),
        mock.patch.object(models, "copy", SimpleNamespace(deepcopy=_copy, copy=copy.copy)),
        mock_aws(),
    ):
        yield


def _pair_of(key_spec: str) -> Any:
    is_symmetric = key_spec == "SYMMETRIC_DEFAULT"
    return (_unused_pair if is_symmetric else _private_key)(key_spec)


def _one_at_a_time(stubber: BotocoreStubber, request: Any) -> Any:
    with _LOCK:
        return _process_request(stubber, request)


def _pick_plainly(picker: Any, context: Any) -> Any:
    answer, shape = context.obj, getattr(context.shape, "parent", None)
    if type(answer) is dict and not picker.response_transformers:
        if context.key in answer:
            return answer[context.key]
        if shape is not None and answer.keys() <= shape.members.keys():
            return None
    return _pick(picker, context)


def _copy(value: Any) -> Any:
    return value if isinstance(value, Table) else copy.deepcopy(value)


def _all_or_nothing(backend: DynamoDBBackend, actions: list[dict[str, Any]]) -> None:
    saved = [_save(backend, operation) for action in actions for operation in action.values()]
    try:
        _transact(backend, actions)
    except Exception:
        for restore in reversed(saved):
            restore()
        raise


def _save(backend: DynamoDBBackend, operation: Any) -> Any:
    """A function that puts one row, and the end of the stream, back to what they are now."""
    table = backend.get_table(operation["TableName"])
    key = operation.get("Key") or operation["Item"]
    hash_value, range_value = backend.get_keys_value(table, key)
    row = copy.deepcopy(table.get_item(hash_value, range_value))
    shard: Any = table.stream_shard
    length = len(shard.items) if shard is not None else 0

    def restore() -> None:
        rows: Any = table.items[hash_value]
        if row is None:
            rows.pop(range_value, None)
        else:
            rows[range_value] = row
        if shard is not None:
            del shard.items[length:]

    return restore


def _query_partition(*given: Any, **named: Any) -> Any:
    asked = _QUERY_SIGNATURE.bind(*given, **named).arguments
    table, index = asked["self"], asked.get("index_name")
    if index is None:
        found = list(table.items.get(asked["hash_key"], {}).values())
    else:
        name = table.get_index(index).schema[0]["AttributeName"]
        found = [item for item in _rows(table) if name in item.attrs]
    with mock.patch.object(table, "all_items", return_value=found):
        return _query(*given, **named)


def _sorted_as_texts(table: Any) -> Any:
    if (table.hash_key_type, table.range_key_type) != ("S", "S"):
        return _all_items(table)
    return sorted(_rows(table), key=lambda item: (item.hash_key.value, item.range_key.value))


def _rows(table: Any) -> Iterator[Any]:
    for partition in table.items.values():
        yield from partition.values()
