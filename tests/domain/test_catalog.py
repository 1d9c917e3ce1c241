from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.catalog import (
    FeeItem,
    FixedTariff,
    OpenTariff,
    PayeeUnit,
    PerUnitTariff,
    RangeTariff,
    ReceiptKind,
    Tariff,
    TariffRefusal,
    price,
)
from chalicelib.domain.money import MAX_AMOUNT_MINOR

FIXED = FixedTariff(50_000)
PER_PAGE = PerUnitTariff(2_000, "trang", 500)
RANGE = RangeTariff(100, 900)
OPEN = OpenTariff(1_000_000)

NO_AMOUNT = TariffRefusal.AMOUNT_NOT_ALLOWED
NEEDS_AMOUNT = TariffRefusal.AMOUNT_REQUIRED
AMOUNT_RANGE = TariffRefusal.AMOUNT_OUT_OF_RANGE
NO_QUANTITY = TariffRefusal.QUANTITY_NOT_ALLOWED
QUANTITY_RANGE = TariffRefusal.QUANTITY_OUT_OF_RANGE


@pytest.mark.parametrize(
    ("tariff", "quantity", "amount_minor", "result"),
    [
        (FIXED, None, None, 50_000),
        (FIXED, 1, None, 50_000),
        (FIXED, 2, None, NO_QUANTITY),
        (FIXED, 0, None, NO_QUANTITY),
        (FIXED, -1, None, NO_QUANTITY),
        (FIXED, None, 50_000, 50_000),
        (FIXED, None, 50_001, NO_AMOUNT),
        (FIXED, None, 0, NO_AMOUNT),
        (PER_PAGE, None, None, 2_000),
        (PER_PAGE, 1, None, 2_000),
        (PER_PAGE, 500, None, 1_000_000),
        (PER_PAGE, 501, None, QUANTITY_RANGE),
        (PER_PAGE, 0, None, QUANTITY_RANGE),
        (PER_PAGE, -1, None, QUANTITY_RANGE),
        (PER_PAGE, 3, 6_000, 6_000),
        (PER_PAGE, 3, 5_999, NO_AMOUNT),
        (RANGE, None, 100, 100),
        (RANGE, 1, 900, 900),
        (RANGE, None, 99, AMOUNT_RANGE),
        (RANGE, None, 901, AMOUNT_RANGE),
        (RANGE, None, -500, AMOUNT_RANGE),
        (RANGE, None, None, NEEDS_AMOUNT),
        (RANGE, 2, 500, NO_QUANTITY),
        (OPEN, None, 1, 1),
        (OPEN, 1, 1_000_000, 1_000_000),
        (OPEN, None, 0, AMOUNT_RANGE),
        (OPEN, None, -1, AMOUNT_RANGE),
        (OPEN, None, 1_000_001, AMOUNT_RANGE),
        (OPEN, None, None, NEEDS_AMOUNT),
        (OPEN, 2, 5, NO_QUANTITY),
        (OpenTariff(), None, MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR),
        (OpenTariff(), None, MAX_AMOUNT_MINOR + 1, AMOUNT_RANGE),
    ],
)
def test_each_tariff_prices_or_refuses(
    tariff: Tariff, quantity: int | None, amount_minor: int | None, result: int | TariffRefusal
) -> None:
    assert price(tariff, quantity, amount_minor) == result


@given(
    st.sampled_from([FIXED, PER_PAGE, RANGE, OPEN]),
    st.none() | st.integers(),
    st.none() | st.integers(),
)
def test_no_request_is_ever_priced_at_nothing_or_below(
    tariff: Tariff, quantity: int | None, amount_minor: int | None
) -> None:
    result = price(tariff, quantity, amount_minor)
    if not isinstance(result, TariffRefusal):
        assert 1 <= result <= MAX_AMOUNT_MINOR
        assert amount_minor in (None, result)


def test_refusals_are_documented_codes() -> None:
    assert {refusal.value for refusal in TariffRefusal} == {
        "amount_not_allowed",
        "amount_required",
        "amount_out_of_range",
        "quantity_not_allowed",
        "quantity_out_of_range",
    }


@pytest.mark.parametrize(
    ("day", "is_valid"),
    [
        (date(2025, 6, 30), False),
        (date(2025, 7, 1), True),
        (date(2025, 12, 31), True),
        (date(2026, 1, 1), False),
    ],
)
def test_items_and_units_are_valid_on_their_first_and_last_day(day: date, is_valid: bool) -> None:
    item = FeeItem(
        code="FEE-1",
        payee_units=("UNITA",),
        names={"vi": "Phí"},
        receipt_kind=ReceiptKind.PHI,
        tariff=FIXED,
        legal_basis="Thông tư 1/2025",
        valid_from=date(2025, 7, 1),
        valid_to=date(2025, 12, 31),
        is_repeatable=False,
        is_sample_amount=True,
    )
    unit = PayeeUnit(
        code="UNITA",
        names={"vi": "Sở"},
        tax_code="9900000001",
        address="1",
        phone="1",
        valid_from=date(2025, 7, 1),
        valid_to=date(2025, 12, 31),
    )
    assert item.is_valid_on(day) is is_valid
    assert unit.is_valid_on(day) is is_valid


def test_without_an_end_an_item_stays_valid() -> None:
    unit = PayeeUnit("UNITA", {}, "", "", "", date(2025, 7, 1), None)
    assert unit.is_valid_on(date(9999, 12, 31))
