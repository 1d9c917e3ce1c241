"""What each kind of break means and what to do about it, in the languages of the reports."""

from collections.abc import Mapping

from chalicelib.domain.breaks import BreakKind
from chalicelib.domain.guidance import Guidance, guide

# kind → title, meaning, suggested action.
GUIDE: Mapping[BreakKind, Guidance] = {
    BreakKind.STATEMENT_MISSING: guide(
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
        (
            "没有对账文件",
            "尚未收到该日渠道的对账文件。",
            "请向渠道索取文件并放到指定位置；在此之前不作判断。",
        ),
    ),
    BreakKind.BAD_ROW: guide(
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
        (
            "无法读取的行",
            "对账文件中有一行无法读取，其金额未计入任何合计。",
            "请查看文件中的该行，并请渠道重新出具正确的文件。",
        ),
    ),
    BreakKind.CONTROL_TOTAL_MISMATCH: guide(
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
        (
            "文件自带合计有误",
            "文件所列的笔数或金额与各行之和不符。",
            "文件可能被截断或改动，请渠道重新出具。",
        ),
    ),
    BreakKind.DOUBLE_PAYMENT: guide(
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
        (
            "重复缴费",
            "一笔已缴费的订单又收到一笔付款。",
            "请将这笔付款退还给缴款人。",
        ),
    ),
    BreakKind.STATE_MISMATCH: guide(
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
        (
            "渠道显示已付，我方显示未付",
            "渠道已收款；我方订单未付，或在收款前已关闭。",
            "请向渠道查询这笔付款；如已付，请入账或退款。",
        ),
    ),
    BreakKind.REVERSAL_NOT_BOOKED: guide(
        (
            "Counted although it was taken back",
            "The bank took this payment back on its day, so the order is owed again; its statement"
            " still counts the money.",
            "Ask the bank to book the reversal. If it kept the money after all, it is refunded to"
            " the payer, or paid to the order by a person.",
        ),
        (
            "Vẫn tính dù đã hủy",
            "Ngân hàng đã hủy giao dịch này trong ngày nên khoản thu chưa được nộp; tệp đối soát"
            " vẫn tính số tiền đó.",
            "Yêu cầu ngân hàng ghi nhận việc hủy. Nếu ngân hàng thực tế vẫn giữ tiền thì hoàn cho"
            " người nộp, hoặc người phụ trách ghi vào khoản thu.",
        ),
        (
            "已冲正仍被计入",
            "银行已于当日冲正这笔付款，订单重新应缴；其对账文件仍计入该款项。",
            "请银行补记冲正。如银行实际留存了款项，应退还缴款人，或由经办人划入订单。",
        ),
    ),
    BreakKind.MISSING_IN_PLATFORM: guide(
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
        (
            "我方没有记录",
            "对账文件中有一笔付款，其编号从未由我方发出。",
            "请向渠道查明；在此之前将款项挂账。",
        ),
    ),
    BreakKind.UNIDENTIFIED_CREDIT: guide(
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
        (
            "没有缴款码的款项",
            "收到一笔款项，其中没有我方的缴款码。",
            "请向渠道查明由谁缴纳、缴纳什么；查不明则退回。",
        ),
    ),
    BreakKind.AMOUNT_MISMATCH: guide(
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
        (
            "金额不符",
            "实付金额与应付金额不同。",
            "请与订单核对；不足的补收，多收的退还。",
        ),
    ),
    BreakKind.REFERENCE_MISMATCH: guide(
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
        (
            "编号不符",
            "金额一致，但渠道给出的编号与先前告知的不同。",
            "请向渠道确认哪个编号正确，并确认不是第二笔付款。",
        ),
    ),
    BreakKind.DUPLICATE_IN_CHANNEL: guide(
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
        (
            "对账文件中重复",
            "对账文件中同一笔付款出现不止一次。",
            "请向渠道查明资金是否划转两次；如是，请其退回第二笔。",
        ),
    ),
    BreakKind.REFUND_UNMATCHED: guide(
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
        (
            "非我方发起的退款",
            "对账文件中有一笔退款，我方没有对应的退款。",
            "请向渠道查明由谁发起。",
        ),
    ),
    BreakKind.MISSING_IN_CHANNEL: guide(
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
        (
            "对账文件中没有",
            "渠道曾告知这笔已付，但该日的对账文件中没有。",
            "请等待次日的对账文件；如仍没有，请向渠道追款。",
        ),
    ),
    BreakKind.WRONG_DAY: guide(
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
        (
            "属于另一天",
            "我方将这笔付款记在另一天，且不在零点前后。",
            "请核实是否被结算两次，并向渠道查明原因。",
        ),
    ),
    BreakKind.LATE_CUTOFF: guide(
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
        (
            "零点前后",
            "付款发生在零点前后，渠道计入相邻的一天。",
            "无需处理：两天合计一致。",
        ),
    ),
}
