"""The words of the report on what a finance system has and what we have."""

from collections.abc import Mapping

from chalicelib.finance.compare import DifferenceKind

LANGUAGES = ("vi", "zh", "en")

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Beside the finance system",
        "day": "Business day",
        "agrees": "Everything agrees",
        "differs": "{count} to look at",
        "theirs": "Bills that they list",
        "ours": "Our bills of the day",
        "agreeing": "Agreeing",
        "figures": "Figures",
        "differences": "What differs",
        "unit": "Unit",
        "reference": "Notice number",
        "payment_code": "Payment code",
        "our_side": "We have",
        "their_side": "They have",
        "line": "Line",
        "action": "What to do",
        "unpaid": "unpaid",
        "paid": "paid",
        "void": "void",
        "none": "None.",
        "nothing": "nothing",
        "first_only": "Only the first {shown} of {count} are shown; all are in the CSV file.",
    },
    "vi": {
        "title": "Đối chiếu với hệ thống tài chính",
        "day": "Ngày làm việc",
        "agrees": "Khớp hoàn toàn",
        "differs": "{count} điểm cần xem",
        "theirs": "Thông báo nộp tiền họ liệt kê",
        "ours": "Thông báo nộp tiền trong ngày của hệ thống",
        "agreeing": "Khớp",
        "figures": "Số liệu",
        "differences": "Những điểm chênh lệch",
        "unit": "Đơn vị thu",
        "reference": "Số thông báo",
        "payment_code": "Mã thanh toán",
        "our_side": "Hệ thống có",
        "their_side": "Bên tài chính có",
        "line": "Dòng",
        "action": "Cách xử lý",
        "unpaid": "chưa nộp",
        "paid": "đã nộp",
        "void": "đã hủy",
        "none": "Không có.",
        "nothing": "không có",
        "first_only": "Chỉ hiển thị {shown} trên {count}; toàn bộ có trong tệp CSV.",
    },
    "zh": {
        "title": "与财政系统核对",
        "day": "业务日期",
        "agrees": "完全一致",
        "differs": "{count} 处需要核查",
        "theirs": "对方所列缴款单",
        "ours": "本平台当日缴款单",
        "agreeing": "一致",
        "figures": "数字",
        "differences": "不一致之处",
        "unit": "执收单位",
        "reference": "缴款单号",
        "payment_code": "缴款码",
        "our_side": "本平台",
        "their_side": "财政系统",
        "line": "行",
        "action": "处理办法",
        "unpaid": "未缴",
        "paid": "已缴",
        "void": "已作废",
        "none": "无。",
        "nothing": "无",
        "first_only": "仅显示前 {shown} 条，共 {count} 条；全部见 CSV 文件。",
    },
}

# Kind → language → title, what to do.
GUIDE: Mapping[DifferenceKind, Mapping[str, tuple[str, str]]] = {
    DifferenceKind.MISSING_HERE: {
        "en": (
            "They have it, we lack it",
            "Where a code stands beside it, its message was refused: mend it and send it again. "
            "Else its message never came: send it.",
        ),
        "vi": (
            "Bên tài chính có, hệ thống không có",
            "Nếu có mã bên cạnh thì thông điệp đã bị từ chối: sửa rồi gửi lại. "
            "Nếu không, thông điệp chưa từng đến: hãy gửi.",
        ),
        "zh": (
            "对方有，本平台无",
            "旁有代码者，其报文已被拒绝：请更正后重发。无代码者，报文从未到达：请发送。",
        ),
    },
    DifferenceKind.MISSING_THERE: {
        "en": (
            "We have it, they lack it",
            "Their list is not whole, or the result was not read: compare the numbers of the "
            "results with the last one acknowledged.",
        ),
        "vi": (
            "Hệ thống có, bên tài chính không có",
            "Danh sách của họ chưa đủ, hoặc kết quả chưa được đọc: so số thứ tự kết quả với số "
            "cuối cùng họ đã xác nhận.",
        ),
        "zh": (
            "本平台有，对方无",
            "对方清单不全，或结果未读取：请将结果序号与对方最后确认的序号核对。",
        ),
    },
    DifferenceKind.AMOUNT_DIFFERS: {
        "en": (
            "Another amount",
            "An unpaid bill is amended by a message. Of a paid one our amount is what was paid.",
        ),
        "vi": (
            "Khác số tiền",
            "Khoản chưa nộp thì sửa bằng thông điệp. Khoản đã nộp thì số ở đây là số đã thu.",
        ),
        "zh": ("金额不一致", "未缴者以报文更正；已缴者以本平台金额为实缴金额。"),
    },
    DifferenceKind.STATUS_DIFFERS: {
        "en": (
            "Another status",
            "Look at the results of this bill: what is paid here has its money.",
        ),
        "vi": (
            "Khác trạng thái",
            "Xem các kết quả của thông báo này: ở đây ghi đã nộp tức là đã có tiền.",
        ),
        "zh": ("状态不一致", "请查该缴款单的结果：本平台记为已缴者，款项已到。"),
    },
    DifferenceKind.AMENDED_AFTER_PAID: {
        "en": (
            "Changed after it was paid",
            "The change was refused, the payer paid what was asked. A person of the unit decides: "
            "a further bill for what is missing, or a refund of what was too much.",
        ),
        "vi": (
            "Sửa sau khi đã nộp",
            "Việc sửa đã bị từ chối, người nộp đã nộp đúng số được yêu cầu. Đơn vị quyết định: "
            "lập thông báo bổ sung phần thiếu, hoặc hoàn trả phần thừa.",
        ),
        "zh": (
            "缴款后变更",
            "变更已被拒绝，缴款人已按当时应缴金额缴纳。由执收单位决定：少收的另开缴款单，多收的退付。",
        ),
    },
    DifferenceKind.LISTED_TWICE: {
        "en": ("Listed twice", "Only the first line counts: the list is to be made anew."),
        "vi": ("Liệt kê hai lần", "Chỉ tính dòng đầu: cần lập lại danh sách."),
        "zh": ("重复列出", "只计第一行：清单应重新生成。"),
    },
    DifferenceKind.LINE_UNREADABLE: {
        "en": ("A line that cannot be read", "Mend the line and send the whole list again."),
        "vi": ("Dòng không đọc được", "Sửa dòng này rồi gửi lại toàn bộ danh sách."),
        "zh": ("无法读取的行", "请更正该行并重发整份清单。"),
    },
}
