"""Rows of `payee_units.csv` and `fee_items.csv` as the province's document has them."""

from typing import Any

from infra.errandless.source_files import Row

Document = dict[str, Any]

UNIT_COLUMNS = ("code", "tax_code", "address", "phone", "valid_from", "valid_to")
# How far the unit has come; a file without these columns has live units only.
STAGE_COLUMNS = ("stage", "stage_since", "joint_test_report")
# Whether its bills may be paid in parts; a file without these columns has none such.
PART_COLUMNS = ("allows_partial", "min_part_minor")
TARIFF_COLUMNS = ("amount_minor", "min_minor", "max_minor", "max_quantity")
ITEM_COLUMNS = (
    *("code", "payee_units", "receipt_kind", "rule", *TARIFF_COLUMNS, "unit_name", "legal_basis"),
    *("valid_from", "valid_to", "is_repeatable", "is_sample_amount", "scheme"),
)


def unit_of(row: Row) -> Document:
    stages = {name: row.text(name) for name in STAGE_COLUMNS if row.text(name) is not None}
    return {name: row.text(name) for name in UNIT_COLUMNS} | stages | {"names": _names_of(row)}


def item_of(row: Row) -> Document:
    tariff = {name: row.whole(name) for name in TARIFF_COLUMNS if row.text(name) is not None}
    texts = {name: row.text(name) for name in ("rule", "unit_name") if row.text(name) is not None}
    allows, least = PART_COLUMNS
    return {
        "code": row.text("code"),
        "payee_units": row.list("payee_units"),
        "names": _names_of(row),
        "receipt_kind": row.text("receipt_kind"),
        "tariff": texts | tariff,
        "legal_basis": row.text("legal_basis"),
        "valid_from": row.text("valid_from"),
        "valid_to": row.text("valid_to"),
        "is_repeatable": row.flag("is_repeatable"),
        "is_sample_amount": row.flag("is_sample_amount"),
        "scheme": row.text("scheme"),
        **({"allows_partial": row.flag(allows)} if row.text(allows) is not None else {}),
        **({"min_part_minor": row.whole(least)} if row.text(least) is not None else {}),
    }


def _names_of(row: Row) -> Document:
    cells = row.cells.items()
    return {name.removeprefix("name_"): cell for name, cell in cells if name.startswith("name_")}


def column_of(steps: list[str | int]) -> str:
    match steps:
        case ["names", language]:
            return f"name_{language}"
        case ["tariff", column]:
            return str(column)
        case [column, *_]:
            return str(column)
        case _:
            return ""
