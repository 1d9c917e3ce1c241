"""A unit that joins a province through the finance department's own system."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from infra.simulator.finance import CHINA, VIETNAM, FinanceSystem, as_file, notice
from tests.journeys.operations import Operations, Row
from tests.journeys.place import Object, Place


@dataclass(frozen=True)
class Country:
    """`unit`, `item`: that join, as the finance system calls them and as the province does; `fee`:
    as the system writes it."""

    sender: str
    words: Any
    unit: str
    item: str
    own_unit: str
    own_item: str
    fee: str
    fee_minor: int
    less: str
    day: str
    unpaid: str
    paid: str
    bank: str


COUNTRIES = {
    "zhejiang": Country(
        *(
            "hz-nontax",
            CHINA,
            "330100099",
            "103049901",
            "HZXDW",
            "XIN-XIANGMU",
            "80.00",
            8_000,
            "60.00",
        ),
        *("%Y%m%d", "0", "1", "bank-of-hangzhou"),
    ),
    "quangninh": Country(
        *("qn-finance", VIETNAM, "1.22.099", "2899", "QNMOI", "PHI-MOI", "50000", 50_000, "40000"),
        *("%d/%m/%Y", "CHUA_NOP", "DA_NOP", "quangninh"),
    ),
}


@dataclass
class Joining:
    """A unit on its way in, with its finance system and the province's operations."""

    place: Place
    operations: Operations
    country: Country
    system: FinanceSystem

    def call(self, path: str, body: Object | None) -> tuple[int, Any]:
        portal = self.place.portal
        answer = portal.get(path) if body is None else portal.post(path, body)
        return answer.status, answer.json

    def send(self, *messages: Object) -> list[Object]:
        status, answer = self.call("/v1/finance/messages", {"messages": list(messages)})
        assert status == 200, answer
        answers: list[Object] = answer["answers"]
        return answers

    def put(self, name: str, *messages: Object) -> list[Object]:
        """A file; what it was answered."""
        self.place.drop(f"finance/{self.country.sender}/in/{name}", as_file(messages))
        found = self.place.reports(f"finance/{self.country.sender}/answers/{name}/")
        return [json.loads(line) for body in found.values() for line in body.splitlines()]

    def notice(self, number: str, amount: str | None = None, **changes: str) -> Object:
        due = self.place.today + timedelta(days=30)
        told = {"EXPIREDPAYDATE": self.written(due), "MAKEDATE": self.written(self.place.today)}
        country = self.country
        return notice(number, country.unit, amount or country.fee, country.item, **told, **changes)

    def written(self, day: date) -> str:
        return day.strftime(self.country.day)

    def bill(self, number: str) -> Object:
        return self.system.message("bill", self.notice(number))

    def amendment(self, number: str) -> Object:
        body = self.notice(number, self.country.less, REASON="A mistake in the notice")
        return self.system.message("bill_amendment", body)

    def refusal(self, message: Object) -> str:
        """The code of the only thing that is wrong with it."""
        (answer,) = self.send(message)
        assert answer["state"] == "refused", answer
        problem = answer["problem"]
        codes = [each["code"] for each in problem.get("errors", [])] or [problem["code"]]
        assert len(codes) == 1, codes
        return str(codes[0])

    def stage(self, stage: str, report: str = "") -> None:
        """The operator writes it into the province's files and deploys them."""

        def change(row: Row) -> Row:
            if row["code"] != self.country.own_unit:
                return row
            return row | {"stage": stage, "joint_test_report": report}

        self.operations.edit("payee_units.csv", change)
        self.operations.deploy()

    def is_listed(self) -> bool:
        listed = self.place.portal.get("/v1/fee-items?limit=100").json["items"]
        return any(each["payee_unit"] == self.country.own_unit for each in listed)


def joining(place: Place) -> Joining:
    assert place.operations is not None
    country = COUNTRIES[place.description["province"]]
    system = FinanceSystem(country.sender, words=country.words)
    return Joining(place, place.operations, country, system)
