"""Real portals and persons get keys; a key is shown once, and dead soon after it was revoked."""

import pytest

from chalicelib.domain.portals import Scope, hash_key, is_well_formed_key
from chalicelib.domain.province import Mode
from chalicelib.storage import keys
from infra.errandless.portals import MAX_LIVE_KEYS
from tests.errandless.conftest import Typed
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.portal_client import call, order_body

PORTAL = (
    *("portals", "add", "quangninh", "cong-dvc", "--mode", "test", "--unit", "UNITA"),
    *("--name", "vi=Cổng dịch vụ công", "--name", "en=Public services"),
    *("--return-url", "https://dichvucong.example/thanh-toan/", "--local"),
)
ISSUE = ("keys", "issue", "quangninh", "--portal", "cong-dvc", "--local", "--json")


def sell(province: LocalProvince, key: str, reference: str = "HS-1") -> int:
    """The status of the answer to a new order."""
    body = order_body(reference=reference)
    return call(
        province, "POST", "/v1/orders", body, key=key, idempotency_key=f"{reference}-{key}"
    ).status


@pytest.fixture
def key(here: LocalProvince, typed: Typed) -> str:
    assert typed(*PORTAL).code == 0
    issued: str = typed(*ISSUE).json["key"]
    return issued


def test_a_portal_that_was_added_sells_with_the_key_that_was_issued(
    here: LocalProvince, key: str
) -> None:
    assert key.startswith("ek_test_")
    assert sell(here, key) == 201
    portal = here.platform.setup.read_portal("cong-dvc")
    assert portal is not None
    assert (portal.mode, portal.payee_units) == (Mode.TEST, frozenset({"UNITA"}))
    assert portal.names == {"vi": "Cổng dịch vụ công", "en": "Public services"}
    assert len(portal.code_secret) == 32


def test_the_key_itself_is_kept_nowhere(here: LocalProvince, key: str) -> None:
    rows = client("dynamodb").scan(TableName=here.settings.setup_table)["Items"]
    assert hash_key(key) in str(rows)
    assert key not in str(rows)
    assert key[8:] not in str(rows)
    assert key[-4:] in str(rows)


def test_keys_are_listed_by_hash_and_last_four(here: LocalProvince, typed: Typed, key: str) -> None:
    listed = typed("keys", "list", "quangninh", "--local", "--json").json["keys"]
    mine = next(each for each in listed if each["portal"] == "cong-dvc")
    assert mine["hash"] == hash_key(key)
    assert (mine["last_four"], mine["rights"], mine["state"]) == (key[-4:], "test", "live")
    shown = typed("keys", "list", "quangninh", "--local").out
    assert hash_key(key)[:8] in shown
    assert key not in shown
    older = next(each for each in listed if each["person"] == "An Nguyen")
    assert older["last_four"] == ""


def test_two_keys_are_live_at_once_and_a_third_is_refused(
    here: LocalProvince, typed: Typed, key: str
) -> None:
    second = typed(*ISSUE).json["key"]
    for each in (key, second):
        assert sell(here, each, each[-6:]) == 201
    refused = typed(*ISSUE)
    assert (refused.code, refused.out) == (1, "")
    assert "has 2 live keys" in refused.err
    assert len(here.platform.setup.list_keys(keys.portal_holder("cong-dvc"))) == MAX_LIVE_KEYS
    assert typed("keys", "revoke", "quangninh", key, "--yes", "--local").code == 0
    assert is_well_formed_key(typed(*ISSUE).json["key"])


def test_a_revoked_key_is_dead_within_a_minute_and_stays_so(
    here: LocalProvince, typed: Typed, key: str
) -> None:
    assert sell(here, key) == 201
    done = typed("keys", "revoke", "quangninh", hash_key(key)[:8], "--yes", "--local", "--json")
    assert (done.code, done.json["was_live"], done.json["state"]) == (0, True, "revoked")
    here.clock.advance(seconds=60)
    assert sell(here, key, "HS-2") == 401
    again = typed("keys", "revoke", "quangninh", hash_key(key), "--yes", "--local", "--json")
    assert (again.code, again.json["was_live"]) == (0, False)
    live = typed("keys", "list", "quangninh", "--local", "--json").json["keys"]
    assert hash_key(key) not in {each["hash"] for each in live}
    every = typed("keys", "list", "quangninh", "--all", "--local", "--json").json["keys"]
    assert hash_key(key) in {each["hash"] for each in every}


def test_bills_are_a_right_of_their_own(here: LocalProvince, typed: Typed, key: str) -> None:
    may = typed(*ISSUE, "--bills").json
    assert (may["rights"], "bills:write" in may["scopes"]) == ("test, bills", True)
    may_not = here.platform.setup.find_key(hash_key(key), here.clock.at)
    assert may_not is not None
    assert Scope.BILLS_WRITE not in may_not.scopes
    person = ("--person", "An Nguyen", "--role", "finance", "--bills", "--local")
    assert typed("keys", "issue", "quangninh", *person).code == 1


def test_nobody_asked_means_nothing_revoked(here: LocalProvince, typed: Typed, key: str) -> None:
    done = typed("keys", "revoke", "quangninh", key, "--local")
    assert done.code == 1
    assert "--yes" in done.err
    assert sell(here, key) == 201


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("auditor", {Scope.FINANCE_READ}),
        ("finance", {Scope.FINANCE_READ, Scope.FINANCE_WRITE}),
        ("operations", {Scope.FINANCE_READ, Scope.FINANCE_WRITE, Scope.OPERATIONS_WRITE}),
    ],
)
def test_a_persons_key_may_what_his_role_says(
    here: LocalProvince, typed: Typed, role: str, scopes: set[Scope]
) -> None:
    name = "Nguyễn  Thị Bình"
    options = ("--person", name, "--role", role, "--local", "--json")
    done = typed("keys", "issue", "quangninh", *options).json
    assert done["key"].startswith("ok_")
    assert done["person"] == "Nguyễn Thị Bình"
    found = here.platform.setup.find_key(done["hash"], here.clock.at)
    assert found is not None
    assert found.scopes == scopes
    assert done["rights"] == role
    headers = {"Authorization": f"Bearer {done['key']}"}
    assert here.http("GET", "/v1/reconciliations", headers=headers).status == 200


def test_a_change_leaves_what_is_not_named(here: LocalProvince, typed: Typed, key: str) -> None:
    before = here.platform.setup.read_portal("cong-dvc")
    done = typed(
        *("portals", "change", "quangninh", "cong-dvc", "--unit", "all", "--local", "--json")
    )
    assert done.json["payee_units"] is None
    after = here.platform.setup.read_portal("cong-dvc")
    assert before is not None
    assert after is not None
    assert after.payee_units is None
    assert (after.names, after.return_urls) == (before.names, before.return_urls)
    assert after.code_secret == before.code_secret


def without(*names: str) -> tuple[str, ...]:
    """The command without an option and its value."""
    rest = list(PORTAL)
    for name in names:
        at = rest.index(name)
        del rest[at : at + 2]
    return tuple(rest)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (without("--name"), "a name in 'vi' is missing"),
        ((*PORTAL, "--name", "fr=Portail"), "does not speak 'fr'"),
        ((*PORTAL, "--name", "Portal"), "is no name"),
        ((*PORTAL, "--unit", "NOBODY"), "there is no payee unit 'NOBODY'"),
        (without("--unit"), "Say whose fees it takes"),
        (without("--return-url"), "an address to which payers may return"),
        ((*PORTAL, "--return-url", "http://portal.example/"), "is no https address"),
        ((*PORTAL, "--return-url", "https://portal.example/?a=b"), "without a query"),
        ((*without("--mode"), "--mode", "live"), "A sandbox has no live portals"),
    ],
)
def test_a_portal_that_cannot_be_is_refused_in_a_sentence(
    here: LocalProvince, typed: Typed, arguments: tuple[str, ...], told: str
) -> None:
    done = typed(*arguments)
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert here.platform.setup.read_portal("cong-dvc") is None


def test_a_portal_is_added_once(here: LocalProvince, typed: Typed, key: str) -> None:
    done = typed(*PORTAL)
    assert done.code == 1
    assert "already" in done.err
    assert typed("portals", "add", "quangninh", "Cổng", *PORTAL[4:]).code == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--portal", "nobody"), "There is no portal 'nobody'"),
        (("--portal", "portal-a", "--person", "An"), "Say either"),
        (("--person", "An Nguyen"), "Say either"),
        (("--person", "An Nguyen", "--role", "king"), "There is no role 'king'"),
        (("--person", " ", "--role", "finance"), "belongs to one person"),
        ((), "Say either"),
    ],
)
def test_a_key_for_nobody_is_refused(
    here: LocalProvince, typed: Typed, arguments: tuple[str, ...], told: str
) -> None:
    done = typed("keys", "issue", "quangninh", *arguments, "--local", "--json")
    assert (done.code, done.out) == (1, "")
    assert told in done.err


@pytest.mark.parametrize("text", ["abc", "0" * 64, "ek_test_" + "A" * 22])
def test_an_unknown_key_is_not_revoked(here: LocalProvince, typed: Typed, text: str) -> None:
    done = typed("keys", "revoke", "quangninh", text, "--yes", "--local")
    assert done.code == 1
    assert "hash" in done.err


def test_portals_are_listed(here: LocalProvince, typed: Typed) -> None:
    listed = typed("portals", "list", "quangninh", "--local", "--json").json["portals"]
    assert [each["portal"] for each in listed] == ["portal-a", "portal-b"]
    assert "portal-a" in typed("portals", "list", "quangninh", "--local").out
