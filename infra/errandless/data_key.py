"""The data key that seals payers' data: a new one, the older ones kept."""

from dataclasses import dataclass

from chalicelib.storage import keys
from chalicelib.storage.dynamo import Dynamo
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import OpenedProvince
from infra.errandless.setup_rows import scan_setup

_ID = "ID#"


@dataclass(frozen=True, slots=True)
class RotatedDataKey:
    """`kept`: older keys, which open what they sealed."""

    data_key_id: str
    replaced: str
    kept: int


def rotate_data_key(opened: OpenedProvince) -> RotatedDataKey:
    """Raises: OperatorError; TryLater when somebody else rotated at the same moment."""
    replaced = _current(opened)
    opened.platform.envelope.rotate_data_key()
    rows = scan_setup(opened.client("dynamodb"), opened.outputs["SetupTable"])
    there = [sk for pk, sk in rows if pk == keys.data_key_key("")["pk"] and sk.startswith(_ID)]
    return RotatedDataKey(_current(opened), replaced, len(there) - 1)


def _current(opened: OpenedProvince) -> str:
    dynamo = Dynamo(opened.client("dynamodb"))
    row = dynamo.get(opened.outputs["SetupTable"], keys.current_data_key_key())
    if row is None:
        raise OperatorError("The province has no data key yet: seed it first.")
    data_key_id: bytes = row["data_key_id"]
    return data_key_id.hex()
