"""What goes wrong with files, for the file of each real channel, as it arrives in a province."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from chalicelib.domain.breaks import BreakStatus, TrackedBreak
from chalicelib.domain.payments import Disposition
from chalicelib.domain.reconciliations import Summary
from tests.channels.alipay_bill import packed
from tests.channels.alipay_wire import SELLER_ID
from tests.reconciliation.channel_files import (
    ALIPAY,
    CHANNELS,
    DAY,
    VIETQR,
    VNPAY,
    ChannelFiles,
    Row,
    bill_text,
)
from tests.reconciliation.statement_files import read_report, watched_calls
from tests.support.local_province import LocalProvince


@dataclass
class Office:
    files: ChannelFiles
    province: LocalProvince
    arrivals: int = 0

    def rows(self, count: int = 3) -> list[Row]:
        return [
            Row(number, self.files.at(DAY, f"1{number}:00:00"), 10_000 * number)
            for number in range(1, count + 1)
        ]

    def paid(self, count: int = 3) -> list[Row]:
        rows = self.rows(count)
        self.files.pay(self.province, *rows)
        return rows

    def arrive(self, content: bytes) -> Summary:
        """Later files have later names."""
        self.arrivals += 1
        self.files.arrive(self.province, DAY, content, f"{self.arrivals}-{self.files.file_name}")
        found = self.province.platform.reconciliations.read_summary(self.files.of)
        assert found is not None
        return found

    def write(self, *rows: Row) -> bytes:
        return self.files.write(DAY, rows)

    def breaks(self, status: BreakStatus = BreakStatus.OPEN) -> list[TrackedBreak]:
        found = self.province.platform.reconciliations.list_breaks_of(self.files.of)
        return [each for each in found if each.status is status]

    def kinds(self, status: BreakStatus = BreakStatus.OPEN) -> Counter[str]:
        return Counter(each.found.kind.value for each in self.breaks(status))


@pytest.fixture(params=CHANNELS, ids=lambda files: files.of.channel)
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    files: ChannelFiles = request.param
    with files.province() as running:
        yield Office(files, running)


@pytest.fixture
def bank() -> Iterator[Office]:
    with VIETQR.province() as running:
        yield Office(VIETQR, running)


def test_an_empty_file_of_a_day_without_payments_agrees(office: Office) -> None:
    found = office.arrive(office.write())
    assert (found.status, found.break_counts, found.theirs.count) == ("matched", {}, 0)


def test_a_file_that_has_every_row_twice_agrees_once(office: Office) -> None:
    rows = office.paid()
    found = office.arrive(office.write(*rows, *rows))
    assert (found.matched.count, found.break_counts) == (3, {"duplicate_in_channel": 3})
    assert found.theirs.count == found.matched.count + len(office.breaks()) == 6


def test_a_corrected_file_replaces_the_wrong_one_and_clears_its_breaks(office: Office) -> None:
    rows = office.paid()
    wrong = office.arrive(office.write(replace(rows[0], amount_minor=10_001), rows[1], rows[1]))
    assert wrong.matched.count == 1
    assert office.kinds() == {
        "amount_mismatch": 1,
        "duplicate_in_channel": 1,
        "missing_in_channel": 1,
    }
    corrected = office.arrive(office.write(*rows))
    assert (corrected.status, corrected.matched.count) == ("matched", 3)
    assert office.kinds() == {}
    assert {each.cleared_by for each in office.breaks(BreakStatus.CLEARED)} == {corrected.run}
    assert [file.is_current for file in corrected.files] == [True, False]
    key = corrected.files[0].key
    with watched_calls() as calls:
        office.province.tell_arrival(key, 1)
    assert calls.writes == []


def broken(office: Office, rows: list[Row]) -> bytes:
    """A byte that is no text, in the second row and in nothing that names it."""
    if office.files is ALIPAY:
        text = bill_text(DAY, rows).encode("gbk")
        subject = "考试费".encode("gbk")
        second = text.index(subject, text.index(subject) + 1)
        content = text[:second] + b"\xbf\xff" + text[second + 2 :]
        return packed((f"{SELLER_ID}0156_20260301_业务明细.csv", content))
    content = office.write(*rows)
    mark = b",B,NCB," if office.files is VNPAY else b"CT DEN "
    second = content.index(mark, content.index(mark) + 1)
    return content[: second + 1] + b"\xff" + content[second + 2 :]


def test_a_broken_byte_spoils_its_row_and_not_the_rest(office: Office) -> None:
    found = office.arrive(broken(office, office.paid()))
    assert (found.matched.count, found.ours.count) == (2, 3)
    (bad,) = [each.found for each in office.breaks() if each.found.kind == "bad_row"]
    assert bad.detail["reason"] == "encoding_wrong"
    assert "control_total_mismatch" not in found.break_counts
    assert found.matched.count + len([each for each in office.breaks() if each.found.theirs]) == 2


def test_a_file_that_was_cut_off_says_so(office: Office) -> None:
    rows = office.paid()
    whole = office.write(*rows)
    found = office.arrive(whole[: len(whole) * 2 // 3])
    reasons = {
        each.found.detail["reason"] for each in office.breaks() if "reason" in each.found.detail
    }
    if office.files is ALIPAY:
        assert reasons == {"archive_broken"}
        assert (found.waiting.count, found.matched.count) == (3, 0)
    else:
        assert "totals_missing" in reasons
        assert found.matched.count < 3
    assert office.arrive(whole).status == "matched"


def test_totals_that_are_not_those_of_the_rows_are_told(office: Office) -> None:
    rows = office.paid()
    whole = office.files.write(DAY, rows)
    if office.files is ALIPAY:
        text = bill_text(DAY, rows).replace("交易合计：3笔", "交易合计：4笔").encode("gbk")
        whole = packed((f"{SELLER_ID}0156_20260301_业务明细.csv", text))
    else:
        whole = whole.replace(b"TOTAL,3", b"TOTAL,4")
    assert office.arrive(whole).matched.count == 3
    (told,) = [each.found for each in office.breaks()]
    assert (told.kind, told.detail) == (
        "control_total_mismatch",
        {"total": "payment_count", "stated": "4", "counted": "3"},
    )


def test_another_amount_than_was_told_is_told(office: Office) -> None:
    rows = office.paid()
    office.arrive(office.write(replace(rows[0], amount_minor=9_999), *rows[1:]))
    assert office.kinds() == {"amount_mismatch": 1}


@pytest.mark.parametrize("files", [VNPAY, ALIPAY], ids=lambda files: files.of.channel)
def test_a_refund_agrees_once_a_person_decided_it(files: ChannelFiles) -> None:
    with files.province() as running:
        office = Office(files, running)
        row = office.rows(1)[0]
        back = replace(row, refund_no="R1", at=files.at(DAY, "20:00:00"))
        files.hold(running, files.payment(row, Disposition.SURPLUS))
        found = office.arrive(office.write(row, back))
        assert found.break_counts == {"double_payment": 1, "refund_unmatched": 1}
        assert found.theirs.count == 2
        files.hold(running, files.payment(row, Disposition.REFUND_DUE))
        running.clock.advance(days=1)
        running.reconcile_due()
        again = running.platform.reconciliations.read_summary(files.of)
        assert again is not None
        assert (again.status, again.matched.count, again.theirs) == ("matched", 2, again.ours)
        assert office.kinds(BreakStatus.CLEARED) == {"double_payment": 1, "refund_unmatched": 1}
        page = read_report(running, again.reports["html_en"]).decode()
        assert "1 of those that agree are refunds" in page


def test_a_refund_in_part_tells_both_amounts() -> None:
    with ALIPAY.province() as running:
        office = Office(ALIPAY, running)
        row = office.rows(1)[0]
        ALIPAY.hold(running, ALIPAY.payment(row, Disposition.REFUND_DUE))
        office.arrive(office.write(row, replace(row, refund_no="R1", amount_minor=4_000)))
        (told,) = [each.found for each in office.breaks()]
        assert told.kind == "refund_unmatched"
        assert told.detail == {
            "refund_no": "R1",
            "disposition": "refund_due",
            "our_amount": "100.00 CNY",
        }


def test_a_credit_without_a_code_is_unidentified_whether_or_not_a_notice_told_of_it(
    bank: Office,
) -> None:
    told, untold = (replace(row, memo="tien dien") for row in bank.rows(2))
    bank.files.hold(
        bank.province, replace(bank.files.payment(told, Disposition.SUSPENSE), payment_no="")
    )
    found = bank.arrive(bank.write(told, untold))
    assert found.break_counts == {"unidentified_credit": 2}
    assert sorted(each.found.ours is None for each in bank.breaks()) == [False, True]


def test_a_memo_with_two_codes_names_neither(bank: Office) -> None:
    first, second = bank.rows(2)
    both = replace(first, memo=f"{first.payment_no} va {second.payment_no}")
    assert bank.arrive(bank.write(both)).break_counts == {"unidentified_credit": 1}


@pytest.mark.parametrize("memo", [None, "", "tien dien"])
def test_a_credit_that_a_notice_told_agrees_by_reference_amount_and_date(
    bank: Office, memo: str | None
) -> None:
    (row,) = bank.paid(1)
    found = bank.arrive(bank.write(replace(row, memo=memo)))
    assert (found.status, found.matched.count) == ("matched", 1)


@pytest.mark.parametrize("change", [{"number": 9}, {"amount_minor": 10_001}])
def test_another_reference_or_amount_is_another_credit(
    bank: Office, change: dict[str, int]
) -> None:
    (row,) = bank.paid(1)
    changed = replace(row, memo="tien dien", **change)  # type: ignore[arg-type]
    assert bank.arrive(bank.write(changed)).break_counts == {
        "unidentified_credit": 1,
        "missing_in_channel": 1,
    }


def test_money_that_went_out_is_counted_and_judged_by_nobody(bank: Office) -> None:
    found = bank.arrive(bank.write(*bank.paid(2)))
    assert (found.status, found.theirs.count, found.unpaid_count) == ("matched", 2, 2)
