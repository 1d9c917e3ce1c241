"""Sign in, counters, a shift's desk, an order, what was sold, and the report."""

from collections.abc import Mapping, Sequence

from chalicelib.domain.catalog import FeeItem
from chalicelib.domain.counters import CASH, POS, Counter
from chalicelib.domain.electronic_share import percent_text, share_of
from chalicelib.domain.identifiers import group_payment_code
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Recorded
from chalicelib.domain.shifts import MEANS, Sale, Shift, ShiftState, expected_in_drawer, taken_by
from chalicelib.web.counter_page.markup import Desk, card, facts, field
from chalicelib.web.pages.form_fields import ChoiceField, post_form
from chalicelib.web.pages.formats import format_amount
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.texts import Texts

TOLD = {Recorded.PAID, Recorded.REPEATED, Recorded.TRANSACTION_REUSED}


def login_page(frame: Frame, words: Texts, *, is_refused: bool = False) -> Page:
    key = field(words, "access_key", "login.key", maxlength=80, autocapitalize="none")
    problem = element("p", words("login.refused"), class_="problem", role="alert")
    body = card(
        None,
        element("h1", words("login.title")),
        element("p", words("login.lead")),
        problem if is_refused else None,
        post_form("/counter/login", words("login.button"), (key,), frame),
    )
    return Page(words("login.title"), body, status=401 if is_refused else 200)


def home_page(desk: Desk, clerk: str, counters: Sequence[tuple[Counter, str | None]]) -> Page:
    """`counters`: each with its open shift."""
    words = desk.words
    cards = [_counter_card(desk, counter, shift) for counter, shift in counters]
    lead = element("p", words("home.lead", clerk=clerk))
    return desk.page(words("home.title"), card(words("home.title"), lead, level="h1"), *cards)


def _counter_card(desk: Desk, counter: Counter, shift: str | None) -> Html:
    words, frame = desk.words, desk.frame
    name = desk.frame.texts.choose(counter.names)[0]
    if shift is not None:
        go_on = words("home.go_on", shift=shift)
        link = element("a", go_on, href=frame.link(f"/counter/shifts/{shift}"), class_="button")
        return card(name, link)
    money = field(words, f"float-{counter.counter}", "home.float", inputmode="numeric")
    return card(name, desk.form(f"/counter/{counter.counter}/shifts", "home.open", money))


def desk_page(desk: Desk, shift: Shift, sales: list[Sale], items: Sequence[FeeItem]) -> Page:
    words, path = desk.words, f"/counter/shifts/{shift.shift_id}"
    title = words("desk.title", shift=shift.shift_id)
    if shift.state is ShiftState.CLOSED:
        return desk.page(words("report.title", shift=shift.shift_id), _report(desk, shift, sales))
    code = field(words, "payment_code", "desk.code", inputmode="numeric", maxlength=30)
    counted = field(words, "counted", "desk.counted", inputmode="numeric")
    close = (counted, field(words, "reason", "desk.reason", maxlength=500))
    return desk.page(
        title,
        card(
            None,
            element("h1", title),
            element("h2", words("desk.find")),
            desk.form(f"{path}/find", "desk.find_button", code),
        ),
        card(words("desk.issue"), _issue_form(desk, path, items)) if items else None,
        _report(desk, shift, sales),
        card(words("desk.close"), desk.form(f"{path}/close", "desk.close_button", *close)),
    )


def _issue_form(desk: Desk, path: str, items: Sequence[FeeItem]) -> Html:
    words = desk.words
    options = tuple((item.code, desk.frame.named(item.names)) for item in items)
    choice = ChoiceField(
        name="fee_item",
        label=words("desk.item"),
        hint=words("desk.item_hint"),
        value="",
        groups={words("desk.item"): options},
    )
    return desk.form(
        f"{path}/orders",
        "desk.issue_button",
        choice,
        field(words, "quantity", "desk.quantity", inputmode="numeric", maxlength=7),
        field(words, "amount", "desk.amount", inputmode="numeric", maxlength=20),
        field(words, "reference", "desk.reference", maxlength=64),
        field(words, "payer", "desk.payer", maxlength=200),
    )


def order_page(desk: Desk, shift_id: str, order: Order, counter: Counter, qr: Html) -> Page:
    words = desk.words
    path = f"/counter/shifts/{shift_id}/orders/{order.payment_code}"
    paper = element(
        "a", words("order.print"), href=desk.frame.link(f"{path}/paper"), class_="button"
    )
    scan = element("div", element("h2", words("order.qr")), qr, class_="qr")
    forms = _tender_forms(desk, path, order, counter) if order.is_payable else ()
    return desk.page(
        words("order.title"),
        card(words("order.title"), _order_facts(desk, order), element("p", paper), level="h1"),
        *forms,
        card(None, scan) if order.is_payable else None,
        _back(desk, shift_id),
    )


def _order_facts(desk: Desk, order: Order) -> Html:
    words, texts = desk.words, desk.frame.texts
    names = ", ".join(texts.choose(line.names)[0] for line in order.lines)
    return facts(
        {
            words("order.amount"): element("strong", format_amount(order.amount, texts)),
            words("order.status"): words(f"status.{order.status.value}"),
            words("order.items"): names,
            words("order.code"): group_payment_code(order.payment_code),
            words("order.reference"): order.reference,
        }
    )


def _tender_forms(desk: Desk, path: str, order: Order, counter: Counter) -> tuple[Html, ...]:
    words, owed = desk.words, order.amount.amount_minor
    received = field(words, "received", "order.received", inputmode="numeric")
    form = desk.form(f"{path}/cash", "order.cash_button", received, owed=owed)
    cash = card(words("order.cash"), form)
    if counter.account_for(POS) is None:
        return (cash,)
    names = ("terminal", "batch", "trace", "reference", "masked_pan", "brand")
    hints = {"masked_pan": "slip.pan_hint"}
    fields = (
        field(words, name, f"slip.{name}", hint=hints.get(name, "slip.hint")) for name in names
    )
    slip = desk.form(f"{path}/slip", "order.card_button", *fields, owed=owed)
    return cash, card(words("order.card"), slip)


def sold_page(desk: Desk, sale: Sale) -> Page:
    words, texts = desk.words, desk.frame.texts
    assert sale.recorded is not None, "a sale that is told of is finished"
    told = sale.recorded.value if sale.recorded in TOLD else "other"
    rows: dict[str, Html | str] = {
        words("sold.amount"): format_amount(sale.amount, texts),
        words("sold.number"): sale.number,
    }
    if sale.received_minor is not None:
        change = format_amount(Money(sale.change_minor, sale.amount.currency), texts)
        rows = {words("sold.change"): element("strong", change), **rows}
    is_good = sale.recorded in (Recorded.PAID, Recorded.REPEATED)
    panel = element(
        "section",
        element("h1", words("sold.title")),
        element("p", words(f"sold.{told}")),
        facts(rows),
        class_="panel paid" if is_good else "panel",
    )
    return desk.page(words("sold.title"), panel, _back(desk, sale.shift_id))


def _back(desk: Desk, shift_id: str) -> Html:
    href = desk.frame.link(f"/counter/shifts/{shift_id}")
    link = element("a", desk.words("order.back"), href=href)
    return element("p", link, class_="return")


def _report(desk: Desk, shift: Shift, sales: list[Sale]) -> Html:
    words = desk.words
    title = words("report.title", shift=shift.shift_id)
    is_alone = shift.state is ShiftState.CLOSED
    return card(title, facts(_report_rows(desk, shift, sales)), level="h1" if is_alone else "h2")


def _report_rows(desk: Desk, shift: Shift, sales: list[Sale]) -> Mapping[str, Html | str]:
    words, texts = desk.words, desk.frame.texts

    def money(minor: int) -> str:
        return format_amount(Money(minor, shift.currency), texts)

    rows: dict[str, Html | str] = {
        words("report.state"): words(f"report.state.{shift.state.value}"),
        words("report.clerk"): shift.clerk,
        words("report.float"): money(shift.float_minor),
    }
    for means in MEANS:
        taken = taken_by(means, sales)
        line = words("report.line", sales=str(taken.sales), amount=money(taken.amount_minor))
        numbers = words("report.numbers", first=taken.first_number, last=taken.last_number)
        small = element("small", numbers) if taken.sales else ""
        rows[words("report.cash" if means == CASH else "report.pos")] = element("span", line, small)
    rows[words("report.expected")] = money(expected_in_drawer(shift, sales))
    share = share_of((each.means, each.amount.amount_minor) for each in sales if each.moved_money)
    payments, amount = percent_text(share.of_payments), percent_text(share.of_money)
    if payments and amount:
        rows[words("report.electronic")] = words("report.share", payments=payments, money=amount)
    if shift.count is not None:
        rows[words("report.counted")] = money(shift.count.counted_minor)
        rows[words("report.difference")] = money(shift.count.difference_minor)
        if shift.count.reason:
            rows[words("report.reason")] = shift.count.reason
    return rows
