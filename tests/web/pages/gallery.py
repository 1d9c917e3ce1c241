"""Every page in every state, for the tests that hold for all of them."""

from dataclasses import replace

from chalicelib.channels.contract import FormPost, Instructions, PayerAction, QrCode, Redirect
from chalicelib.domain.apps import App
from chalicelib.web.pages.action_page import action_page
from chalicelib.web.pages.basket_page import TypedBills, basket_page
from chalicelib.web.pages.error_page import Problem, error_page
from chalicelib.web.pages.find_page import (
    Typed,
    front_page,
    printed_code_page,
    status_form_page,
)
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.number_page import number_page
from chalicelib.web.pages.pay_page import Updates, pay_page
from chalicelib.web.pages.receipt_page import receipt_page
from chalicelib.web.pages.scheme_page import TypedNumber, scheme_page
from chalicelib.web.pages.sheet_page import sheet_page
from chalicelib.web.pages.status_page import status_page
from tests.web.pages.samples import (
    ADDRESS,
    BASKET,
    BILL_CODES,
    BILLS,
    CHOICES,
    CODE,
    ORDER,
    ORDERS,
    PROVINCE,
    RECEIPT,
    UNIT,
    WALLET_ACCOUNTS,
    WALLETS,
    frame_in,
    view_of,
)

PAYER = "Nguyễn Văn A"
VIETQR = (
    "00020101021238540010A00000072701240006970436011012345678900208QRIBFTTA"
    "53037045406700000580 2VN62220818220000000000000092".replace(" ", "")
)
ACTIONS: dict[str, PayerAction] = {
    "form": FormPost("https://pay.example.vn/form", {"amount": "700000", "sign": '<&">'}),
    "redirect": Redirect("https://pay.example.vn/go?x=1&y=2"),
    "qr": QrCode(VIETQR),
    "instructions": Instructions("Chuyển khoản tới 123456789.\nGhi mã thanh toán."),
}


def gallery(language: str) -> dict[str, tuple[Page, Frame]]:
    frame = frame_in(language)
    pages: dict[str, tuple[Page, Frame]] = {}
    for name, order in ORDERS.items():
        view, own = view_of(order, PAYER), replace(frame, mode=order.mode)
        pages[f"pay-{name}"] = (pay_page(view, CHOICES, Updates(), own), own)
        pages[f"status-{name}"] = (status_page(view, own), own)
    closed = tuple(choice for choice in CHOICES if choice.closed_reason)
    pages["pay-all_closed"] = (pay_page(view_of(ORDER), closed, Updates(), frame), frame)
    for name, action in ACTIONS.items():
        page = action_page(action, CHOICES[0].names, view_of(ORDER), frame)
        pages[f"action-{name}"] = (page, frame)
    for problem in Problem:
        page = error_page(problem, frame, trace_id="1-67c2-abc", channel="VNPAY", back=ADDRESS)
        pages[f"error-{problem}"] = (page, frame)
    for app in App:
        inside = replace(
            frame, app=app, province=replace(PROVINCE, channel_accounts=WALLET_ACCOUNTS)
        )
        pages[f"pay-in-{app}"] = (pay_page(view_of(ORDER), WALLETS, Updates(), inside), inside)
    for app in (App.ALIPAY, App.WECHAT):
        inside = replace(
            frame, app=app, province=replace(PROVINCE, channel_accounts=WALLET_ACCOUNTS)
        )
        pages[f"front-in-{app}"] = (front_page(Typed(), inside), inside)
        pages[f"printed-code-in-{app}"] = (printed_code_page(CODE, inside), inside)
        entry = inside.province.schemes[0]
        pages[f"scheme-in-{app}"] = (scheme_page(entry, TypedNumber(), inside), inside)
    pages["front"] = (front_page(Typed(), frame), frame)
    pages["front-problems"] = (front_page(Typed.read("220000000000000093", ""), frame), frame)
    scheme = frame.province.schemes[0]
    pages["scheme"] = (scheme_page(scheme, TypedNumber(), frame), frame)
    pages["sheet"] = (sheet_page(scheme, replace(frame, base_url="https://pay.test")), frame)
    pages["scheme-problems"] = (scheme_page(scheme, TypedNumber("", "ABC"), frame), frame)
    pages["number"] = (number_page(None, TypedNumber(), frame), frame)
    pages["number-problems"] = (
        number_page("", TypedNumber.read("", "", takes_fact=True), frame),
        frame,
    )
    with_fact = replace(scheme, second_fact_names={"vi": "Biển số xe", "en": "Vehicle plate"})
    pages["scheme-with-fact"] = (scheme_page(with_fact, TypedNumber(takes_fact=True), frame), frame)
    outdated = replace(
        view_of(BASKET), bills=BILLS, changed_bills=frozenset({BILL_CODES[0], BILL_CODES[2]})
    )
    pages["pay-basket_outdated"] = (pay_page(outdated, CHOICES, Updates(), frame), frame)
    pages["basket"] = (basket_page(TypedBills(), "key", frame), frame)
    typed = TypedBills.read(f"{CODE} ABC\n12\n")
    pages["basket-problems"] = (basket_page(typed, "key", frame), frame)
    pages["basket-empty"] = (basket_page(TypedBills.read(" "), "key", frame), frame)
    pages["status-form"] = (status_form_page(Typed(), frame), frame)
    pages["printed-code"] = (printed_code_page(CODE, frame), frame)
    pages["receipt"] = (receipt_page(RECEIPT, UNIT, PAYER, frame), frame)
    void = replace(RECEIPT, voided_at=RECEIPT.issued_at, void_reason="payment_reversed")
    pages["receipt-void"] = (receipt_page(void, UNIT, PAYER, frame), frame)
    return pages
