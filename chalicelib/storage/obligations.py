"""Which order covers a payee unit's own number: dossier, decision or bill."""

from collections.abc import Iterable

from chalicelib.domain.province import Mode
from chalicelib.storage import keys
from chalicelib.storage.dynamo import MAX_KEYS, Dynamo


class Obligations:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def find_orders(self, payee_units: Iterable[str], reference: str) -> list[str]:
        """Payment codes of the orders that are open or paid under this number, of any of the units
        and both modes."""
        wanted = [
            keys.obligation_key(mode, unit, reference) for unit in payee_units for mode in Mode
        ]
        rows = [
            row
            for start in range(0, len(wanted), MAX_KEYS)
            for row in self._dynamo.get_many(self._table, wanted[start : start + MAX_KEYS])
        ]
        return sorted(row["payment_code"] for row in rows if row["state"] == "held")

    def find_last(self, mode: Mode, named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """By (payee unit, reference): the payment code of the order that covers it, or of the last
        one that did. What there never was one of is left out."""
        places = {keys.obligation_key(mode, *each)["pk"]: each for each in named}
        wanted = [{"pk": pk, "sk": "-"} for pk in places]
        return {
            places[row["pk"]]: row["payment_code"]
            for start in range(0, len(wanted), MAX_KEYS)
            for row in self._dynamo.get_many(self._table, wanted[start : start + MAX_KEYS])
        }
