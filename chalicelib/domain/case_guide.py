"""What each kind of case means and what to do about it, in the languages of the reports."""

from collections.abc import Mapping

from chalicelib.domain.cases import Case, CaseKind, CaseState
from chalicelib.domain.guidance import Guidance, guide, in_languages

# kind → title, meaning, suggested action.
GUIDE: Mapping[CaseKind, Guidance] = {
    CaseKind.SUSPENSE: guide(
        (
            "Money without an order",
            "Money came in that names no order, or none that this account may pay.",
            "Find out whose it is: assign it to the payment code it was meant for, or refund it.",
        ),
        (
            "Tiền chưa xác định",
            "Có khoản tiền đến mà không ghi khoản thu nào, hoặc tài khoản này không thu khoản đó.",
            "Xác minh người nộp: gán vào đúng mã thanh toán, hoặc hoàn tiền.",
        ),
        (
            "未识别的款项",
            "收到一笔款项，未注明订单，或该账户不能收取所注明的订单。",
            "请查明缴款人：划入应缴的缴款码，或退款。",
        ),
    ),
    CaseKind.WRONG_AMOUNT: guide(
        (
            "Wrong amount",
            "The payer paid another amount than the order asks for; the order is not paid.",
            "Refund it, so that the payer can pay the exact amount; or assign it to an order of"
            " exactly this amount.",
        ),
        (
            "Sai số tiền",
            "Người nộp trả số tiền khác với khoản thu; khoản thu chưa được thanh toán.",
            "Hoàn tiền để người nộp trả đúng số tiền; hoặc gán vào khoản thu có đúng số tiền này.",
        ),
        (
            "金额不符",
            "缴款金额与订单金额不同，订单仍未缴清。",
            "请退款，以便缴款人按准确金额缴纳；或划入金额完全相同的订单。",
        ),
    ),
    CaseKind.DOUBLE_PAYMENT: guide(
        (
            "Paid twice",
            "A second payment came in for an order that is paid already.",
            "Refund it to the payer, unless it was meant for another order of the same amount.",
        ),
        (
            "Thanh toán hai lần",
            "Có khoản thanh toán thứ hai cho một khoản thu đã thanh toán.",
            "Hoàn tiền cho người nộp, trừ khi khoản này dành cho khoản thu khác cùng số tiền.",
        ),
        (
            "重复缴费",
            "一笔已缴费的订单又收到一笔付款。",
            "请退还缴款人，除非该款应缴另一笔金额相同的订单。",
        ),
    ),
    CaseKind.LATE_SUCCESS: guide(
        (
            "Paid after its end",
            "Money came in for an order that was cancelled or had expired.",
            "If it is still owed, assign it to the new order for it; else refund it.",
        ),
        (
            "Thanh toán sau khi đóng",
            "Tiền đến sau khi khoản thu đã hủy hoặc hết hạn.",
            "Nếu vẫn còn phải nộp, gán vào khoản thu mới; nếu không, hoàn tiền.",
        ),
        (
            "关闭后缴费",
            "订单已取消或过期之后收到付款。",
            "如仍应缴纳，请划入新的订单；否则退款。",
        ),
    ),
    CaseKind.TRANSACTION_REUSED: guide(
        (
            "One transaction for two payments",
            "The channel told of the same transaction for a second payment. It is counted once.",
            "Ask the channel which payment it belongs to; dismiss the case with the answer.",
        ),
        (
            "Một giao dịch cho hai lần thanh toán",
            "Kênh thanh toán báo cùng một giao dịch cho lần thanh toán thứ hai. Chỉ tính một lần.",
            "Hỏi kênh thanh toán giao dịch này thuộc lần nào; đóng hồ sơ kèm câu trả lời.",
        ),
        (
            "一笔交易对应两次付款",
            "渠道对另一次付款报告了同一笔交易，只计一次。",
            "请向渠道查询该交易属于哪次付款，并注明答复后结案。",
        ),
    ),
    CaseKind.HELD_BY_PROVIDER: guide(
        (
            "Held by the channel",
            "The channel took the money and holds it for a check of its own.",
            "Ask the channel; the case closes by itself when it says paid or failed.",
        ),
        (
            "Kênh thanh toán đang giữ tiền",
            "Kênh thanh toán đã trừ tiền và đang giữ lại để kiểm tra.",
            "Liên hệ kênh thanh toán; hồ sơ tự đóng khi có kết quả thành công hoặc thất bại.",
        ),
        (
            "款项被渠道暂扣",
            "渠道已扣款，正在核查，暂不放行。",
            "请联系渠道；渠道告知成功或失败后自动结案。",
        ),
    ),
    CaseKind.REVERSAL_ASKED: guide(
        (
            "A bank asks to take a payment back",
            "A bank asks to take back money that paid an order, on the day it took it. The order is"
            " still paid, and the bank was told to keep the money until it has an answer.",
            "Talk to the bank and the payee unit; dismiss the case with what was agreed.",
        ),
        (
            "Ngân hàng đề nghị hủy giao dịch",
            "Ngân hàng đề nghị lấy lại khoản tiền đã thanh toán khoản thu, trong ngày thu tiền."
            " Khoản thu vẫn đã thanh toán; ngân hàng được yêu cầu giữ tiền đến khi có trả lời.",
            "Liên hệ ngân hàng và đơn vị thu; đóng hồ sơ kèm nội dung đã thống nhất.",
        ),
        (
            "银行申请冲正",
            "银行在收款当日申请冲正一笔已缴清订单的款项。订单仍为已缴，已要求银行在答复前不得退款。",
            "请与银行和执收单位联系，并注明商定结果后结案。",
        ),
    ),
    CaseKind.BILL_NOT_PAID: guide(
        (
            "A bill of a basket could not be paid",
            "A basket was paid; one of its bills had been paid, cancelled or changed meanwhile. The"
            " other bills are paid. This part of the money has no bill to go to.",
            "Refund this part to the payer of the basket.",
        ),
        (
            "Một thông báo trong giỏ không thanh toán được",
            "Giỏ thanh toán đã được trả; một thông báo trong giỏ đã được trả, hủy hoặc thay đổi"
            " trước đó. Các thông báo khác đã được thanh toán. Phần tiền này không có nơi áp dụng.",
            "Hoàn phần tiền này cho người trả giỏ.",
        ),
        (
            "合并缴费中有一张缴款单未能缴纳",
            "合并缴费已付款，但其中一张缴款单在此之前已缴、已取消或已变更。其余缴款单均已缴清，"
            "这部分款项没有对应的缴款单。",
            "请将这部分款项退还合并缴费的付款人。",
        ),
    ),
    CaseKind.DRAWER_DIFFERS: guide(
        (
            "A drawer that does not count",
            "At the end of a shift the drawer held another sum than its sales say. The clerk gave a"
            " reason; no payment was changed.",
            "Count it with a second person, compare with the shift report; dismiss the case with"
            " what was found.",
        ),
        (
            "Tiền trong két không khớp",
            "Cuối ca, số tiền trong két khác với số tiền theo các lần thu. Thu ngân đã ghi lý do;"
            " không khoản thanh toán nào bị thay đổi.",
            "Đếm lại cùng người thứ hai, đối chiếu báo cáo ca; đóng hồ sơ kèm kết quả.",
        ),
        (
            "钱箱盘点不符",
            "班次结束时，钱箱现金与收款记录不一致。收款员已说明原因，未更改任何付款。",
            "请与第二人复点并核对班次报告，注明结果后结案。",
        ),
    ),
}

REFUND_IS_DUE = in_languages(
    "Send the money back, then another person confirms it with the bank's or channel's reference.",
    "Chuyển trả tiền, sau đó người thứ hai xác nhận bằng số tham chiếu của ngân hàng hoặc kênh.",
    "请退回款项，再由另一人凭银行或渠道的参考号确认。",
)
NOTHING_TO_DO = in_languages("Nothing more to do.", "Không cần làm gì thêm.", "无需处理。")


def suggested_action(case: Case) -> Mapping[str, str]:
    match case.state:
        case CaseState.OPEN:
            return GUIDE[case.kind].action
        case CaseState.REFUND_DUE:
            return REFUND_IS_DUE
        case CaseState.CLOSED:
            return NOTHING_TO_DO
