"""The QR code on a counter's paper, which any wallet or bank app can scan (decision 0148).

In đồng a VietQR for one of the unit's accounts: amount inside, the payment code as bill number and
memo, bound to no attempt, so that it stays good however often it is printed. Elsewhere, and where
no account serves the unit, the province's own address of the code.
"""

from chalicelib.channels.vietqr.credit import virtual_account_of
from chalicelib.channels.vietqr.payload import VietQr, write_vietqr
from chalicelib.checkout.offer_channels import offer_channels
from chalicelib.domain.orders import Order
from chalicelib.domain.province import ChannelAccount, Province

VIETQR = "vietqr"


def counter_qr(order: Order, province: Province, public_base_url: str) -> str:
    """What the printed QR says: EMVCo text or an address. `order`: with what is owed today."""
    account = transfer_account(order, province)
    if account is None:
        return f"{public_base_url}/c/{order.payment_code}"
    prefix = account.fields.get("virtual_account_prefix", "")
    own = account.fields["account_number"]
    number = virtual_account_of(prefix, order.payment_code) if prefix else own
    code = VietQr(
        bank_bin=account.fields["bank_bin"],
        account_number=number,
        account_name=account.fields["account_name"],
        city=account.fields["city"],
        amount=order.amount,
        memo=order.payment_code,
    )
    return write_vietqr(code)


def transfer_account(order: Order, province: Province) -> ChannelAccount | None:
    """Into which any bank app transfers the order's money; None where there is none now."""
    offered = offer_channels(
        province,
        mode=order.mode,
        payee_unit=order.payee_unit,
        amount=order.amount,
        allowed=order.channels,
    )
    found = next((each for each in offered if each.channel == VIETQR), None)
    return found.account if found and found.first.is_available else None
