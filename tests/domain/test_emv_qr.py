"""EMVCo payloads: published and foreign samples, every alteration refused, anything read safely."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.emv_qr import (
    QrFault,
    QrUnreadable,
    crc_of,
    read_objects,
    read_payload,
    write_objects,
    write_payload,
)

SAMPLES = json.loads(
    (Path(__file__).parents[1] / "channels/samples/emvco.json").read_text(encoding="utf-8")
)
VECTORS: dict[str, Any] = {sample["id"]: sample for sample in SAMPLES["vectors"]}
GOOD = [each for each in VECTORS.values() if each["crc_ok"]]
NAPAS_MISPRINT = "0006970403" + "01120011012345678"
DYNAMIC = VECTORS["gov-dynamic"]["payload"]
ids = st.integers(1, 99).map("{:02d}".format)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=99)


def fault_of(payload: str) -> tuple[QrFault, str]:
    with pytest.raises(QrUnreadable) as refused:
        read_payload(payload)
    return refused.value.fault, refused.value.place


def test_the_crc_is_the_published_one() -> None:
    assert crc_of(SAMPLES["crc"]["check"]["ascii"]) == SAMPLES["crc"]["check"]["crc"]


@pytest.mark.parametrize("sample", GOOD, ids=lambda sample: sample["id"])
def test_a_sample_is_read_as_its_makers_read_it_and_written_back(sample: dict[str, Any]) -> None:
    objects = read_payload(sample["payload"])
    assert write_payload(objects) == sample["payload"]
    told = {name: value for name, value in sample["tlv"].items() if name not in ("00", "63")}
    assert list(objects) == list(told)
    for name, value in told.items():
        assert is_same(objects[name], value)


def is_same(ours: str, theirs: object) -> bool:
    if not isinstance(theirs, dict):
        return ours == theirs
    try:
        read = read_objects(ours)
    except QrUnreadable:
        return ours == NAPAS_MISPRINT
    return list(read) == list(theirs) and all(
        is_same(read[name], value) for name, value in theirs.items()
    )


def test_a_crc_in_small_letters_is_accepted_and_capitals_are_written() -> None:
    payload = VECTORS["vietqr-static-acb"]["payload"]
    small = payload[:-4] + payload[-4:].lower()
    assert small != payload
    assert write_payload(read_payload(small)) == payload


def test_lengths_count_characters_and_the_crc_counts_bytes() -> None:
    payload = write_payload({"64": write_objects({"00": "ZH", "01": "最佳运输"})})
    assert payload.startswith("000201" + "6414" + "0002ZH" + "0104最佳运输")
    assert read_objects(read_payload(payload)["64"]) == {"00": "ZH", "01": "最佳运输"}


def test_napas_6_1_1_has_a_right_crc_over_a_wrong_inner_length() -> None:
    """The account number has 13 digits and the document prints a length of 12."""
    merchant = read_objects(read_payload(VECTORS["napas-static-account"]["payload"])["38"], "38")
    with pytest.raises(QrUnreadable) as refused:
        read_objects(merchant["01"], "38.01")
    assert (refused.value.fault, refused.value.place) == (QrFault.CUT_OFF, "38.01")
    mended = merchant["01"].replace("970403" + "0112", "970403" + "0113")
    assert read_objects(mended) == {"00": "970403", "01": "0011012345678"}


def test_napas_6_1_4_carries_the_crc_of_the_dynamic_code() -> None:
    printed = VECTORS["napas-6.1.4-misprint"]["payload"]
    assert fault_of(printed) == (QrFault.CRC_WRONG, "63")
    body = printed[: -len("6304A203")]
    dynamic = body.replace("010211", "010212").replace(
        "53037045802VN", "530370454061800005802VN62340107NPS68690819thanh toan don hang"
    )
    assert crc_of(dynamic + "6304") == "A203"
    assert read_payload(f"{body}6304{crc_of(body + '6304')}")["01"] == "11"


@pytest.mark.parametrize(
    ("payload", "fault", "place"),
    [
        ("", QrFault.EMPTY, ""),
        ("000", QrFault.CUT_OFF, ""),
        ("0002010", QrFault.CUT_OFF, ""),
        ("0005", QrFault.CUT_OFF, "00"),
        ("0X0201", QrFault.BAD_ID, ""),
        ("٠٠0201", QrFault.BAD_ID, ""),
        ("00+201", QrFault.BAD_LENGTH, "00"),
        ("000001", QrFault.BAD_LENGTH, "00"),
        ("000201000201", QrFault.REPEATED, "00"),
        ("000201", QrFault.CRC_MISSING, "63"),
        (DYNAMIC + "5802VN", QrFault.REPEATED, "58"),
        (DYNAMIC + "6104ABCD", QrFault.CRC_MISSING, "63"),
        (DYNAMIC[:-4], QrFault.CUT_OFF, "63"),
        (DYNAMIC[:-4] + "850E", QrFault.CRC_WRONG, "63"),
        (DYNAMIC[:-4] + "٨50F", QrFault.CRC_WRONG, "63"),
        ("5802VN6304" + crc_of("5802VN6304"), QrFault.FORMAT_MISSING, "00"),
        ("0002026304" + crc_of("0002026304"), QrFault.FORMAT_MISSING, "00"),
        ("000201380300X6304" + crc_of("000201380300X6304"), QrFault.CUT_OFF, "38"),
        ("9" * 513, QrFault.TOO_LONG, ""),
        ("0002015902\ud800A6304FFFF", QrFault.NOT_TEXT, ""),
    ],
)
def test_a_fault_has_a_stable_code_and_its_place(payload: str, fault: str, place: str) -> None:
    assert fault_of(payload) == (fault, place)


def test_the_codes_of_faults_stay_as_they_are() -> None:
    assert {fault.value for fault in QrFault} == {
        *("empty", "too_long", "not_text", "bad_id", "bad_length", "cut_off"),
        *("repeated", "format_missing", "crc_missing", "crc_wrong"),
    }


@pytest.mark.parametrize("name", ["26", "51", "62", "64", "80", "99"])
def test_a_template_of_emvco_that_is_cut_off_is_named(name: str) -> None:
    assert fault_of(write_payload({name: "0099A"})) == (QrFault.CUT_OFF, f"{name}.00")


@pytest.mark.parametrize("name", ["25", "52", "61", "65", "79"])
def test_what_is_no_template_holds_any_text(name: str) -> None:
    assert read_payload(write_payload({name: "0099A"})) == {name: "0099A"}


def test_a_payload_has_512_characters_at_most() -> None:
    full = {str(name): "A" * 99 for name in range(65, 69)} | {"70": "A" * 82}
    assert len(write_payload(full)) == 512
    assert read_payload(write_payload(full)) == full
    with pytest.raises(ValueError, match="at most 512"):
        write_payload({**full, "70": "A" * 83})


def test_no_character_can_be_altered_dropped_or_doubled() -> None:
    for place, letter in enumerate(DYNAMIC):
        others = [other for other in "0123456789ABZ" if other != letter]
        changed = [DYNAMIC[:place] + other + DYNAMIC[place + 1 :] for other in others]
        for payload in (
            *changed,
            DYNAMIC[:place] + DYNAMIC[place + 1 :],
            DYNAMIC[:place] + letter + DYNAMIC[place:],
        ):
            if payload != DYNAMIC:
                fault_of(payload)


def test_a_field_that_is_dropped_whole_breaks_the_crc() -> None:
    for name in read_payload(DYNAMIC):
        left = {each: value for each, value in read_payload(DYNAMIC).items() if each != name}
        assert fault_of(write_payload(left)[:-4] + DYNAMIC[-4:]) == (QrFault.CRC_WRONG, "63")


@given(st.dictionaries(ids.filter(lambda name: name != "63"), texts, min_size=1, max_size=4))
def test_templates_come_back_as_they_were_written(objects: dict[str, str]) -> None:
    assert list(read_objects(write_objects(objects)).items()) == list(objects.items())


@given(
    st.dictionaries(st.sampled_from(["01", "52", "54", "59", "65", "79"]), texts, max_size=4),
    st.dictionaries(ids, st.text("ABC 012", min_size=1, max_size=10), min_size=1, max_size=6),
)
def test_payloads_come_back_as_they_were_written(
    objects: dict[str, str], additional: dict[str, str]
) -> None:
    objects = {**objects, "62": write_objects(additional)}
    read = read_payload(write_payload(objects))
    assert list(read.items()) == list(objects.items())
    assert read_objects(read["62"]) == additional


@given(st.one_of(st.text(max_size=600), st.text("0123456789", max_size=120)))
def test_anything_is_read_or_refused(text: str) -> None:
    for payload in (text, f"000201{text}6304", DYNAMIC[: len(text) % len(DYNAMIC)] + text):
        with suppress(QrUnreadable):
            read_payload(payload)


@pytest.mark.parametrize(
    "objects",
    [
        {"1": "A"},
        {"001": "A"},
        {"1A": "A"},
        {"58": ""},
        {"58": "A" * 100},
        {"00": "01"},
        {"63": "A"},
    ],
)
def test_what_no_reader_would_take_is_not_written(objects: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        write_payload(objects)
