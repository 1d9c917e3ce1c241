"""The Alipay accounts that the simulator plays."""

from infra.simulator import alipay, alipay_keys
from infra.simulator.alipay_bill import BILL_FAULTS
from infra.simulator.alipay_gateway import ROUTES
from infra.simulator.config import Account
from infra.simulator.core import QUESTION_FAULTS
from infra.simulator.side import SIMULATOR_URL, Published, Side


def _published(app_id: str, seller_id: str) -> Published:
    """Several applications of one developer may share their keys."""
    account = Account(
        channel="alipay",
        merchant=app_id,
        secret=alipay_keys.ALIPAY_PRIVATE_KEY,
        utc_offset_hours=8,
        seller=seller_id,
        app_key=alipay_keys.APP_PUBLIC_KEY,
    )
    fields = {
        "app_id": app_id,
        "seller_id": seller_id,
        "gateway_url": f"{SIMULATOR_URL}/alipay/gateway.do",
    }
    secret = {
        "private_key": alipay_keys.APP_PRIVATE_KEY,
        "alipay_public_key": alipay_keys.ALIPAY_PUBLIC_KEY,
    }
    return Published(account, fields, secret)


SIDE = Side(
    channel="alipay",
    published=(
        _published(alipay_keys.APP_ID, alipay_keys.SELLER_ID),
        _published(alipay_keys.OTHER_APP_ID, alipay_keys.OTHER_SELLER_ID),
    ),
    protocol=alipay,
    routes=ROUTES,
    has_pay_page=False,
    has_files=False,
    faults=QUESTION_FAULTS,
    file_faults=BILL_FAULTS,
)
