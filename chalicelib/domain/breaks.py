"""Breaks: each is one disagreement that reconciliation found, with what to do about it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.money import Money


class BreakKind(StrEnum):
    """In the order in which a report lists them."""

    STATEMENT_MISSING = "statement_missing"
    BAD_ROW = "bad_row"
    CONTROL_TOTAL_MISMATCH = "control_total_mismatch"
    DOUBLE_PAYMENT = "double_payment"
    STATE_MISMATCH = "state_mismatch"
    MISSING_IN_PLATFORM = "missing_in_platform"
    UNIDENTIFIED_CREDIT = "unidentified_credit"
    AMOUNT_MISMATCH = "amount_mismatch"
    REFERENCE_MISMATCH = "reference_mismatch"
    DUPLICATE_IN_CHANNEL = "duplicate_in_channel"
    REFUND_UNMATCHED = "refund_unmatched"
    MISSING_IN_CHANNEL = "missing_in_channel"
    WRONG_DAY = "wrong_day"
    LATE_CUTOFF = "late_cutoff"


@dataclass(frozen=True, slots=True)
class Guidance:
    """Each text by language."""

    title: Mapping[str, str]
    meaning: Mapping[str, str]
    action: Mapping[str, str]


def _guide(english: tuple[str, str, str], vietnamese: tuple[str, str, str]) -> Guidance:
    pairs = zip(english, vietnamese, strict=True)
    return Guidance(
        *({"en": in_english, "vi": in_vietnamese} for in_english, in_vietnamese in pairs)
    )


# kind → title, meaning, suggested action.
GUIDE: Mapping[BreakKind, Guidance] = {
    BreakKind.STATEMENT_MISSING: _guide(
        (
            "No statement",
            "The channel's statement of this day has not arrived.",
            "Ask the channel for the file and put it in its place; until then nothing is judged.",
        ),
        (
            "Chưa có tệp đối soát",
            "Chưa nhận được tệp đối soát của kênh thanh toán cho ngày này.",
            "Yêu cầu kênh thanh toán gửi tệp và đưa vào đúng vị trí; trước đó chưa kết luận gì.",
        ),
    ),
    BreakKind.BAD_ROW: _guide(
        (
            "Row not readable",
            "A row of the statement could not be read, so its money is in neither sum.",
            "Look at the row in the file; ask the channel to issue a correct file.",
        ),
        (
            "Dòng không đọc được",
            "Một dòng trong tệp không đọc được, số tiền của dòng này chưa tính vào tổng nào.",
            "Xem dòng đó trong tệp; yêu cầu kênh thanh toán gửi lại tệp đúng.",
        ),
    ),
    BreakKind.CONTROL_TOTAL_MISMATCH: _guide(
        (
            "File's own totals are wrong",
            "The count or sum that the file states is not that of its rows.",
            "The file may be cut off or altered: ask the channel to issue it again.",
        ),
        (
            "Tổng trong tệp không khớp",
            "Số lượng hoặc tổng tiền ghi trong tệp khác với các dòng của tệp.",
            "Tệp có thể bị cắt hoặc bị sửa: yêu cầu kênh thanh toán gửi lại.",
        ),
    ),
    BreakKind.DOUBLE_PAYMENT: _guide(
        (
            "Paid twice",
            "A second payment came in for an order that is paid already.",
            "Refund this payment to the payer.",
        ),
        (
            "Thanh toán hai lần",
            "Có khoản thanh toán thứ hai cho một khoản thu đã thanh toán.",
            "Hoàn lại khoản thanh toán này cho người nộp.",
        ),
    ),
    BreakKind.STATE_MISMATCH: _guide(
        (
            "Channel says paid, we do not",
            "The channel has the money; here the order is not paid, or was closed before it came.",
            "Ask the channel about this payment; if it is paid, record it or refund the payer.",
        ),
        (
            "Kênh báo đã thanh toán, hệ thống thì chưa",
            "Kênh thanh toán đã nhận tiền; tại đây khoản thu chưa thanh toán hoặc đã đóng.",
            "Hỏi kênh thanh toán về giao dịch này; nếu đã trả thì ghi nhận hoặc hoàn tiền.",
        ),
    ),
    BreakKind.MISSING_IN_PLATFORM: _guide(
        (
            "Unknown to us",
            "The statement has a payment under a number that we never gave out.",
            "Ask the channel what it is; keep the money in suspense until it is known.",
        ),
        (
            "Hệ thống không có",
            "Tệp đối soát có một giao dịch với số mà hệ thống chưa từng cấp.",
            "Hỏi kênh thanh toán đó là giao dịch nào; giữ tiền ở tài khoản chờ xử lý.",
        ),
    ),
    BreakKind.UNIDENTIFIED_CREDIT: _guide(
        (
            "Money without a payment code",
            "Money came in that names no payment code of ours.",
            "Find out from the channel who paid and for what; else return it.",
        ),
        (
            "Tiền không có mã thanh toán",
            "Có tiền vào nhưng không ghi mã thanh toán nào của hệ thống.",
            "Hỏi kênh thanh toán ai đã nộp và nộp khoản gì; nếu không rõ thì trả lại.",
        ),
    ),
    BreakKind.AMOUNT_MISMATCH: _guide(
        (
            "Different amount",
            "What was paid is not the amount that it should be.",
            "Compare with the order; collect the rest or refund the excess.",
        ),
        (
            "Lệch số tiền",
            "Số tiền đã trả khác với số tiền phải trả.",
            "Đối chiếu với khoản thu; thu thêm phần thiếu hoặc hoàn phần thừa.",
        ),
    ),
    BreakKind.REFERENCE_MISMATCH: _guide(
        (
            "Different number",
            "The money agrees, but the channel gives another number for it than it told us before.",
            "Ask the channel which number is right; make sure that it is not a second payment.",
        ),
        (
            "Lệch số giao dịch",
            "Số tiền khớp nhưng kênh thanh toán ghi số khác với số đã báo trước đó.",
            "Hỏi kênh thanh toán số nào đúng; bảo đảm đó không phải là lần thanh toán thứ hai.",
        ),
    ),
    BreakKind.DUPLICATE_IN_CHANNEL: _guide(
        (
            "Twice in the statement",
            "The statement has the same payment more than once.",
            "Ask the channel whether money moved twice; if so, have the second returned.",
        ),
        (
            "Trùng trong tệp đối soát",
            "Cùng một giao dịch xuất hiện nhiều lần trong tệp đối soát.",
            "Hỏi kênh thanh toán tiền có chuyển hai lần không; nếu có thì yêu cầu hoàn lại.",
        ),
    ),
    BreakKind.REFUND_UNMATCHED: _guide(
        (
            "Refund that we did not order",
            "The statement has a refund for which there is none of ours.",
            "Ask the channel who ordered it.",
        ),
        (
            "Hoàn tiền không có yêu cầu",
            "Tệp đối soát có khoản hoàn tiền mà hệ thống không yêu cầu.",
            "Hỏi kênh thanh toán ai đã yêu cầu hoàn tiền.",
        ),
    ),
    BreakKind.MISSING_IN_CHANNEL: _guide(
        (
            "Not in the statement",
            "The channel told us that this was paid; its statement of the day does not have it.",
            "Wait for the next day's statement; if it is not there, claim the money.",
        ),
        (
            "Thiếu trong tệp đối soát",
            "Kênh đã báo giao dịch này thành công nhưng tệp đối soát trong ngày không có.",
            "Chờ tệp của ngày kế tiếp; nếu vẫn không có, yêu cầu kênh thanh toán trả tiền.",
        ),
    ),
    BreakKind.WRONG_DAY: _guide(
        (
            "Belongs to another day",
            "We hold this payment on another day, and not near midnight.",
            "Check that it was not settled twice; ask the channel why it comes on this day.",
        ),
        (
            "Thuộc ngày khác",
            "Hệ thống ghi nhận giao dịch này vào ngày khác và không sát nửa đêm.",
            "Kiểm tra có bị quyết toán hai lần không; hỏi kênh thanh toán lý do.",
        ),
    ),
    BreakKind.LATE_CUTOFF: _guide(
        (
            "Around midnight",
            "Paid near midnight: the channel counts it on the neighbouring day.",
            "Nothing to do: the two days together agree.",
        ),
        (
            "Sát nửa đêm",
            "Thanh toán sát nửa đêm: kênh thanh toán tính vào ngày liền kề.",
            "Không cần xử lý: cộng hai ngày lại thì khớp.",
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class AccountDay:
    """What is reconciled at a time: one channel account on one business day."""

    channel: str
    account: str
    business_day: date


@dataclass(frozen=True, slots=True)
class Break:
    """`key`: what it is about, the same in every run. `ours`: the money of our payment that is in
    it, None without one; `theirs`: that of the statement's line. `detail`: facts for a person."""

    of: AccountDay
    kind: BreakKind
    key: str
    ours: Money | None = None
    theirs: Money | None = None
    row_no: int | None = None
    payment_no: str = ""
    provider_transaction: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)

    @property
    def break_id(self) -> str:
        """The same break has the same id in every run."""
        day = self.of.business_day.isoformat()
        identity = "\x1f".join((self.of.channel, self.of.account, day, self.kind, self.key))
        return hashlib.sha256(identity.encode()).hexdigest()[:24]


class BreakStatus(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class TrackedBreak:
    """A break over several runs. `cleared_by`: the run that no longer found it. Found again, it is
    open again and keeps its first sight."""

    found: Break
    status: BreakStatus
    first_seen_at: datetime
    first_seen_run: str
    cleared_at: datetime | None = None
    cleared_by: str | None = None
