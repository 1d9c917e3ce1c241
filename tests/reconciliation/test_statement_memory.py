"""What is read of a statement is its lines, once: not also its text, its cells or its rows."""

import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.channels.contract import ProvidesStatements
from chalicelib.channels.registry import build_channels
from chalicelib.domain.province import ChannelAccount
from tests.channels.alipay_wire import SELLER_ID
from tests.channels.stand_ins import StandInHttp, credentials_of
from tests.reconciliation.channel_files import CHANNELS, DAY, LISTING, ChannelFiles, Row
from tests.reconciliation.statement_layouts import VNPAY as LAYOUT

LINES = 4_000
LAYOUTS: Mapping[str, Any] = {"vnpay": LAYOUT, "vietqr": LISTING, "alipay": None}


def account_of(files: ChannelFiles) -> ChannelAccount:
    fields = {"seller_id": SELLER_ID}
    account = credentials_of(files.of.channel, fields, {}, None, files.currency).account
    return replace(account, statement_layout=LAYOUTS[files.of.channel])


@pytest.mark.parametrize("files", CHANNELS, ids=lambda files: files.of.channel)
def test_reading_takes_hardly_more_memory_than_the_lines_that_are_kept(
    files: ChannelFiles,
) -> None:
    at = files.at(DAY, "12:00:00")
    content = files.write(DAY, [Row(number, at, 50_000 + number) for number in range(LINES)])
    channel = build_channels(StandInHttp(lambda _: pytest.fail("nobody is asked")))[
        files.of.channel
    ]
    assert isinstance(channel, ProvidesStatements)
    account = account_of(files)
    channel.read_statement(account, DAY, str(files.zone), content)
    tracemalloc.start()
    statement = channel.read_statement(account, DAY, str(files.zone), content)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(statement.lines), statement.bad_rows) == (LINES, ())
    assert peak < 1.4 * kept
