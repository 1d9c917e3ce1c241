"""The key formats of the views table: rows that are derived or logged, never decided from.

| row         | pk                                    | sk                       | read by     |
|-------------|---------------------------------------|--------------------------|-------------|
| order       | ORDERS#<portal>#<shard>               | <created>#<payment code> | portal      |
| reference   | REFERENCE#<portal>#<reference>        | <created>#<payment code> | reference   |
| bill        | BILLS#<portal>#<shard>                | <created>#<payment code> | portal      |
| day payment | DAY#<channel>#<account>#<day>#<shard> | <provider's transaction> | account-day |
| token       | TOKEN#<token>                         | -                        | token       |
| open case   | CASES#open                            | <opened>#<case id>       | operators   |
| notice      | NOTICE#<notice id>                    | -                        | the sender  |
| delivery    | DELIVERIES#<endpoint>#<shard>         | <occurred>#<notice id>   | endpoint    |
| open code   | OPENCODES#<portal>#<unit>#<shard>     | <paid>#<payment code>    | paid, unit  |
| batch       | BATCHES#<portal>                      | <created>#<batch id>     | portal      |
| bill file   | BILLFILES#<portal>                    | <file id>                | portal      |
| guess       | GUESSES#<subject>                     | <window's start>         | look-ups    |
| nonce       | NONCE#<channel account>#<nonce>       | -                        | nonce       |
| breaker     | BREAKER#<payee unit>                  | -                        | unit        |

Instants in keys are 13 digits of epoch milliseconds: they sort as time does. A list that grows with
every order is spread over shards, so that no key takes more than a small part of the writes.
"""

from datetime import date, datetime

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.open_codes import Batch
from chalicelib.domain.orders import Order
from chalicelib.storage.keys import Key, shard_of

LIST_SHARDS = 8


def order_row_key(order: Order) -> Key:
    shard = shard_of(order.payment_code, LIST_SHARDS)
    return {
        "pk": f"ORDERS#{order.portal}#{shard}",
        "sk": timed(order.created_at, order.payment_code),
    }


def order_list_pks(portal: str) -> tuple[str, ...]:
    return _sharded(f"ORDERS#{portal}")


def reference_row_key(order: Order) -> Key:
    return {
        "pk": reference_pk(order.portal, order.reference),
        "sk": timed(order.created_at, order.payment_code),
    }


def bound_row_key(order: Order) -> Key:
    """By the number to which an open code was bound."""
    return {
        "pk": reference_pk(order.portal, order.covers_reference),
        "sk": timed(order.created_at, order.payment_code),
    }


def reference_pk(portal: str, reference: str) -> str:
    return f"REFERENCE#{portal}#{reference}"


def bill_row_key(order: Order) -> Key:
    shard = shard_of(order.payment_code, LIST_SHARDS)
    return {
        "pk": f"BILLS#{order.portal}#{shard}",
        "sk": timed(order.created_at, order.payment_code),
    }


def bill_list_pks(portal: str) -> tuple[str, ...]:
    return _sharded(f"BILLS#{portal}")


def open_code_row_key(order: Order) -> Key:
    """Of a paid one."""
    assert order.paid_at is not None
    shard = shard_of(order.payment_code, LIST_SHARDS)
    return {
        "pk": f"OPENCODES#{order.portal}#{order.payee_unit}#{shard}",
        "sk": timed(order.paid_at, order.payment_code),
    }


def open_code_pks(portal: str, payee_unit: str) -> tuple[str, ...]:
    return _sharded(f"OPENCODES#{portal}#{payee_unit}")


def batch_row_key(batch: Batch) -> Key:
    return {"pk": batches_pk(batch.portal), "sk": timed(batch.created_at, batch.batch_id)}


def batches_pk(portal: str) -> str:
    return f"BATCHES#{portal}"


def day_payment_key(channel: str, account: str, day: date, provider_transaction: str) -> Key:
    shard = shard_of(provider_transaction, LIST_SHARDS)
    return {
        "pk": f"DAY#{channel}#{account}#{day.isoformat()}#{shard}",
        "sk": provider_transaction,
    }


def day_pks(channel: str, account: str, day: date) -> tuple[str, ...]:
    return _sharded(f"DAY#{channel}#{account}#{day.isoformat()}")


def token_key(token: str) -> Key:
    return {"pk": f"TOKEN#{token}", "sk": "-"}


OPEN_CASES_PK = "CASES#open"


def open_case_key(opened_at: datetime, case_id: str) -> Key:
    return {"pk": OPEN_CASES_PK, "sk": timed(opened_at, case_id)}


def notice_key(notice_id: str) -> Key:
    return {"pk": f"NOTICE#{notice_id}", "sk": "-"}


def nonce_key(account: str, nonce: str) -> Key:
    return {"pk": f"NONCE#{account}#{nonce}", "sk": "-"}


def breaker_key(payee_unit: str) -> Key:
    return {"pk": f"BREAKER#{payee_unit}", "sk": "-"}


def delivery_key(endpoint_id: str, occurred_at: datetime, notice_id: str) -> Key:
    shard = shard_of(notice_id, LIST_SHARDS)
    return {"pk": f"DELIVERIES#{endpoint_id}#{shard}", "sk": timed(occurred_at, notice_id)}


def delivery_list_pks(endpoint_id: str) -> tuple[str, ...]:
    return _sharded(f"DELIVERIES#{endpoint_id}")


def timed(instant: datetime, rest: str) -> str:
    return f"{to_epoch_ms(instant):013d}#{rest}"


def read_timed(sk: str) -> tuple[datetime, str]:
    instant, _, rest = sk.partition("#")
    return from_epoch_ms(int(instant)), rest


def _sharded(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}#{shard}" for shard in range(LIST_SHARDS))
