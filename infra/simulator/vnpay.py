"""VNPAY's side of its protocol 2.1.0, written from its documents ("PAY", "API querydr, refund")."""

import hashlib
import hmac
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from infra.simulator.actions import Payment, PayRequest, Result
from infra.simulator.config import Account
from infra.simulator.core import QUESTION_FAULTS, Core, spoil_answer
from infra.simulator.side import SIMULATOR_URL, Published, Side
from infra.simulator.statements import FAULTS
from infra.simulator.wire import Call, Refused, Reply, Request, json_reply

HANOI = timezone(timedelta(hours=7))
CODES: Mapping[Result, tuple[str, str]] = {
    Result.OPEN: ("00", "01"),
    Result.PAID: ("00", "00"),
    Result.REFUSED: ("24", "02"),
    Result.HELD: ("07", "07"),
    Result.UNKNOWN: ("88", "88"),
}
FORM_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._"
QUESTION = (
    *("RequestId", "Version", "Command", "TmnCode", "TxnRef"),
    *("TransactionDate", "CreateDate", "IpAddr", "OrderInfo"),
)
ANSWER = (
    *("ResponseId", "Command", "ResponseCode", "Message", "TmnCode", "TxnRef", "Amount"),
    *("BankCode", "PayDate", "TransactionNo", "TransactionType", "TransactionStatus"),
    *("OrderInfo", "PromotionCode", "PromotionAmount"),
)
NEEDED = (
    *("vnp_Amount", "vnp_CreateDate", "vnp_IpAddr", "vnp_OrderInfo"),
    *("vnp_ReturnUrl", "vnp_TxnRef"),
)
MESSAGES = {
    "00": "QueryDR Success",
    "02": "Invalid TmnCode",
    "03": "Invalid data format",
    "91": "Transaction not found",
    "94": "Request is duplicate",
    "97": "Invalid checksum",
}


def merchant_of(query: str) -> str:
    return dict(parse_qsl(query)).get("vnp_TmnCode", "")


def read_pay_request(account: Account, query: str) -> PayRequest:
    fields = {
        name: value
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.startswith("vnp_")
    }
    given = fields.pop("vnp_SecureHash", "")
    if not hmac.compare_digest(_hash(account.secret, _form(fields)).encode(), given.encode()):
        raise Refused(400, "vnp_SecureHash does not hold (VNPAY shows its error page, code 70)")
    missing = [name for name in NEEDED if not fields.get(name)]
    if missing or fields.get("vnp_Command") != "pay" or fields.get("vnp_Version") != "2.1.0":
        raise Refused(
            400, f"not a payment of version 2.1.0; missing: {', '.join(missing) or 'nothing'}"
        )
    amount, expires = fields["vnp_Amount"], fields.get("vnp_ExpireDate")
    if not amount.isdigit() or len(amount) > 12 or not amount.endswith("00"):
        raise Refused(400, "vnp_Amount is hundredths of a whole amount in VND, 12 digits at most")
    return PayRequest(
        channel="vnpay",
        merchant=account.merchant,
        number=fields["vnp_TxnRef"],
        amount_minor=int(amount) // 100,
        currency="VND",
        description=fields["vnp_OrderInfo"],
        created=fields["vnp_CreateDate"],
        expires_at=_read_time(expires) if expires else None,
        return_url=fields["vnp_ReturnUrl"],
        notification_url=account.notification_url,
    )


def result_query(account: Account, payment: Payment, secret: str) -> str:
    """The signed query of the IPN and of the browser's way back."""
    code, status = CODES[payment.result]
    decided = payment.decided_at or datetime.now(HANOI)
    fields = {
        "vnp_Amount": str((payment.told_minor or payment.request.amount_minor) * 100),
        "vnp_BankCode": "NCB",
        "vnp_CardType": "ATM",
        "vnp_OrderInfo": payment.request.description,
        "vnp_PayDate": _write_time(decided),
        "vnp_ResponseCode": payment.code or code,
        "vnp_TmnCode": account.merchant,
        "vnp_TransactionNo": payment.transaction_no,
        "vnp_TransactionStatus": status,
        "vnp_TxnRef": payment.request.number,
    }
    if payment.transaction_no != "0":
        fields["vnp_BankTranNo"] = f"VNP{payment.transaction_no}"
    text = _form(fields)
    return f"{text}&vnp_SecureHash={_hash(secret, text)}"


def notification(account: Account, payment: Payment, secret: str) -> Call:
    url = payment.request.notification_url
    joint = "&" if "?" in url else "?"
    return Call("GET", f"{url}{joint}{result_query(account, payment, secret)}", {}, b"")


def return_url(account: Account, payment: Payment, secret: str) -> str:
    url = payment.request.return_url
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{result_query(account, payment, secret)}"


def is_acknowledged(status: int, body: bytes) -> bool:
    """RspCode 00 and 02 end the calls."""
    try:
        return status == 200 and json.loads(body).get("RspCode") in ("00", "02")
    except (ValueError, AttributeError):
        return False


def read_question(account: Account, fields: Mapping[str, str]) -> str:
    """The code that the question itself earns."""
    if any(not fields.get(f"vnp_{name}") for name in QUESTION):
        return "03"
    text = _piped(fields, QUESTION)
    if not hmac.compare_digest(
        _hash(account.secret, text).encode(), fields.get("vnp_SecureHash", "").encode()
    ):
        return "97"
    return "00" if fields["vnp_Command"] == "querydr" else "03"


def write_answer(
    account: Account, fields: Mapping[str, str], code: str, payment: Payment | None
) -> dict[str, str]:
    answer = {
        "vnp_ResponseId": hashlib.md5(
            json.dumps(fields).encode(), usedforsecurity=False
        ).hexdigest(),
        "vnp_Command": "querydr",
        "vnp_ResponseCode": code,
        "vnp_Message": MESSAGES[code],
        "vnp_TmnCode": account.merchant,
        "vnp_TxnRef": fields.get("vnp_TxnRef", ""),
    }
    if payment is not None:
        answer |= {
            "vnp_Amount": str((payment.told_minor or payment.request.amount_minor) * 100),
            "vnp_OrderInfo": payment.request.description,
            "vnp_BankCode": "NCB",
            "vnp_PayDate": _write_time(payment.decided_at) if payment.decided_at else "",
            "vnp_TransactionNo": payment.transaction_no,
            "vnp_TransactionType": "01",
            "vnp_TransactionStatus": CODES[payment.result][1],
        }
    answer["vnp_SecureHash"] = _hash(account.secret, _piped(answer, ANSWER))
    return answer


def _piped(fields: Mapping[str, str], names: Iterable[str]) -> str:
    return "|".join(fields.get(f"vnp_{name}", "") for name in names)


def _hash(secret: str, text: str) -> str:
    return hmac.digest(secret.encode(), text.encode(), hashlib.sha512).hex()


def _form(fields: Mapping[str, str]) -> str:
    """application/x-www-form-urlencoded as browsers write it (WHATWG URL, section 5.2)."""

    def written(text: str) -> str:
        return "".join(
            chr(byte) if byte in FORM_SAFE else "+" if byte == 0x20 else f"%{byte:02X}"
            for byte in text.encode()
        )

    return "&".join(
        f"{written(name)}={written(fields[name])}" for name in sorted(fields) if fields[name]
    )


def _write_time(instant: datetime) -> str:
    return f"{instant.astimezone(HANOI):%Y%m%d%H%M%S}"


def _read_time(text: str) -> datetime:
    try:
        return datetime.strptime(unquote_plus(text), "%Y%m%d%H%M%S").replace(tzinfo=HANOI)
    except ValueError as error:
        raise Refused(400, "vnp_ExpireDate is not yyyyMMddHHmmss") from error


def answer_question(core: Core, request: Request) -> Reply:
    fields = {name: str(value) for name, value in request.fields.items()}
    account = core.config.account("vnpay", fields.get("vnp_TmnCode", ""))
    if account is None:
        return json_reply({"vnp_ResponseCode": "02", "vnp_Message": "Invalid TmnCode"})
    fault = core.question_fault("vnpay")
    code = read_question(account, fields)
    if code == "00" and not core.is_new_question(account.merchant, fields["vnp_RequestId"]):
        code = "94"
    payment = None
    if code == "00":
        asked = (fields["vnp_TxnRef"], fields["vnp_TransactionDate"])
        for known in core.payments("vnpay", account.merchant):
            if (known.request.number, known.request.created) == asked:
                payment = known
        code = "00" if payment else "91"
    spoil_answer(fault or ("drop" if payment and payment.is_mute else None))
    answer = write_answer(account, fields, code, payment)
    if fault == "bad_signature":
        answer["vnp_SecureHash"] = answer["vnp_SecureHash"][::-1]
    return json_reply(answer)


# These credentials are published: they guard nothing.
VNPAY_TMN_CODE, OTHER_TMN_CODE = "ERRLESS1", "ERRLESS2"
VNPAY_HASH_SECRET = "SIMULATORONLYPUBLISHEDVNPAYKEY01"  # noqa: S105 - published on purpose
OTHER_HASH_SECRET = "SIMULATORONLYPUBLISHEDVNPAYKEY02"  # noqa: S105 - published on purpose
STATEMENT_LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "TxnRef",
        "provider_transaction": "TransactionNo",
        "amount": "Amount",
        "paid_at": "PayDate",
        "kind": "Type",
        "status": "Status",
    },
    "amount": {"scale": "decimal"},
    "paid_at": {"format": "%Y%m%d%H%M%S", "zone": "Asia/Ho_Chi_Minh"},
    "kind": {"payment": ["01"], "refund": ["02", "03"]},
    "status": {"accepted": ["00"]},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}


def _published(tmn_code: str, secret: str) -> Published:
    fields = {
        "tmn_code": tmn_code,
        "payment_url": f"{SIMULATOR_URL}/vnpay/pay",
        "api_url": f"{SIMULATOR_URL}/vnpay/api",
    }
    return Published(Account("vnpay", tmn_code, secret), fields, {"hash_secret": secret})


SIDE = Side(
    channel="vnpay",
    published=(
        _published(VNPAY_TMN_CODE, VNPAY_HASH_SECRET),
        _published(OTHER_TMN_CODE, OTHER_HASH_SECRET),
    ),
    protocol=sys.modules[__name__],
    routes=(("POST", "/vnpay/api", answer_question),),
    statement_layout=STATEMENT_LAYOUT,
    faults=QUESTION_FAULTS,
    file_faults=FAULTS,
)
