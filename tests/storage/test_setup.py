import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.portals import (
    OPERATOR_SCOPES,
    PORTAL_SCOPES,
    OperatorKey,
    Portal,
    PortalKey,
    WebhookEndpoint,
)
from chalicelib.domain.province import Mode
from chalicelib.errors import DataFault
from chalicelib.storage import keys, setup
from chalicelib.storage.setup_items import principal_from_item, principal_to_item
from tests.domain.province_documents import small_document, unit
from tests.storage.setup_table import TABLE, SetupTable, setup_table

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
PORTAL = Portal(
    portal_id="demo",
    names={"vi": "Cổng thử", "en": "Demo"},
    mode=Mode.TEST,
    payee_units=frozenset({"UNITA"}),
    return_urls=("https://portal.example/back",),
    code_secret=b"s" * 32,
)
PORTAL_KEY = PortalKey("a" * 64, "demo", Mode.TEST, PORTAL_SCOPES, CREATED)
OPERATOR_KEY = OperatorKey("b" * 64, "Trần Thị Bình", OPERATOR_SCOPES, CREATED)
ENDPOINT = WebhookEndpoint(
    endpoint_id="we1",
    portal="demo",
    url="https://portal.example/notices",
    secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
    event_types=frozenset({"order.paid"}),
    created_at=CREATED,
)


@pytest.fixture
def table() -> Iterator[SetupTable]:
    with setup_table() as table:
        table.envelope().create_data_key()
        table.setup().write_portal(PORTAL)
        table.calls.clear()
        yield table


def test_a_province_is_read_as_it_was_written(table: SetupTable) -> None:
    written = table.setup().write_province(small_document())
    read = table.setup().read_province()
    assert read == written
    assert read.units_by_code["UNITA"].names["vi"] == "Unit UNITA"


def test_a_province_with_faults_is_refused_and_nothing_is_written(table: SetupTable) -> None:
    document = small_document()
    document["profile"]["digits"] = "02"
    before = table.rows()
    with pytest.raises(DataFault, match="digits"):
        table.setup().write_province(document)
    assert table.rows() == before


def test_a_province_is_asked_for_again_after_a_minute_and_read_only_when_it_changed(
    table: SetupTable,
) -> None:
    writer, reader = table.setup(), table.setup()
    writer.write_province(small_document())
    table.calls.clear()
    first = reader.read_province()
    assert table.calls["GetItem"] == 2
    table.clock.advance(59.9)
    assert reader.read_province() is first
    assert table.calls["GetItem"] == 2
    table.clock.advance(0.1)
    assert reader.read_province() is first
    assert table.calls["GetItem"] == 3
    assert reader.province_read_at == table.clock()

    changed = small_document()
    changed["payee_units"].append(unit("UNITC"))
    writer.write_province(changed)
    assert "UNITC" not in reader.read_province().units_by_code
    table.clock.advance(60)
    assert "UNITC" in reader.read_province().units_by_code


def test_earlier_versions_stay_readable_as_evidence(table: SetupTable) -> None:
    first = table.setup().write_province(small_document())
    document = small_document()
    document["profile"]["phone"] = "0203 000 0009"
    second = table.setup().write_province(document)
    stored = {row["pk"]["S"] for row in table.rows() if row["pk"]["S"].startswith("PROVINCE#")}
    assert stored == {f"PROVINCE#{first.version}", f"PROVINCE#{second.version}"}


def test_a_document_that_does_not_fit_its_version_is_refused(table: SetupTable) -> None:
    province = table.setup().write_province(small_document())
    pointer = {"pk": {"S": "PROVINCE"}, "sk": {"S": "current"}, "version": {"S": "0" * 16}}
    row = table.client.get_item(
        TableName=TABLE, Key={"pk": {"S": f"PROVINCE#{province.version}"}, "sk": {"S": "-"}}
    )["Item"]
    table.client.put_item(TableName=TABLE, Item=row | {"pk": {"S": f"PROVINCE#{'0' * 16}"}})
    table.client.put_item(TableName=TABLE, Item=pointer)
    with pytest.raises(DataFault, match=province.version):
        table.setup().read_province()


def test_a_province_that_was_never_seeded_is_a_data_fault(table: SetupTable) -> None:
    with pytest.raises(DataFault, match="never seeded"):
        table.setup().read_province()


def test_a_document_too_large_for_a_row_is_refused(
    table: SetupTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "MAX_DOCUMENT_BYTES", 100)
    before = table.rows()
    with pytest.raises(DataFault, match="do not fit"):
        table.setup().write_province(small_document())
    assert table.rows() == before


@pytest.mark.parametrize(
    ("principal", "holder"),
    [
        (PORTAL_KEY, keys.portal_holder("demo")),
        (OPERATOR_KEY, keys.person_holder("Trần Thị Bình")),
    ],
)
def test_a_key_is_found_by_its_hash_and_by_its_holder(
    table: SetupTable, principal: PortalKey | OperatorKey, holder: str
) -> None:
    table.setup().write_key(principal)
    assert table.setup().find_key(principal.key_hash, table.clock()) == principal
    assert table.setup().list_keys(holder) == (principal,)


@pytest.mark.parametrize(
    "principal", [replace(PORTAL_KEY, portal="nobody"), replace(PORTAL_KEY, mode=Mode.LIVE)]
)
def test_a_key_must_be_of_its_portal_s_mode(table: SetupTable, principal: PortalKey) -> None:
    before = table.rows()
    with pytest.raises(DataFault, match="there is no"):
        table.setup().write_key(principal)
    assert table.rows() == before


def test_a_key_from_before_its_last_four_were_kept_is_read(table: SetupTable) -> None:
    newer = replace(PORTAL_KEY, last_four="wxyz")
    for principal in (PORTAL_KEY, newer):
        item = principal_to_item(principal)
        kept = {name: value for name, value in item.items() if value is not None}
        assert ("last_four" in kept) == bool(principal.last_four)
        assert principal_from_item(kept) == principal


def test_an_unknown_key_is_asked_for_each_time_so_that_a_new_one_works_at_once(
    table: SetupTable,
) -> None:
    reader = table.setup()
    assert reader.find_key(PORTAL_KEY.key_hash, table.clock()) is None
    assert reader.find_key(PORTAL_KEY.key_hash, table.clock()) is None
    assert table.calls["GetItem"] == 2
    table.setup().write_key(PORTAL_KEY)
    assert reader.find_key(PORTAL_KEY.key_hash, table.clock()) == PORTAL_KEY


def test_a_known_key_costs_one_read_in_thirty_seconds(table: SetupTable) -> None:
    table.setup().write_key(PORTAL_KEY)
    table.calls.clear()
    reader = table.setup()
    for _ in range(5):
        reader.find_key(PORTAL_KEY.key_hash, table.clock())
    assert table.calls == {"GetItem": 1}


def test_a_revoked_key_is_dead_at_once_here_and_within_thirty_seconds_elsewhere(
    table: SetupTable,
) -> None:
    here, elsewhere = table.setup(), table.setup()
    here.write_key(PORTAL_KEY)
    key_hash = PORTAL_KEY.key_hash
    assert here.find_key(key_hash, table.clock())
    assert elsewhere.find_key(key_hash, table.clock())
    assert here.revoke_key(key_hash, table.clock())
    assert here.find_key(key_hash, table.clock()) is None
    table.clock.advance(30)
    assert elsewhere.find_key(key_hash, table.clock()) is None


def test_a_revocation_that_lies_ahead_takes_effect_in_time_although_the_key_is_cached(
    table: SetupTable,
) -> None:
    at = table.clock() + timedelta(seconds=10)
    reader = table.setup()
    reader.write_key(replace(PORTAL_KEY, revoked_at=at))
    assert reader.find_key(PORTAL_KEY.key_hash, table.clock())
    assert reader.find_key(PORTAL_KEY.key_hash, at) is None


def test_a_key_is_revoked_once_and_never_unwritten(table: SetupTable) -> None:
    here = table.setup()
    assert not here.revoke_key("c" * 64, table.clock())
    here.write_key(PORTAL_KEY)
    assert here.revoke_key(PORTAL_KEY.key_hash, table.clock())
    assert not here.revoke_key(PORTAL_KEY.key_hash, table.clock())
    here.write_key(PORTAL_KEY)
    assert table.setup().find_key(PORTAL_KEY.key_hash, table.clock()) is None


def test_a_portal_is_read_as_it_was_written_and_its_secret_is_sealed(table: SetupTable) -> None:
    table.setup().write_portal(PORTAL)
    assert table.setup().read_portal("demo") == PORTAL
    assert b"s" * 32 not in repr(table.rows()).encode()
    assert "ssss" not in repr(PORTAL)


def test_a_portal_is_read_from_the_table_once_in_thirty_seconds(table: SetupTable) -> None:
    table.setup().write_portal(PORTAL)
    reader = table.setup()
    table.calls.clear()
    for _ in range(5):
        reader.read_portal("demo")
    assert table.calls == {"GetItem": 2, "Decrypt": 1}  # the portal's row and the data key's


def test_writing_a_portal_again_changes_no_byte(table: SetupTable) -> None:
    table.setup().write_portal(PORTAL)
    before = table.rows()
    table.setup().write_portal(PORTAL)
    assert table.rows() == before


def test_a_portal_may_change_but_for_its_code_secret_and_mode(table: SetupTable) -> None:
    table.setup().write_portal(PORTAL)
    table.setup().write_portal(replace(PORTAL, payee_units=None))
    assert table.setup().read_portal("demo") == replace(PORTAL, payee_units=None)
    for change in (replace(PORTAL, code_secret=b"t" * 32), replace(PORTAL, mode=Mode.LIVE)):
        with pytest.raises(DataFault, match="keeps its code secret and mode"):
            table.setup().write_portal(change)
    assert table.setup().read_portal("demo") == replace(PORTAL, payee_units=None)


def test_a_code_secret_copied_into_another_portal_does_not_open(table: SetupTable) -> None:
    table.setup().write_portal(PORTAL)
    row = next(row for row in table.rows() if row["pk"]["S"] == "PORTAL#demo")
    table.client.put_item(TableName=TABLE, Item=row | {"pk": {"S": "PORTAL#other"}})
    with pytest.raises(DataFault, match="belongs elsewhere"):
        table.setup().read_portal("other")


def test_an_unknown_portal_is_none(table: SetupTable) -> None:
    assert table.setup().read_portal("nobody") is None


def test_endpoints_are_listed_by_portal_with_their_secrets_sealed(table: SetupTable) -> None:
    here = table.setup()
    here.write_portal(PORTAL)
    here.write_key(PORTAL_KEY)
    everything = replace(ENDPOINT, endpoint_id="we2", event_types=None, disabled_at=CREATED)
    here.write_endpoint(ENDPOINT)
    here.write_endpoint(everything)
    here.write_endpoint(replace(ENDPOINT, portal="other"))
    assert table.setup().list_endpoints("demo") == (ENDPOINT, everything)
    assert "whsec_" not in repr(table.rows())
    here.remove_endpoint("demo", "we1")
    assert here.list_endpoints("demo") == (everything,)
    assert here.read_portal("demo") == PORTAL


def test_a_row_holds_only_the_hash_of_a_key(table: SetupTable) -> None:
    key = "ek_test_0123456789012345678901"
    key_hash = hashlib.sha256(key.encode()).hexdigest()
    table.setup().write_key(replace(PORTAL_KEY, key_hash=key_hash))
    assert "0123456789012345678901" not in repr(table.rows())
