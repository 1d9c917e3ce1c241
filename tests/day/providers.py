"""The providers' sides: what they send to the platform, and what they answer when it asks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

from chalicelib.outbound import Response
from tests.channels import alipay_wire, vietqr_wire, vnpay_wire
from tests.day.facts import Account, Fact, Told
from tests.support.local_province import Clock, HttpAnswer, LocalProvince
from tests.support.portal_receiver import PortalReceiver

ZONES = {"vnpay": "Asia/Ho_Chi_Minh", "vietqr": "Asia/Ho_Chi_Minh", "alipay": "Asia/Shanghai"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
BILLS = alipay_wire.GATEWAY.replace("gateway.do", "bills")
VNPAY_API = "https://vnpay.test/api"
FORGED = {"vnpay": "97", "alipay": "fail", "vietqr": "False"}


def tmn_code(account: Account) -> str:
    return f"GOV{account.unit}"


def hash_secret(account: Account) -> str:
    return f"{vnpay_wire.SECRET}{account.unit}"


def app_id(account: Account) -> str:
    return f"{alipay_wire.APP_ID[:-1]}{_place(account)}"


def seller_id(account: Account) -> str:
    return f"{alipay_wire.SELLER_ID[:-1]}{_place(account)}"


def account_number(account: Account) -> str:
    return f"{vietqr_wire.ACCOUNT_NUMBER[:-1]}{_place(account)}"


def _place(account: Account) -> int:
    return 1 if account.unit == "UNITA" else 2


def bill_url(account: Account, day: date) -> str:
    """Where Alipay has the bill of a day."""
    return f"{BILLS}/{app_id(account)}/{day}"


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def account_parts(account: Account) -> tuple[dict[str, str], dict[str, str]]:
    """Fields and secret of the platform's account."""
    if account.channel == "vnpay":
        addresses = {"payment_url": "https://vnpay.test/pay", "api_url": VNPAY_API}
        return {"tmn_code": tmn_code(account), **addresses}, {"hash_secret": hash_secret(account)}
    if account.channel == "alipay":
        fields = alipay_wire.alipay_credentials(app_id(account), seller_id(account))
        return dict(fields.account.fields), dict(alipay_wire.SECRETS)
    fields = vietqr_wire.vietqr_credentials(account_number(account))
    return dict(fields.account.fields), dict(vietqr_wire.SECRETS)


def send(
    province: LocalProvince, fact: Fact, payment_no: str, *, forged: bool = False, turn: int = 0
) -> str:
    """The notification of a success; what the platform says to it, in the provider's words.
    `turn`: which of the aggregators tells, where several see the account."""
    sender = {"vnpay": _send_vnpay, "alipay": _send_alipay, "vietqr": _send_credit}
    return sender[fact.account.channel](province, fact, payment_no, forged, turn)


def send_refusal(province: LocalProvince, account: Account, payment_no: str, fen: int) -> str:
    """VNPAY's word that the payer gave up: transaction 0, and no money."""
    told = {"vnp_ResponseCode": "24", "vnp_TransactionStatus": "02", "vnp_TransactionNo": "0"}
    values = {**vnpay_wire.PAID, **told, "vnp_TxnRef": payment_no, "vnp_Amount": str(fen * 100)}
    return _get_vnpay(province, account, values, hash_secret(account))


def _send_vnpay(province: LocalProvince, fact: Fact, payment_no: str, forged: bool, _: int) -> str:
    values = {**vnpay_wire.PAID, **_vnpay_facts(fact), "vnp_TxnRef": payment_no}
    secret = "another one's" if forged else hash_secret(fact.account)
    return _get_vnpay(province, fact.account, values, secret)


def _get_vnpay(
    province: LocalProvince, account: Account, values: Mapping[str, str], secret: str
) -> str:
    signed = vnpay_wire.signed_query({**values, "vnp_TmnCode": tmn_code(account)}, secret)
    answer = province.http("GET", f"{_path(account)}?{urlencode(signed)}")
    return str(_expect_200(answer).json["RspCode"])


def _vnpay_facts(fact: Fact) -> dict[str, str]:
    return {
        "vnp_Amount": str(fact.moved_minor * 100),
        "vnp_TransactionNo": fact.name,
        "vnp_PayDate": f"{_local(fact):%Y%m%d%H%M%S}",
    }


def _send_alipay(province: LocalProvince, fact: Fact, payment_no: str, forged: bool, _: int) -> str:
    own = {
        "app_id": app_id(fact.account),
        "auth_app_id": app_id(fact.account),
        "seller_id": seller_id(fact.account),
        "out_trade_no": payment_no,
        "trade_no": fact.name,
        "gmt_payment": f"{_local(fact):%Y-%m-%d %H:%M:%S}",
    }
    amounts = ("total_amount", "receipt_amount", "invoice_amount", "buyer_pay_amount")
    fields = {**alipay_wire.PAID, **own, **dict.fromkeys(amounts, yuan(fact.moved_minor))}
    key = alipay_wire.FORGERS_KEY if forged else alipay_wire.ALIPAY_KEY
    body = urlencode(alipay_wire.signed(fields, key)).encode()
    return _expect_200(province.http("POST", _path(fact.account), body, dict(FORM))).text


def _send_credit(
    province: LocalProvince, fact: Fact, payment_no: str, forged: bool, turn: int
) -> str:
    """By Casso, SePay or payOS."""
    at = f"{_local(fact):%Y-%m-%d %H:%M:%S}"
    memo = f"MBVCB.3278907687.{payment_no}.CT tu NGUYEN VAN A" if payment_no else "NOP TIEN"
    number = account_number(fact.account)
    match (int(fact.name[2:]) + turn) % 3:
        case 0:
            told = {"reference": fact.name, "amount": fact.moved_minor, "description": memo}
            where = {"transactionDateTime": at, "accountNumber": number}
            credit = {**vietqr_wire.CASSO_CREDIT, **told, **where}
            message = vietqr_wire.casso(credit, "forged" if forged else vietqr_wire.CASSO_KEY)
        case 1:
            told = {"referenceCode": fact.name, "transferAmount": fact.moved_minor, "content": memo}
            where = {"transactionDate": at, "accountNumber": number}
            body = {**vietqr_wire.SEPAY_CREDIT, **told, **where}
            age = vietqr_wire.RECEIVED_AT - province.clock.at
            secret = "forged" if forged else vietqr_wire.SEPAY_SECRET
            message = vietqr_wire.sepay(body, secret, age)
        case _:
            told = {"reference": fact.name, "amount": fact.moved_minor, "description": memo}
            where = {"transactionDateTime": at, "accountNumber": number}
            credit = {**vietqr_wire.PAYOS_CREDIT, **told, **where}
            message = vietqr_wire.payos(credit, "forged" if forged else vietqr_wire.PAYOS_KEY)
    headers = {**message.headers, "Content-Type": "application/json"}
    answer = province.http("POST", _path(fact.account), message.raw_body, headers)
    return str(answer.json["success"])


def _path(account: Account) -> str:
    return f"/channels/{account.channel}/{account.name}/notifications"


def _expect_200(answer: HttpAnswer) -> HttpAnswer:
    assert answer.status == 200, answer
    return answer


def _local(fact: Fact) -> Any:
    return fact.at.astimezone(ZoneInfo(ZONES[fact.account.channel]))


@dataclass
class Outside:
    """Providers that are asked, and portals that are told. `paid`: by payment number; a provider
    knows of it from its time on. `bills`: what Alipay has to be fetched, by address."""

    clock: Clock
    paid: dict[str, Fact] = field(default_factory=dict)
    bills: dict[str, bytes] = field(default_factory=dict)
    portals: PortalReceiver = field(default_factory=PortalReceiver)

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float
    ) -> Response:
        if url == VNPAY_API:
            return self._answer_vnpay(json.loads(body))
        if url.startswith(alipay_wire.GATEWAY):
            asked = parse_qs(urlsplit(url).query)
            return self._answer_alipay(asked["method"][0], asked["app_id"][0], body)
        return self.portals.post(url, body, headers, timeout_seconds)

    def get(
        self, url: str, headers: Mapping[str, str], timeout_seconds: float, max_bytes: int = 0
    ) -> Response:
        return Response(200, {"Content-Type": "application/zip"}, self.bills[url])

    def _answer_vnpay(self, question: Mapping[str, str]) -> Response:
        fact = self._paid(question["vnp_TxnRef"])
        if fact is not None and fact.told is Told.NEVER:
            return GARBAGE
        own = {name: question[name] for name in ("vnp_TxnRef", "vnp_TmnCode")}
        told = {**vnpay_wire.ANSWERED, **own}
        told |= {"vnp_ResponseCode": "91"} if fact is None else _vnpay_facts(fact)
        secret = f"{vnpay_wire.SECRET}{own['vnp_TmnCode'].removeprefix('GOV')}"
        return vnpay_wire.answering(vnpay_wire.signed_answer(told, secret))(b"")

    def _answer_alipay(self, method: str, app: str, body: bytes) -> Response:
        asked = alipay_wire.content_of(body)
        if method == BILL_QUERY:
            url = f"{BILLS}/{app}/{asked['bill_date']}"
            told = {"code": "10000", "msg": "Success", "bill_download_url": url}
            return alipay_wire.answering(method, told if url in self.bills else NO_BILL)(b"")
        assert method == "alipay.trade.query", method
        payment_no = asked["out_trade_no"]
        fact = self._paid(payment_no)
        if fact is None:
            told = {**alipay_wire.ABSENT, "out_trade_no": payment_no}
            return alipay_wire.answering(method, told)(b"")
        if fact.told is Told.NEVER:
            return GARBAGE
        told = {
            **alipay_wire.ANSWERED,
            "out_trade_no": payment_no,
            "trade_no": fact.name,
            "total_amount": yuan(fact.moved_minor),
            "send_pay_date": f"{_local(fact):%Y-%m-%d %H:%M:%S}",
        }
        return alipay_wire.answering(method, told)(b"")

    def _paid(self, payment_no: str) -> Fact | None:
        fact = self.paid.get(payment_no)
        return fact if fact is not None and fact.at <= self.clock.at else None


BILL_QUERY = "alipay.data.dataservice.bill.downloadurl.query"
NO_BILL = {
    "code": "40004",
    "msg": "Business Failed",
    "sub_code": "isp.bill_not_exist",
    "sub_msg": "账单不存在",
}
GARBAGE = Response(200, {"Content-Type": "text/html"}, b"<html>Service Unavailable</html>")
