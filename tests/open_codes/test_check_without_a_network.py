"""The stand-alone check against the standard's own vectors and another library, with no network."""

import base64
import csv
import io
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from stdnum.iso7064 import mod_97_10

from infra.open_codes import check
from tests.support.local_province import LocalProvince
from tests.support.open_codes import PATH, codes_of, issued_batch
from tests.support.portal_client import call

SCRIPT = Path(check.__file__)

# RFC 8032, section 7.1: public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
        "f9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
        "f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
        "4dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3"
        "feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c664"
        "31e0303dca179c138ac17ad9bef1177331a704",
    ),
)


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_standards_vectors_hold(public: str, message: str, signature: str) -> None:
    given = [bytes.fromhex(each) for each in (public, message, signature)]
    assert check.is_signed(*given)
    for turn, part in enumerate(given):
        if part:
            spoiled = [*given[:turn], bytes([part[0] ^ 1]) + part[1:], *given[turn + 1 :]]
            assert not check.is_signed(*spoiled)


def test_it_agrees_with_another_library_on_good_and_spoiled_signatures() -> None:
    source = random.Random(20260302)
    for _ in range(20):
        private = Ed25519PrivateKey.from_private_bytes(source.randbytes(32))
        public = private.public_key().public_bytes_raw()
        message = source.randbytes(source.randrange(120))
        signature = private.sign(message)
        spoiled = bytearray(signature)
        spoiled[source.randrange(64)] ^= 1 << source.randrange(8)
        for candidate in (signature, bytes(spoiled), source.randbytes(64)):
            expected = library_says(public, message, candidate)
            assert check.is_signed(public, message, candidate) is expected
        assert check.is_signed(public, message, signature)


def library_says(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_a_scalar_beyond_the_group_is_refused() -> None:
    """The same signature written in a second way: RFC 8032, 5.1.7, demands that it be refused."""
    public, message, signature = (bytes.fromhex(each) for each in VECTORS[1])
    scalar = int.from_bytes(signature[32:], "little") + check.ORDER
    assert not check.is_signed(public, message, signature[:32] + scalar.to_bytes(32, "little"))


def test_points_that_are_none_are_refused() -> None:
    assert check.read_point((2).to_bytes(32, "little")) is None
    assert check.read_point((2**255 - 1).to_bytes(32, "little")) is None
    assert not check.is_signed(b"short", b"", bytes(64))


def test_digits_agree_with_another_library() -> None:
    source = random.Random(7)
    for _ in range(300):
        body = f"{source.randrange(10, 100)}{source.randrange(10**14):014d}"
        right = body + mod_97_10.calc_check_digits(body)
        assert check.has_right_digits(right), right
        place = source.randrange(18)
        wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
        assert not check.has_right_digits(wrong), wrong
        for end in ("00", "01", "99"):
            assert not check.has_right_digits(body + end)
    assert not check.has_right_digits("１" * 18)


@pytest.fixture
def batch(province: LocalProvince) -> str:
    return issued_batch(province, lines=[{"fee_item": "RANGE", "amount_minor": 25_000}])


@pytest.fixture
def keys(province: LocalProvince, batch: str, tmp_path: Path) -> Path:
    file = tmp_path / "keys.json"
    file.write_text(call(province, "GET", "/v1/open-code-keys").text)
    return file


def without_network() -> list[Sequence[str]]:
    """Ways to run a program that can reach nobody: a socket module that cannot be used, and where
    the kernel allows it a network of its own with nothing in it."""
    ways: list[Sequence[str]] = [()]
    unshare = shutil.which("unshare")
    if unshare is not None:
        tried = subprocess.run([unshare, "-rn", "true"], check=False, capture_output=True)
        ways += [] if tried.returncode else [(unshare, "-rn")]
    return ways


@pytest.fixture
def poisoned(tmp_path: Path) -> dict[str, str]:
    """An environment in which `socket` is not there, and nothing of ours either."""
    folder = tmp_path / "poison"
    folder.mkdir()
    for name in ("socket", "ssl", "urllib", "http"):
        (folder / f"{name}.py").write_text("raise ImportError('no network here')\n")
    return {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C"}


def run(
    arguments: Sequence[str], environment: dict[str, str], text: str = "", way: Sequence[str] = ()
) -> tuple[int, str]:
    command = [*way, sys.executable, "-S", str(SCRIPT), "--today", "2026-03-20", *arguments]
    done = subprocess.run(
        command,
        check=False,
        input=text.encode(),
        capture_output=True,
        env=environment,
        cwd="/",
        timeout=60,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("way", without_network(), ids=lambda way: "unshare" if way else "poisoned")
def test_a_printed_code_is_valid_and_says_what_it_is_for(
    province: LocalProvince,
    batch: str,
    keys: Path,
    poisoned: dict[str, str],
    way: Sequence[str],
) -> None:
    first = codes_of(province, batch)[0]
    code, text = first["payment_code"], first["signed_text"]
    groups = " ".join(code[start : start + 3] for start in range(0, 18, 3))
    asked = ["--keys", str(keys), "--language"]
    told = f"{groups}  UNITA RANGE  25000 VND"
    for language, words in (
        ("en", ("VALID", "TEST", "until 2026-04-01")),
        ("vi", ("HỢP LỆ", "THỬ NGHIỆM", "đến hết ngày 2026-04-01")),
        ("zh", ("有效", "测试", "有效至 2026-04-01")),
    ):
        valid, test, until = words
        expected = f"{valid}  [{test}]  {told}  {until}\n"
        assert run([*asked, language, text], poisoned, way=way) == (0, expected)
        assert run([*asked, language], poisoned, f"{text}\n", way=way) == (0, expected)


def test_what_was_altered_is_not_ours(
    province: LocalProvince, batch: str, keys: Path, poisoned: dict[str, str]
) -> None:
    first, second = codes_of(province, batch)[:2]
    text, code = first["signed_text"], first["payment_code"]
    asked = ["--keys", str(keys), "--language", "en"]
    forged = Ed25519PrivateKey.generate().sign(text.rpartition("|")[0].encode())
    cases = {
        text.replace("|25000|", "|15000|"): "NOT OURS",
        text.replace("|2026-04-01|", "|2027-04-01|"): "NOT OURS",
        text.replace("|UNITA|", "|UNITB|"): "NOT OURS",
        text.replace(code, second["payment_code"]): "NOT OURS",
        f"{text.rpartition('|')[0]}|{base64.urlsafe_b64encode(forged).decode()}": "NOT OURS",
        text.replace("|t1|", "|t2|"): "NOT OURS, OR A NEWER KEY",
        "OPEN1|": "NOT OURS",
        text.replace(code, code[:-1] + str((int(code[-1]) + 1) % 10)): "WRONG DIGITS",
        code[:3] + code[4] + code[3] + code[5:]: "WRONG DIGITS",
    }
    for altered, expected in cases.items():
        if altered == code:
            continue  # two equal digits were swapped
        status, told = run([*asked, altered], poisoned)
        assert (status, told.startswith(expected)) == (1, True), (altered, told)
    status, told = run([*asked, "--today", "2026-04-02", text], poisoned)
    assert (status, told.startswith("OUT OF DATE")) == (1, True)
    status, told = run([*asked, f" {code[:9]} {code[9:]} "], poisoned)
    assert (status, told.startswith("DIGITS RIGHT")) == (0, True)


def test_a_batchs_file_is_checked_line_by_line(
    province: LocalProvince, batch: str, keys: Path, poisoned: dict[str, str], tmp_path: Path
) -> None:
    answer = call(province, "GET", f"{PATH}/{batch}/codes.csv")
    file = tmp_path / "codes.csv"
    file.write_text(answer.text, encoding="utf-8")
    asked = ["--keys", str(keys), "--language", "en", "--csv", str(file)]
    status, told = run(asked, poisoned)
    assert (status, told.count("VALID  [TEST]"), len(told.splitlines())) == (0, 3, 3)
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    rows[1]["payment_code"] = rows[2]["payment_code"]
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    status, told = run(asked, poisoned)
    assert status == 1
    assert [line.partition(" ")[0] for line in told.splitlines()] == ["VALID", "NOT", "VALID"]


def test_a_key_can_be_typed_as_the_sheet_prints_it(
    province: LocalProvince, batch: str, keys: Path, poisoned: dict[str, str]
) -> None:
    (key,) = json.loads(keys.read_text())["items"]
    text = codes_of(province, batch)[0]["signed_text"]
    status, told = run(["--key", f"{key['key_id']}={key['public_key']}", text], poisoned)
    assert (status, told.startswith("HỢP LỆ")) == (0, True)


def test_without_its_keys_file_it_says_that_it_could_not_check(poisoned: dict[str, str]) -> None:
    status, told = run(["--keys", "/nowhere/keys.json", "OPEN1|"], poisoned)
    assert status == 2
    assert told.startswith("could not check")


def test_it_is_one_file_of_the_standard_library() -> None:
    names = set(sys.stdlib_module_names) | {"__future__"}
    lines = [line.split() for line in SCRIPT.read_text().splitlines()]
    imported = {
        words[1].partition(".")[0] for words in lines if words[:1] in (["import"], ["from"])
    }
    assert imported <= names
    assert imported.isdisjoint({"socket", "ssl", "urllib", "http"})
