"""Issue open codes by the batch. A request that died is sent again: the batch and its codes come
from the Idempotency-Key, and what is there is not written twice."""

import hmac
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chalicelib.checkout.create_order import MAX_TURNS, hash_idempotency_key, seal_payer
from chalicelib.checkout.desk import Desk
from chalicelib.checkout.order_request import (
    LineRequest,
    OrderRequest,
    price_order,
    refuse_request,
)
from chalicelib.domain.business_day import business_day_of, start_of
from chalicelib.domain.identifiers import WORD_ALPHABET, build_payment_code, derive_body
from chalicelib.domain.open_codes import (
    BATCH_LENGTH,
    Batch,
    OpenCode,
    reference_of,
)
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.payers import Payer, PayerKind
from chalicelib.domain.portals import Portal
from chalicelib.errors import FieldError, InvalidRequest, TryLater
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.open_codes import MAX_PUT

# Sealed like any payer, so that all who open it find one; a page leaves an empty name out.
NOBODY = Payer(PayerKind.INDIVIDUAL, name="")
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """`valid_until`: the last day on which they can be paid. `language` None: the province's."""

    payee_unit: str
    lines: tuple[LineRequest, ...]
    count: int
    valid_until: date
    purpose: str
    language: str | None = None
    channels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class BatchCommand:
    """`key_id`: of the key that signs now. `fingerprint`: of the request."""

    portal: Portal
    request: BatchRequest
    idempotency_key: str
    fingerprint: bytes
    key_id: str
    now: datetime


def issue_batch(desk: Desk, command: BatchCommand) -> Batch:
    """With all its codes written; it is not yet told that they are.

    Raises: InvalidRequest (the request, or a key reused for another one); TryLater."""
    batch = _begin(desk, command)
    serials = range(1, batch.count + 1)
    for start in range(0, batch.count, MAX_PUT):
        _put(desk, batch, command.portal, list(serials[start : start + MAX_PUT]))
    return batch


def find_codes(
    ledger: Ledger, batch: Batch, portal: Portal, digits: str, serials: range
) -> list[Order]:
    """A batch's orders by their serials; what a request that died has not written is left out.
    `digits`: the province's."""
    found: dict[int, Order] = {}
    for turn in range(MAX_TURNS):
        codes = {
            code_of(portal, batch.batch_id, serial, turn, digits): serial
            for serial in serials
            if serial not in found
        }
        taken = ledger.read_orders(codes)
        for code, order in taken.items():
            if is_of(order, batch, codes[code]):
                found[codes[code]] = order
        if len(found) == len(serials) or len(taken) < len(codes):
            break
    return [found[serial] for serial in serials if serial in found]


def _begin(desk: Desk, command: BatchCommand) -> Batch:
    key_hash = hash_idempotency_key(command.idempotency_key)
    made: Batch | None = None
    for turn in range(MAX_TURNS):
        batch_id = _batch_id(command, turn)
        there = desk.ledger.open_codes.read_batch(batch_id)
        if there is None:
            made = made or _price(desk, command, key_hash)
            there = desk.ledger.open_codes.begin(replace(made, batch_id=batch_id))
        if (there.portal, there.key_hash) != (command.portal.portal_id, key_hash):
            continue
        if there.fingerprint != command.fingerprint:
            raise InvalidRequest(
                "idempotency_key_reused", "this Idempotency-Key was used for another request"
            )
        return there
    raise TryLater("busy", "no free number for this batch; send it again")


def _batch_id(command: BatchCommand, turn: int) -> str:
    message = f"open batch|{command.idempotency_key}|{turn}".encode()
    value = int.from_bytes(hmac.digest(command.portal.code_secret, message, "sha256"), "big")
    letters = []
    for _ in range(BATCH_LENGTH):
        value, index = divmod(value, len(WORD_ALPHABET))
        letters.append(WORD_ALPHABET[index])
    return "".join(letters)


def _price(desk: Desk, command: BatchCommand, key_hash: bytes) -> Batch:
    """Without its id."""
    asked, province, portal = command.request, desk.province, command.portal
    today = business_day_of(command.now, province.zone)
    order = OrderRequest(
        reference="OPEN",
        payee_unit=asked.payee_unit,
        lines=asked.lines,
        payer=NOBODY,
        language=asked.language,
        channels=asked.channels,
    )
    priced = price_order(province, portal, order, today)
    if not today <= asked.valid_until <= today + timedelta(days=MAX_DAYS):
        detail = f"from today to {MAX_DAYS} days from now"
        raise refuse_request([FieldError("/valid_until", "validity_out_of_range", detail)])
    return Batch(
        batch_id="",
        portal=portal.portal_id,
        mode=portal.mode,
        payee_unit=asked.payee_unit,
        lines=priced.lines,
        amount=priced.amount,
        is_guarded=priced.is_guarded,
        count=asked.count,
        valid_until=asked.valid_until,
        expires_at=start_of(asked.valid_until + timedelta(days=1), province.zone),
        purpose=asked.purpose,
        language=asked.language or province.languages[0],
        channels=asked.channels,
        catalogue_version=province.version,
        created_at=command.now,
        key_id=command.key_id,
        key_hash=key_hash,
        fingerprint=command.fingerprint,
    )


def _put(desk: Desk, batch: Batch, portal: Portal, serials: list[int]) -> None:
    """Raises: TryLater while another request writes the same ones."""
    turns = dict.fromkeys(serials, 0)
    for _ in range(MAX_TURNS):
        drafts = {
            serial: _build_order(desk, batch, portal, serial, turn)
            for serial, turn in turns.items()
        }
        taken = desk.ledger.open_codes.put(list(drafts.values())) if drafts else {}
        if not taken:
            return
        for serial, draft in drafts.items():
            there = taken.get(draft.payment_code)
            if there is not None and is_of(there, batch, serial):
                del turns[serial]
            elif there is not None:
                turns[serial] += 1
    raise TryLater("busy", "these codes are being written; send it again")


def is_of(order: Order, batch: Batch, serial: int) -> bool:
    known = order.open_code
    is_own = known is not None and (known.batch, known.serial) == (batch.batch_id, serial)
    return is_own and order.portal == batch.portal


def code_of(portal: Portal, batch_id: str, serial: int, turn: int, digits: str) -> str:
    body = derive_body(portal.code_secret, "open", f"{batch_id}|{serial}", turn)
    return build_payment_code(digits, body)


def _build_order(desk: Desk, batch: Batch, portal: Portal, serial: int, turn: int) -> Order:
    payment_code = code_of(portal, batch.batch_id, serial, turn, desk.province.digits)
    return Order(
        payment_code=payment_code,
        portal=batch.portal,
        mode=batch.mode,
        payee_unit=batch.payee_unit,
        reference=reference_of(batch.batch_id, serial),
        status=OrderStatus.CREATED,
        amount=batch.amount,
        lines=batch.lines,
        language=batch.language,
        return_url=None,
        channels=batch.channels,
        metadata={},
        catalogue_version=batch.catalogue_version,
        created_at=batch.created_at,
        expires_at=batch.expires_at,
        is_guarded=batch.is_guarded,
        idempotency_key_hash=batch.key_hash,
        fingerprint=batch.fingerprint,
        answer="",
        sealed_payer=seal_payer(desk, NOBODY, payment_code),
        due_at=batch.expires_at,
        open_code=OpenCode(batch.batch_id, serial, batch.valid_until),
    )
