"""What a counter sold without a network comes in: each line once, whatever became of its order.

The money has been taken. So a line is recorded for an order that was paid meanwhile (surplus, with
a refund case), of another amount, or of no order at all; only what is not signed is not believed.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.checkout.counter_desk import CounterDesk, own_shift, require_open, shift_closed
from chalicelib.checkout.counter_sale import MAX_TRIES, finish_sale
from chalicelib.checkout.name_attempt import attempt_on
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.offline_journal import (
    Block,
    LineRefused,
    OfflineLine,
    block_secret,
    genesis_of,
    read_line,
)
from chalicelib.domain.shifts import Sale, ShiftState
from chalicelib.errors import Conflict, InvalidRequest, NotFound, TryLater
from chalicelib.storage.offline_blocks import NumberRow, OfflineBlocks

DOUBLE = "number_used_twice"
CANCELLED = "number_cancelled"
SLIP_KNOWN = "slip_known"


@dataclass(frozen=True, slots=True)
class LineResult:
    """`number` None: it could not be read. `result`: what its money became, or why nothing was
    recorded. `is_repeat`: it had been recorded before."""

    number: int | None
    result: str
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class BlockReport:
    """`unexplained`: neither used nor cancelled. `unlinked`: used, with no chain of lines back to
    the block's beginning. `doubles`: of lines whose number another line has."""

    block: Block
    used: tuple[int, ...]
    cancelled: tuple[int, ...]
    unexplained: tuple[int, ...]
    unlinked: tuple[int, ...]
    doubles: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        return not (self.unexplained or self.unlinked or self.doubles)


def allocate_block(
    counter_desk: CounterDesk, size: int, *, key_hash: bytes, fingerprint: bytes, now: datetime
) -> Block:
    """The same key gets the same numbers. Raises: InvalidRequest for a key that was used for
    another request; TryLater."""
    counter, blocks = counter_desk.counter.counter, counter_desk.blocks
    block_id = f"{counter}-{key_hash.hex()[:16]}"
    year = business_day_of(now, counter_desk.desk.province.zone).year
    for _ in range(MAX_TRIES):
        known = blocks.read(block_id)
        if known is not None and known.fingerprint != fingerprint:
            raise InvalidRequest(
                "idempotency_key_reused", "this Idempotency-Key was used for another request"
            )
        if known is not None:
            return known
        first = blocks.read_next(counter, year)
        last = first + size - 1
        block = Block(block_id, counter, year, first, last, counter_desk.clerk, now, fingerprint)
        if blocks.allocate(block):
            return block
    raise TryLater("busy", "others took numbers at the same moment; send it again")


def secret_of(counter_desk: CounterDesk, block: Block) -> str:
    return block_secret(counter_desk.portal.code_secret, block.block_id)


def own_block(counter_desk: CounterDesk, block_id: str) -> Block:
    """Raises: NotFound."""
    block = counter_desk.blocks.read(block_id)
    if block is None or block.counter != counter_desk.counter.counter:
        raise NotFound("block_not_found", "this counter has no such block")
    return block


def take_journal(
    counter_desk: CounterDesk, shift_id: str, block: Block, lines: Sequence[str], now: datetime
) -> list[LineResult]:
    """Into the shift whose drawer holds the money. Sent again it records nothing more.

    Raises: Conflict for a shift that is not open; TryLater: send it again."""
    require_open(counter_desk, own_shift(counter_desk, shift_id))
    desk = _JournalDesk(counter_desk, block, secret_of(counter_desk, block), now)
    return [desk.take(shift_id, text) for text in lines]


@dataclass(frozen=True, slots=True)
class _JournalDesk:
    counter_desk: CounterDesk
    block: Block
    secret: str
    now: datetime

    @property
    def blocks(self) -> OfflineBlocks:
        return self.counter_desk.blocks

    def take(self, shift_id: str, text: str) -> LineResult:
        try:
            line = read_line(text, self.block, self.secret)
        except LineRefused as refusal:
            return LineResult(None, refusal.code)
        known = self.blocks.read_number(self.block.block_id, line.number)
        if known is not None:
            return self._known(known, line, text)
        try:
            sale = self._new_sale(shift_id, line)
        except Conflict as refusal:  # No such means here: the lines behind it are not to wait.
            return LineResult(line.number, refusal.code)
        shift = own_shift(self.counter_desk, shift_id)
        for _ in range(MAX_TRIES):
            if shift.state is not ShiftState.OPEN:
                raise shift_closed()
            sale = replace(sale, serial=shift.next_serial)
            use = self.blocks.use_action(self.block, line, text, shift_id, sale.key_hash)
            refused = self.counter_desk.shifts.begin_sale(shift, sale, use)
            if refused is None:
                return self._finished(sale)
            known = self.blocks.read_number(self.block.block_id, line.number)
            if known is not None:
                return self._known(known, line, text)
            if refused.is_used:
                return LineResult(line.number, SLIP_KNOWN)
            shift = refused.shift or shift
        raise TryLater("busy", "the shift changed at the same moment; send it again")

    def _known(self, known: NumberRow, line: OfflineLine, text: str) -> LineResult:
        if known.line_hash != line.line_hash:
            self.blocks.keep_stray(self.block.block_id, line.line_hash, line.number, text)
            return LineResult(line.number, DOUBLE if known.line_hash else CANCELLED)
        sale = self.counter_desk.shifts.read_sale(known.shift, known.key_hash)
        if sale is None:
            raise Conflict("sale_missing", "a number names a sale that is not there")
        return replace(self._finished(sale), is_repeat=True)

    def _finished(self, sale: Sale) -> LineResult:
        assert sale.offline_no is not None, "an offline sale has its number"
        number = int(sale.offline_no.rpartition("-")[2])
        return LineResult(number, str(finish_sale(self.counter_desk, sale).recorded))

    def _new_sale(self, shift_id: str, line: OfflineLine) -> Sale:
        """`serial` is taken with the row."""
        counter_desk, offline_no = self.counter_desk, self.block.number_text(line.number)
        account = counter_desk.account_for(line.means)
        ledger, attempts = counter_desk.desk.ledger, counter_desk.attempts
        key_hash = hashlib.sha256(f"{self.block.block_id}|{line.number}".encode()).digest()[:16]
        return Sale(
            shift_id=shift_id,
            key_hash=key_hash,
            serial=0,
            means=line.means,
            account=account.account,
            number=line.slip.number if line.slip else offline_no,
            payment_no=attempt_on(ledger, attempts, account, line.code, self.now),
            amount=line.amount,
            taken_at=min(line.at, self.now),
            fingerprint=bytes.fromhex(line.line_hash),
            received_minor=line.received_minor,
            slip=line.slip,
            offline_no=offline_no,
        )


def report_block(blocks: OfflineBlocks, block: Block) -> BlockReport:
    rows, doubles = blocks.list_numbers(block.block_id)
    used = [row for row in rows if row.line_hash]
    explained = {row.number for row in rows}
    linked = _linked(genesis_of(block.block_id), used)
    return BlockReport(
        block=block,
        used=tuple(row.number for row in used),
        cancelled=tuple(row.number for row in rows if not row.line_hash),
        unexplained=tuple(number for number in block.numbers if number not in explained),
        unlinked=tuple(row.number for row in used if row.line_hash not in linked),
        doubles=tuple(doubles),
    )


def cancel_unused(
    counter_desk: CounterDesk, block: Block, reason: str, now: datetime
) -> BlockReport:
    """Every number that nobody used, so that none is unexplained."""
    blocks = counter_desk.blocks
    for number in report_block(blocks, block).unexplained:
        blocks.cancel_number(block.block_id, number, reason=reason, by=counter_desk.clerk, now=now)
    return report_block(blocks, block)


def _linked(genesis: str, used: Iterable[NumberRow]) -> set[str]:
    """Hashes of the lines that follow from the beginning, each from one and before one."""
    following = {row.previous: row.line_hash for row in used}
    linked: set[str] = set()
    at = following.get(genesis)
    while at is not None and at not in linked:
        linked.add(at)
        at = following.get(at)
    return linked
