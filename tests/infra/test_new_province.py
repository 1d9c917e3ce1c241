"""A province that nobody has written yet: made by the command, filled in by a person, then used."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalicelib.domain.province_document import parse_province
from chalicelib.errors import DataFault
from infra.errandless import province_commands
from infra.errandless.__main__ import cli
from infra.errandless.failures import OperatorError
from infra.errandless.new_province import NewProvince, create_province
from infra.errandless.province_files import MARK, list_marks, load_province
from tests.support.local_province import Clock, local_cloud
from tests.support.notifications import send_sandbox
from tests.support.seeded_province import bring_up
from tests.web.pages.page_reader import read_page

TODAY = date(2026, 3, 2)
SANDBOX = {"SIMULATOR_URL": "http://127.0.0.1:8100"}
NEW = NewProvince("vinhha", "61", "VND", "VN", "Asia/Ho_Chi_Minh", ("vi", "en"), "ap-southeast-1")


@pytest.fixture
def provinces(tmp_path: Path) -> Path:
    create_province(replace(NEW, code="older", digits="62"), TODAY, tmp_path)
    return tmp_path


@pytest.fixture
def clock() -> Iterator[Clock]:
    with local_cloud() as clock:
        yield clock


def fill_in(folder: Path) -> int:
    """What a person does, by the guide. How many files it took."""
    touched = {file for file, _ in list_marks(folder)}
    for file in touched:
        text = (folder / file).read_text("utf-8").replace(MARK, "Vĩnh Hà")
        (folder / file).write_text(text, encoding="utf-8")
    return len(touched)


def test_what_the_command_writes_runs_as_a_sandbox_and_not_on_aws(provinces: Path) -> None:
    folder = create_province(NEW, TODAY, provinces)
    province = parse_province(load_province(folder, SANDBOX))
    assert (province.code, province.digits, province.languages) == ("vinhha", "61", ("vi", "en"))
    with pytest.raises(DataFault) as refused:
        load_province(folder, {})
    told = refused.value.detail.splitlines()[1:]
    assert len(told) == len(list_marks(folder)) == 8
    assert "profile.json:5: 'FILL IN' is still there" in told
    fill_in(folder)
    assert parse_province(load_province(folder, {})).channel_accounts == ()


def test_a_fourth_province_is_made_filled_in_loaded_and_paid_in(
    provinces: Path, clock: Clock
) -> None:
    """Seven files in one folder, four of them to be filled in; nothing anywhere else."""
    folder = create_province(NEW, TODAY, provinces)
    assert fill_in(folder) == 4
    assert len(list(folder.iterdir())) == 7
    fourth = bring_up("vinhha", clock, provinces=provinces)
    body = {
        "reference": "HS-1",
        "payee_unit": "EXAMPLE",
        "lines": [{"fee_item": "EXAMPLE-FEE"}],
        "payer": {"kind": "individual", "name": "Nguyễn Văn An"},
    }
    order = fourth.call("POST", "/v1/orders", body, idempotency_key="o").json
    assert order["payment_code"].startswith("61")
    target = f"/v1/orders/{order['payment_code']}/payments"
    started = fourth.call(
        "POST", target, {"channel": "sandbox", "client": "web"}, idempotency_key="p"
    )
    with fourth.serving() as local:
        path = "/channels/sandbox/vinhha/notifications"
        payment_no = started.json["payment_no"]
        assert send_sandbox(local, payment_no, path=path, amount_minor=10_000).status == 200
        local.pump()
    paid = fourth.call("GET", f"/v1/orders/{order['payment_code']}").json
    assert (paid["status"], len(paid["receipts"])) == ("paid", 1)
    page = fourth.open_page(order["pay_url"].removeprefix("https://pay.vinhha.example"))
    assert "10.000 đồng" in read_page(page.text).text


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (replace(NEW, code="older"), "is there already"),
        (replace(NEW, digits="62"), "The digits 62 belong to older."),
        (replace(NEW, digits="07"), "profile.json: digits: must look like"),
        (replace(NEW, currency="USD"), "profile.json: currency: unknown currency 'USD'"),
        (
            replace(NEW, zone="Asia/Atlantis"),
            "profile.json: zone: unknown time zone 'Asia/Atlantis'",
        ),
        (replace(NEW, code="Vinh Ha"), "profile.json: code: must look like"),
        (
            replace(NEW, languages=("vi", "fr")),
            "profile.json: languages: no page speaks 'fr'; there are vi, en, zh",
        ),
    ],
)
def test_a_wrong_wish_is_told_and_nothing_is_written(
    provinces: Path, wish: NewProvince, told: str
) -> None:
    before = sorted(provinces.rglob("*"))
    with pytest.raises(OperatorError) as refused:
        create_province(wish, TODAY, provinces)
    assert told in str(refused.value)
    assert sorted(provinces.rglob("*")) == before


def test_the_command_says_what_to_fill_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(province_commands, "PROVINCES", tmp_path)
    options = "--digits 61 --currency CNY --country CN --zone Asia/Shanghai --language zh"
    answer = CliRunner().invoke(cli, ["province", "new", "vinhha", *options.split(), "--json"])
    assert answer.exit_code == 0, answer.output
    assert len(list((tmp_path / "vinhha").iterdir())) == 7
    told = json.loads(answer.stdout)
    assert {each["file"] for each in told["to_fill_in"]} <= {
        file.name for file in (tmp_path / "vinhha").iterdir()
    }
    assert len(told["to_fill_in"]) == 7


def test_the_commands_old_name_does_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(province_commands, "PROVINCES", tmp_path)
    options = "--digits 61 --currency CNY --country CN --zone Asia/Shanghai --language zh"
    answer = CliRunner().invoke(cli, ["new-province", "vinhha", *options.split()])
    assert answer.exit_code == 0, answer.output
    assert "profile.json:5" in answer.stdout
