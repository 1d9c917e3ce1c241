"""Alipay's gateway: the payer's pages, and the questions and orders of the application."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from infra.simulator import alipay
from infra.simulator.actions import Payment, Refund, Result
from infra.simulator.alipay_bill import BILL_FAULTS, write_bill
from infra.simulator.config import Account
from infra.simulator.core import Core, spoil_answer
from infra.simulator.pages import pay_page
from infra.simulator.wire import Dropped, Refused, Reply, Request, json_reply, text_reply

LINK_SECONDS = 30
SUCCESS = {"code": "10000", "msg": "Success"}
Fields = Mapping[str, Any]


def open_gateway(core: Core, request: Request) -> Reply:
    payment = core.open_payment("alipay", request.query)
    return Reply(200, pay_page(payment).encode(), "text/html; charset=utf-8")


def post_to_gateway(core: Core, request: Request) -> Reply:
    """A payer's button, or a request of the application's."""
    if "action" in request.options:
        return _act(core, request, request.query)
    return _answer(core, request)


def open_code(core: Core, _request: Request, key: str) -> Reply:
    payment = core.open_payment("alipay", core.kept(key))
    return Reply(200, pay_page(payment).encode(), "text/html; charset=utf-8")


def act_on_code(core: Core, request: Request, key: str) -> Reply:
    return _act(core, request, core.kept(key))


def give_bill(core: Core, request: Request, merchant: str, day: str) -> Reply:
    """What a link leads to, for as long as it lives."""
    account = core.account("alipay", merchant)
    until = request.options.get("until", "")
    if not hmac.compare_digest(request.options.get("key", ""), _key_of(account, day, until)):
        raise Refused(403, "the link is not one of ours")
    if core.now().timestamp() > float(until):
        raise Refused(403, "the link is over")
    return _bill(core, account, day, [])


def give_statement(core: Core, request: Request, merchant: str, day: str) -> Reply:
    """As `give_bill`, for a script: at any time, and spoiled as it wants."""
    faults = [name for name in request.options.get("faults", "").split(",") if name]
    return _bill(core, core.account("alipay", merchant), day, faults)


ROUTES: tuple[tuple[str, str, Callable[..., Reply]], ...] = (
    ("GET", "/alipay/gateway\\.do", open_gateway),
    ("POST", "/alipay/gateway\\.do", post_to_gateway),
    ("GET", "/alipay/qr/([0-9a-f]+)", open_code),
    ("POST", "/alipay/qr/([0-9a-f]+)", act_on_code),
    ("GET", "/alipay/bills/([^/]+)/([^/]+)\\.zip", give_bill),
    ("GET", "/alipay/([^/]+)/statements/([^/]+)\\.zip", give_statement),
)


def _act(core: Core, request: Request, query: str) -> Reply:
    payment = core.open_payment("alipay", query)
    done = core.act(payment, request.options.get("action", ""), request.options)
    if not done.return_url:
        return text_reply(done.text)
    return text_reply(f"{done.text}\nreturn to {done.return_url}", 303, Location=done.return_url)


def _answer(core: Core, request: Request) -> Reply:
    """The effect comes first: a spoiled answer to a refund is one whose money moved."""
    text = "&".join(part for part in (request.query, request.body.decode()) if part)
    method = dict(parse_qsl(text)).get("method", "")
    account = core.config.account("alipay", alipay.merchant_of(text))
    if account is None:
        return _error("isv.invalid-app-id")
    try:
        fields, content = alipay.read_request(account, text)
    except Refused as refused:
        return _error(refused.reason)
    if method not in METHODS:
        return _error("isv.invalid-method")
    fault = core.question_fault("alipay")
    told = METHODS[method](_Asked(core, account, request, fields, text), content)
    spoil_answer(fault)
    return _envelope(account, method, told, is_spoiled=fault == "bad_signature")


class _Asked:
    """One request, with all that an answer to it may need."""

    def __init__(
        self, core: Core, account: Account, request: Request, fields: Fields, text: str
    ) -> None:
        self.core = core
        self.account = account
        self.base_url = f"http://{request.headers.get('host', '')}"
        self.fields = fields
        self.text = text

    def find(self, content: Fields) -> Payment | None:
        for payment in self.core.payments("alipay", self.account.merchant):
            if payment.request.number == content.get("out_trade_no"):
                return payment
        return None


def _query(asked: _Asked, content: Fields) -> Fields:
    payment = asked.find(content)
    if payment is None:
        return _failed(content, "ACQ.TRADE_NOT_EXIST", "交易不存在")
    if payment.is_mute:
        raise Dropped
    return {
        **SUCCESS,
        "buyer_logon_id": "138****0000",
        **alipay.trade_of(payment, "send_pay_date"),
    }


def _precreate(asked: _Asked, content: Fields) -> Fields:
    alipay.read_pay_request(asked.account, asked.text)
    known = asked.find(content)
    if known is not None and known.result is Result.PAID:
        return _failed(content, "ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
    key = asked.core.keep(asked.text)
    url = f"{asked.base_url}/alipay/qr/{key}"
    return {**SUCCESS, "out_trade_no": content.get("out_trade_no"), "qr_code": url}


def _close(asked: _Asked, content: Fields) -> Fields:
    payment = asked.find(content)
    if payment is None:
        return _failed(content, "ACQ.TRADE_NOT_EXIST", "交易不存在")
    if payment.result is not Result.OPEN:
        return _failed(content, "ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    now = asked.core.now()
    asked.core.change(payment, lambda known: replace(known, result=Result.CLOSED, decided_at=now))
    return {**SUCCESS, "out_trade_no": payment.request.number}


def _refund(asked: _Asked, content: Fields) -> Fields:
    """A number that came before, with the same amount, moves nothing again."""
    payment = asked.find(content)
    if payment is None:
        return _failed(content, "ACQ.TRADE_NOT_EXIST", "交易不存在")
    if payment.result is not Result.PAID:
        return _failed(content, "ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    wanted = Refund(
        str(content.get("out_request_no", "")),
        alipay.to_fen(str(content.get("refund_amount", ""))),
        alipay.write_time(asked.core.now()),
    )
    known = {refund.number: refund for refund in payment.refunds}.get(wanted.number)
    if known is not None and known.amount_minor != wanted.amount_minor:
        return _failed(content, "ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
    refunded = sum(refund.amount_minor for refund in payment.refunds)
    if known is None:
        if refunded + wanted.amount_minor > payment.told_minor:
            return _failed(content, "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
        refunded += wanted.amount_minor
        payment = asked.core.change(
            payment, lambda before: replace(before, refunds=(*before.refunds, wanted))
        )
        asked.core.tell(payment)
    return {
        **SUCCESS,
        "out_trade_no": payment.request.number,
        "trade_no": alipay.trade_no(payment),
        "fund_change": "N" if known else "Y",
        "refund_fee": alipay.to_yuan(refunded),
        "gmt_refund_pay": (known or wanted).at,
    }


def _query_refund(asked: _Asked, content: Fields) -> Fields:
    payment = asked.find(content)
    if payment is None:
        return _failed(content, "ACQ.TRADE_NOT_EXIST", "交易不存在")
    told = {**SUCCESS, "out_trade_no": payment.request.number}
    for refund in payment.refunds:
        if refund.number == content.get("out_request_no"):
            return {
                **told,
                "trade_no": alipay.trade_no(payment),
                "out_request_no": refund.number,
                "refund_status": "REFUND_SUCCESS",
                "refund_amount": alipay.to_yuan(refund.amount_minor),
                "total_amount": alipay.to_yuan(payment.told_minor),
                "gmt_refund_pay": refund.at,
            }
    return told


def _bill_link(asked: _Asked, content: Fields) -> Fields:
    day, now = str(content.get("bill_date")), asked.core.now()
    today = now.astimezone(alipay.BEIJING).date()
    if content.get("bill_type") != "trade" or _read_day(day) >= today:
        return {"code": "40004", "msg": "Business Failed", "sub_code": "isp.bill_not_exist"}
    until = str(round(now.timestamp()) + LINK_SECONDS)
    key = _key_of(asked.account, day, until)
    path = f"/alipay/bills/{asked.account.merchant}/{day}.zip?until={until}&key={key}"
    return {**SUCCESS, "bill_download_url": f"{asked.base_url}{path}"}


METHODS: Mapping[str, Callable[[_Asked, Fields], Fields]] = {
    "alipay.trade.query": _query,
    "alipay.trade.precreate": _precreate,
    "alipay.trade.close": _close,
    "alipay.trade.refund": _refund,
    "alipay.trade.fastpay.refund.query": _query_refund,
    "alipay.data.dataservice.bill.downloadurl.query": _bill_link,
}


def _bill(core: Core, account: Account, day: str, faults: list[str]) -> Reply:
    if not set(faults) <= set(BILL_FAULTS):
        raise Refused(400, f"faults: {', '.join(BILL_FAULTS)}")
    payments = core.payments("alipay", account.merchant)
    content = write_bill(account, payments, _read_day(day), faults, core.now())
    return Reply(200, content, "application/zip")


def _read_day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=alipay.BEIJING).date()
    except ValueError as error:
        raise Refused(400, "not a date") from error


def _key_of(account: Account, day: str, until: str) -> str:
    message = f"{account.merchant}|{day}|{until}".encode()
    return hmac.digest(account.secret.encode(), message, hashlib.sha256).hex()


def _failed(content: Fields, sub_code: str, sub_msg: str) -> Fields:
    return {
        "code": "40004",
        "msg": "Business Failed",
        "sub_code": sub_code,
        "sub_msg": sub_msg,
        "out_trade_no": content.get("out_trade_no"),
    }


def _error(sub_code: str) -> Reply:
    """Unsigned, as the gateway's own errors come."""
    told = {"code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code}
    return json_reply({"error_response": told})


def _envelope(account: Account, method: str, told: Fields, *, is_spoiled: bool) -> Reply:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    signature = alipay.sign(account.secret, text)
    if is_spoiled:
        signature = signature[::-1]
    member = f"{method.replace('.', '_')}_response"
    body = f'{{"{member}":{text},"sign":"{signature}"}}'
    return Reply(200, body.encode(), "text/html;charset=utf-8")
