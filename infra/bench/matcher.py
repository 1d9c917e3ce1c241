"""The matcher beside DuckDB: the same day of payments against the same statement, the same four
troubles planted in it, the same differences found.

DuckDB may use every core; ours uses one. "Matching" starts from data in memory, each in its own
form; "file to breaks" starts from the statement's bytes.
"""

import csv
import gc
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from statistics import median

import duckdb

from chalicelib.channels.delimited_statement import read_delimited
from chalicelib.domain.breaks import AccountDay, BreakKind
from chalicelib.domain.identifiers import build_payment_code, build_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Disposition
from chalicelib.domain.province import ChannelAccount, Mode
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import Statement, StatementLine
from chalicelib.reconciliation.match import match_day
from chalicelib.reconciliation.verdicts import Held
from infra.bench.report import Figure, Part

LINES = 100_000
TROUBLES = 100
TURNS = 5
BAR = 3.0
SEED = 20260301
ZONE = "Asia/Ho_Chi_Minh"
OF = AccountDay("vnpay", "quangninh", date(2026, 3, 1))
NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)
LAYOUT = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "TxnRef",
        "provider_transaction": "TransactionNo",
        "amount": "Amount",
        "paid_at": "PayDate",
    },
    "amount": {"scale": "minor"},
    "paid_at": {"format": "%Y%m%d%H%M%S"},
}

Differences = frozenset[tuple[str, str]]

# The first line of a transaction is the payment's; the rest are duplicates.
DIFFERENCES = """
with numbered as (
    select *, row_number() over (partition by tx order by row_no) as turn from theirs
)
select case
    when t.turn > 1 then 'duplicate_in_channel'
    when o.tx is null then 'missing_in_platform'
    when t.tx is null then 'missing_in_channel'
    else 'amount_mismatch' end as kind,
    coalesce(t.tx, o.tx) as tx
from ours o full join numbered t on o.tx = t.tx and o.payment_no = t.payment_no and t.turn = 1
where o.tx is null or t.tx is null or o.amount <> t.amount or t.turn > 1
"""


@dataclass(frozen=True, slots=True)
class Day:
    payments: list[DayPayment]
    rows: list[tuple[str, str, int]]

    def statement_file(self) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(["TxnRef", "TransactionNo", "BankTranNo", "Amount", "PayDate"])
        for payment_no, transaction, amount in self.rows:
            writer.writerow([payment_no, transaction, f"B{transaction}", amount, "20260301120000"])
        return text.getvalue().encode()


def make_day(lines: int, troubles: int, seed: int) -> Day:
    """`troubles` of each kind. Payments come in another order than lines: by shard."""
    random = Random(seed)  # noqa: S311
    payments = []
    for number in random.sample(range(lines), lines):
        code = build_payment_code("22", random.randrange(10**14))
        amount = Money(random.randint(1_000, 5_000_000), "VND")
        payments.append(
            DayPayment(
                str(14_000_000 + number),
                build_payment_no(code, 1),
                amount,
                NOON,
                Disposition.APPLIED,
            )
        )
    rows = [
        (each.payment_no, each.provider_transaction, each.amount.amount_minor) for each in payments
    ]
    missing, different, doubled, extra = (
        range(turn * troubles, (turn + 1) * troubles) for turn in range(4)
    )
    for place in different:
        rows[place] = (*rows[place][:2], rows[place][2] + 1)
    rows += [rows[place] for place in doubled]
    rows += [(payments[place].payment_no[::-1], f"X{place}", 1_000) for place in extra]
    del rows[: len(missing)]
    rows.sort(key=lambda row: row[1])
    return Day(payments, rows)


def our_differences(payments: Sequence[DayPayment], statement: Statement) -> Differences:
    result = match_day(OF, payments, statement, _nothing_held, zone=ZONE)
    found = [(_as_peer_says(each.kind), each.provider_transaction) for each in result.breaks]
    assert len(set(found)) == len(found)
    return frozenset(found)


def their_differences(connection: duckdb.DuckDBPyConnection) -> Differences:
    found = connection.execute(DIFFERENCES).fetchall()
    return frozenset((kind, transaction) for kind, transaction in found)


def load_payments(connection: duckdb.DuckDBPyConnection, day: Day, folder: Path) -> None:
    path = folder / "payments.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tx", "payment_no", "amount"])
        for each in day.payments:
            writer.writerow([each.provider_transaction, each.payment_no, each.amount.amount_minor])
    connection.execute(
        "create or replace table ours as select * from read_csv(?, columns = "
        "{'tx': 'varchar', 'payment_no': 'varchar', 'amount': 'bigint'})",
        [str(path)],
    )


def load_lines(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(
        "create or replace table theirs as select row_number() over () as row_no, "
        "TransactionNo as tx, TxnRef as payment_no, Amount as amount, "
        "strptime(PayDate, '%Y%m%d%H%M%S') as paid_at from read_csv(?, columns = "
        "{'TxnRef': 'varchar', 'TransactionNo': 'varchar', 'BankTranNo': 'varchar', "
        "'Amount': 'bigint', 'PayDate': 'varchar'})",
        [str(path)],
    )


def read_file(content: bytes) -> Statement:
    return read_delimited(LAYOUT, _account(), OF.business_day, ZONE, content)


def run() -> Part:
    day = make_day(LINES, TROUBLES, SEED)
    content = day.statement_file()
    statement = read_file(content)
    assert len(statement.lines) == len(day.rows)
    connection = duckdb.connect()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "statement.csv"
        path.write_bytes(content)
        load_payments(connection, day, folder)
        load_lines(connection, path)

        def peer_from_file() -> Differences:
            load_lines(connection, path)
            return their_differences(connection)

        works: dict[str, Callable[[], Differences]] = {
            "match": lambda: our_differences(day.payments, statement),
            "match_peer": lambda: their_differences(connection),
            "file": lambda: our_differences(day.payments, read_file(content)),
            "file_peer": peer_from_file,
        }
        return _part(_measure(works), len(content))


def _measure(works: dict[str, Callable[[], Differences]]) -> dict[str, list[float]]:
    """Seconds of each turn; all find the same differences."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    expected = works["match_peer"]()
    assert len(expected) == 4 * TROUBLES
    for turn in range(TURNS + 1):
        for name, work in works.items():
            gc.collect()
            started = time.perf_counter()
            found = work()
            spent = time.perf_counter() - started
            assert found == expected, name
            if turn:
                seconds[name].append(spent)
    return seconds


def _part(seconds: dict[str, list[float]], size: int) -> Part:
    middle = {name: median(spent) for name, spent in seconds.items()}
    figures = [
        Figure(
            work=work,
            ours=f"{middle[name] * 1000:.0f} ms",
            peer=f"{middle[f'{name}_peer'] * 1000:.0f} ms",
            ratio=middle[name] / middle[f"{name}_peer"],
            bar=bar,
        )
        for name, work, bar in (
            ("match", f"matching {LINES:,} payments and as many lines", BAR),
            ("file", "statement file to breaks, reading included", None),
        )
    ]
    return Part(
        title=f"Matcher beside DuckDB {duckdb.__version__}",
        figures=figures,
        notes=(
            f"Both find the same {4 * TROUBLES} differences in every turn; median of {TURNS}.",
            "DuckDB reads and joins on every core; ours on one.",
        ),
        detail={"seconds": seconds, "lines": LINES, "file_bytes": size},
    )


def _as_peer_says(kind: BreakKind) -> str:
    """Without a ledger to ask, DuckDB cannot tell a foreign number from an unknown one."""
    foreign = BreakKind.UNIDENTIFIED_CREDIT
    return (BreakKind.MISSING_IN_PLATFORM if kind is foreign else kind).value


def _nothing_held(_: StatementLine) -> Held:
    return Held(None, None, None)


def _account() -> ChannelAccount:
    return ChannelAccount(
        channel=OF.channel,
        account=OF.account,
        mode=Mode.TEST,
        names={},
        payee_units=None,
        currency="VND",
        min_minor=1,
        max_minor=10**9,
        fields={},
        secret_name="",
        statement_layout=LAYOUT,
        closed_reason=None,
    )
