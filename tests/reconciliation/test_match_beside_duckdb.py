"""The same days judged by the matcher and by one SQL query."""

from pathlib import Path

import duckdb
import pytest

from infra.bench.matcher import (
    load_lines,
    load_payments,
    make_day,
    our_differences,
    read_file,
    their_differences,
)


@pytest.mark.parametrize("seed", range(6))
def test_a_database_finds_the_same_differences(seed: int, tmp_path: Path) -> None:
    day = make_day(lines=400, troubles=7 + seed, seed=seed)
    content = day.statement_file()
    path = tmp_path / "statement.csv"
    path.write_bytes(content)
    with duckdb.connect() as connection:
        load_payments(connection, day, tmp_path)
        load_lines(connection, path)
        expected = their_differences(connection)
    assert len(expected) == 4 * (7 + seed)
    assert our_differences(day.payments, read_file(content)) == expected
