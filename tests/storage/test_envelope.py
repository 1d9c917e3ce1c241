import os
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.errors import DataFault, TryLater
from chalicelib.storage.envelope import OVERHEAD_BYTES
from tests.storage.setup_table import TABLE, SetupTable, counted_bytes, setup_table

PAYER = "Nguyễn Văn Ánh, 022090001234".encode()


@pytest.fixture
def table() -> Iterator[SetupTable]:
    with setup_table() as table:
        table.envelope().create_data_key()
        table.calls.clear()
        yield table


def test_what_one_process_sealed_another_opens(table: SetupTable) -> None:
    sealed = table.envelope().seal(PAYER, "payer|22")
    assert table.envelope().open(sealed, "payer|22") == PAYER


def test_a_sealed_text_is_at_most_48_bytes_longer_and_hides_the_text(table: SetupTable) -> None:
    sealed = table.envelope().seal(PAYER, "payer|22")
    assert len(sealed) == len(PAYER) + OVERHEAD_BYTES
    assert OVERHEAD_BYTES == 37
    assert b"022090001234" not in sealed


def test_every_single_changed_bit_is_noticed(table: SetupTable) -> None:
    envelope = table.envelope()
    sealed = envelope.seal(b"a", "payer|22")
    for position in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[position // 8] ^= 1 << position % 8
        with pytest.raises(DataFault):
            envelope.open(bytes(altered), "payer|22")


@pytest.mark.parametrize("length", [0, 1, 9, 36])
def test_a_shortened_text_is_refused(table: SetupTable, length: int) -> None:
    envelope = table.envelope()
    with pytest.raises(DataFault):
        envelope.open(envelope.seal(b"a", "c")[:length], "c")


def test_a_sealed_text_is_worthless_in_another_row(table: SetupTable) -> None:
    envelope = table.envelope()
    with pytest.raises(DataFault, match="belongs elsewhere"):
        envelope.open(envelope.seal(PAYER, "payer|22"), "payer|23")


def test_the_layout_is_plain_aes_gcm_under_the_key_that_kms_unwraps(table: SetupTable) -> None:
    sealed = table.envelope().seal(PAYER, "payer|22")
    key = {"pk": {"S": "DATAKEY"}, "sk": {"S": f"ID#{sealed[1:9].hex()}"}}
    wrapped = table.client.get_item(TableName=TABLE, Key=key)["Item"]["wrapped"]["B"]
    data_key = table.kms.decrypt(
        CiphertextBlob=wrapped, EncryptionContext={"province": "quangninh"}
    )["Plaintext"]
    assert len(data_key) == 32
    header_and_context = sealed[:9] + b"payer|22"
    assert AESGCM(data_key).decrypt(sealed[9:21], sealed[21:], header_and_context) == PAYER


def test_a_cold_process_asks_kms_once_and_a_warm_one_nobody(table: SetupTable) -> None:
    envelope = table.envelope()
    first = envelope.seal(PAYER, "a")
    assert table.calls == {"GetItem": 1, "Decrypt": 1}
    for _ in range(10):
        envelope.open(envelope.seal(PAYER, "a"), "a")
    envelope.open(first, "a")
    assert table.calls == {"GetItem": 1, "Decrypt": 1}


def test_a_process_that_only_opens_asks_kms_once(table: SetupTable) -> None:
    sealed = table.envelope().seal(PAYER, "a")
    table.calls.clear()
    reader = table.envelope()
    assert [reader.open(sealed, "a") for _ in range(3)] == [PAYER] * 3
    assert table.calls == {"GetItem": 1, "Decrypt": 1}


def test_nonces_come_from_the_random_source_and_differ(table: SetupTable) -> None:
    envelope = table.envelope(random_bytes=os.urandom)
    nonces = {envelope.seal(b"", "a")[9:21] for _ in range(500)}
    assert len(nonces) == 500


def test_another_province_cannot_unwrap_the_data_key(table: SetupTable) -> None:
    sealed = table.envelope().seal(PAYER, "a")
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        table.envelope(province="binhduong").open(sealed, "a")


def test_after_a_rotation_old_texts_open_and_new_ones_use_the_new_key(table: SetupTable) -> None:
    old = table.envelope().seal(PAYER, "a")
    table.envelope().rotate_data_key()
    fresh = table.envelope()
    new = fresh.seal(PAYER, "a")
    assert old[1:9] != new[1:9]
    assert fresh.open(old, "a") == fresh.open(new, "a") == PAYER
    assert table.envelope().open(new, "a") == PAYER


def test_two_rotations_at_once_leave_one_new_key(table: SetupTable) -> None:
    slow, fast = table.envelope(), table.envelope()
    slow.seal(b"", "a")
    fast.rotate_data_key()
    with pytest.raises(TryLater):
        slow.rotate_data_key()
    ids = [row["sk"]["S"] for row in table.rows() if row["sk"]["S"].startswith("ID#")]
    assert len(ids) == 2


def test_racing_creators_agree_on_the_first_data_key() -> None:
    with setup_table() as table:
        racers = [table.envelope(random_bytes=counted_bytes(seed)) for seed in (7, 8)]
        original = racers[0]._dynamo.transact

        def overtaken(actions: list[dict[str, object]]) -> object:
            assert racers[1].create_data_key()
            return original(actions)

        racers[0]._dynamo.transact = overtaken  # type: ignore[method-assign,assignment]
        assert not racers[0].create_data_key()
        assert racers[1].open(racers[0].seal(PAYER, "a"), "a") == PAYER
        assert len([row for row in table.rows() if row["sk"]["S"].startswith("ID#")]) == 1
        assert racers[0].payer_search_hash("phone", "1") == racers[1].payer_search_hash(
            "phone", "1"
        )


def test_creating_again_changes_nothing(table: SetupTable) -> None:
    before = table.rows()
    assert not table.envelope().create_data_key()
    assert table.rows() == before


def test_without_a_data_key_nothing_is_sealed() -> None:
    with setup_table() as table:
        with pytest.raises(DataFault, match="no data key"):
            table.envelope().seal(PAYER, "a")
        assert table.rows() == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("0912 345-678", "0912345678"), ("Ab 12", "aB12"), ("ｅ１", "E1")],  # the last: full width
)
def test_spaces_dashes_case_and_width_do_not_change_a_search_hash(
    table: SetupTable, one: str, other: str
) -> None:
    envelope = table.envelope()
    assert envelope.payer_search_hash("id", one) == envelope.payer_search_hash("id", other)


def test_search_hashes_differ_by_kind_and_value_and_survive_rotation(table: SetupTable) -> None:
    envelope = table.envelope()
    phone = envelope.payer_search_hash("phone", "0912345678")
    assert len(phone) == 32
    assert phone != envelope.payer_search_hash("identity", "0912345678")
    assert phone != envelope.payer_search_hash("phone", "0912345679")
    envelope.rotate_data_key()
    assert table.envelope().payer_search_hash("phone", "0912345678") == phone


@pytest.mark.parametrize(
    "fault",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "Decrypt"),
        EndpointConnectionError(endpoint_url="https://kms"),
    ],
)
def test_a_busy_or_silent_key_store_means_try_later(
    table: SetupTable, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise fault

    monkeypatch.setattr(table.kms, "decrypt", refuse)
    with pytest.raises(TryLater):
        table.envelope().seal(PAYER, "a")
