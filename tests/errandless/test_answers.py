"""What a person reads: nothing is lost where it is narrow, and nothing in the data is obeyed."""

import io

import pytest
from rich.console import Console

from chalicelib.domain.money import Money
from infra.errandless.answers import amount, answer, facts, plain, table


def printed(shown: object, width: int = 80) -> str:
    output = io.StringIO()
    Console(file=output, width=width, force_terminal=True, color_system=None).print(shown)
    return output.getvalue()


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1_000_000, "VND"), "1 000 000 VND"),
        (Money(8050, "CNY"), "80.50 CNY"),
        (Money(0, "CNY"), "0.00 CNY"),
        (None, "-"),
    ],
)
def test_amounts_are_read_at_a_glance(money: Money | None, text: str) -> None:
    assert amount(money) == text


def test_markup_and_escape_sequences_in_data_are_only_text() -> None:
    for text in ("[red]not red[/red]", "[link=http://x]x[/link]"):
        assert text in printed(table(("A",), [(text,)]))
        assert text in printed(plain(text))
        assert text in printed(facts("t", [("a", text)]))
    for text in ("\x1b[2Jgone", "\x9b2Jgone", "a\rb", "\x07bell", "\u202egnp"):
        for shown in (table(("A",), [(text,)]), plain(text), facts("t", [("a", text)])):
            assert not set("\x1b\x9b\r\x07\u202e") & set(printed(shown))


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_nothing_is_cut_where_it_is_narrow(width: int) -> None:
    word = "HS-2026-000123456789012345678901234567890"
    shown = printed(table(("Number", "Reference"), [("1", word)]), width)
    assert word in "".join(line.split()[-1] for line in shown.splitlines() if line.strip())
    assert max(len(line) for line in shown.splitlines()) <= width


def test_numbers_stand_right_and_long_numbers_do_not() -> None:
    rows = [("22647102309093083801", 5, "1 000 VND"), ("x", 12_000, "-")]
    made = table(("Payment", "Count", "Amount"), rows)
    assert [column.justify for column in made.columns] == ["left", "right", "right"]


def test_what_is_not_there_is_a_dash() -> None:
    shown = printed(table(("A", "B"), [(None, "")]))
    assert shown.splitlines()[-1].split() == ["-", "-"]


def test_a_column_that_may_break_is_not_squeezed_to_single_letters(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    row = ("K7QD4M9P", "issued", "PHI-DUTUYEN-CONGCHUC", "400 000 VND", "2026-12-22", "Exams 2026")
    headings = ("Batch", "State", "Item", "Amount", "Until", "Purpose")
    answer({}, lambda: [table(headings, [row], wide=("Purpose",))], as_json=False)
    shown = capsys.readouterr().out
    assert "2026-12-22  Exams 2026" in shown
    assert len(shown.splitlines()) == 3
