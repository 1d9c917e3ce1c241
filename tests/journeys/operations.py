"""What only whoever runs a province can do: deploy its files again, wait for its schedules, look
into its tables. On moto alone."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import app as table_of_contents
from chalicelib.domain.province import Mode
from chalicelib.finance.desk import find_system, open_desk
from chalicelib.wiring import use_platform
from infra.errandless.finance_proposals import diff_of
from infra.errandless.joint_test import JointTest, examine_unit, write_report
from infra.errandless.paths import PROVINCES
from infra.errandless.portals import issue_portal_key
from infra.errandless.seed import SeedResult
from infra.verifier.verify import verify
from tests.journal.kept import copy_journal
from tests.stack.portal import PortalClient
from tests.support.clients import SharingPlatform, client
from tests.support.http_front import Front
from tests.support.local_province import LocalProvince
from tests.support.province_tables import Tables, read_tables
from tests.support.settled_invariants import check_settled

Row = dict[str, str]


@dataclass
class Operations:
    """`files`: this province's folder, a copy that may be edited. `ahead`: of the real time."""

    province: LocalProvince
    front: Front
    root: Path
    seed: Callable[[Path], SeedResult]
    ahead: timedelta = field(default=timedelta())

    def __post_init__(self) -> None:
        shutil.copytree(PROVINCES / self.code, self.files)

    @property
    def code(self) -> str:
        return self.province.settings.province

    @property
    def files(self) -> Path:
        return self.root / "infra" / "provinces" / self.code

    def set_clock(self) -> None:
        self.province.clock.at = datetime.now(UTC) + self.ahead

    def apply_proposals(self, sender: str) -> str:
        """What the finance system told of units and items, into the files; returns the diff."""
        with self.front.one_at_a_time:
            province = self.province.platform.setup.read_province()
            system = find_system(province, sender)
            assert system is not None
            proposals = list(open_desk(self.province.platform, system).inbox.list_proposals(sender))
        diff = diff_of(self.files, proposals, province.languages[0])
        subprocess.run(["git", "apply"], cwd=self.root, input=diff.encode(), check=True)
        return diff

    def edit(self, file: str, change: Callable[[Row], Row]) -> None:
        path = self.files / file
        with path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            rows = [change(row) for row in reader]
        with path.open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, list(reader.fieldnames or ()))
            writer.writeheader()
            writer.writerows(rows)

    def agree_on_codes(self, sender: str, **codes: dict[str, str]) -> None:
        """`units` and `items` of a finance system, its → the province's, in the profile."""
        path = self.files / "profile.json"
        profile = json.loads(path.read_text("utf-8"))
        systems = profile["sandbox_finance_systems"]
        (system,) = (each for each in systems if each["sender"] == sender)
        for name, more in codes.items():
            system[name] |= more
        path.write_text(json.dumps(profile, ensure_ascii=False), "utf-8")

    def collect_for(self, channel: str, account: str, unit: str) -> None:
        """The account takes the unit's money too."""
        path = self.files / "channel_accounts.json"
        accounts = json.loads(path.read_text("utf-8"))
        for each in accounts:
            if (each["channel"], each["account"]) == (channel, account) and each["payee_units"]:
                each["payee_units"].append(unit)
        path.write_text(json.dumps(accounts, ensure_ascii=False), "utf-8")

    def deploy(self) -> None:
        """The files as they are now; what the functions remember is gone."""
        with self.front.one_at_a_time:
            self.seed(self.files.parent)
            platform = SharingPlatform(self.province.settings, now=self.province.clock)
            self.province.platform = platform
            use_platform(platform)

    def live_portal(self, portal_id: str) -> PortalClient:
        """A sandbox has none, so no command makes it."""
        with self.front.one_at_a_time:
            setup = self.province.platform.setup
            known = setup.read_portal(portal_id)
            assert known is not None
            if setup.read_portal("live") is None:
                setup.write_portal(replace(known, portal_id="live", mode=Mode.LIVE))
            issued = issue_portal_key(self.province.platform, "live", bills=True)
        return PortalClient(self.front.url, issued.key)

    def joint_test(self, unit: str, portal: str) -> JointTest:
        """With its report beside the files."""
        with self.front.one_at_a_time:
            now = self.province.clock.at
            report = examine_unit(self.province.platform, unit, [portal], now)
        write_report(report, self.files)
        return report

    def next_day(self, statements: Mapping[str, bytes]) -> None:
        """Local noon of the day after, with the files that came in the night, by their keys; every
        schedule once."""
        zone = self.province.platform.setup.read_province().zone
        with self.front.one_at_a_time:
            self.set_clock()
            self.ahead += until_noon(zone, self.province.clock.at)
            self.set_clock()
            bucket = self.province.settings.statements_bucket
            for key, body in statements.items():
                client("s3").put_object(Bucket=bucket, Key=key, Body=body)
                self.province.tell_arrival(key, len(body))
            self.run_schedules()

    def check_tables(self) -> Tables:
        """Raises: AssertionError where an invariant does not hold."""
        with self.front.one_at_a_time:
            tables = read_tables(self.province)
        check_settled(tables)
        return tables

    def verify(self, codes: Iterable[str]) -> dict[str, tuple[int, list[str]]]:
        """By an auditor's program, on a copy of the journal: what is wrong with each."""
        with self.front.one_at_a_time:
            copy_journal(self.province, self.root / "audit")
        found = {code: verify(code, self.root / "audit", None) for code in codes}
        return {code: (status, findings.wrong) for code, (status, findings) in found.items()}

    def run_schedules(self) -> None:
        for function in (
            table_of_contents.payment_chaser,
            table_of_contents.effect_sweeper,
            table_of_contents.daily_reconciler,
            table_of_contents.finance_exchange,
        ):
            self.province.run_schedule(function)
            self.province.pump()


def until_noon(zone: str, now: datetime) -> timedelta:
    """Of the day after."""
    local = now.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date() + timedelta(days=1), time(12), ZoneInfo(zone)) - local
