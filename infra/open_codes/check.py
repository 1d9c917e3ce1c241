#!/usr/bin/env python3
"""Checks open payment codes without a network: one file, nothing but Python 3.9 or later.

    python3 check.py --keys keys.json 'OPEN1|t1|...'     the text of a scanned square
    python3 check.py --keys keys.json < scanner          one text a line
    python3 check.py --keys keys.json --csv codes.csv    a batch's file, every line of it
    python3 check.py 221234567890123456                  only the digits of a typed code

keys.json: what GET /v1/open-code-keys answers; or --key t1=<base64>, as a sheet's head prints it.
Ends with 0 when all are valid, 1 when one is not, 2 when it could not check.

What it cannot know: whether a code was paid, bound or taken back meanwhile.
Ed25519 by RFC 8032, section 5.1.7, in plain integers.
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]

WORDS = {
    "valid": ("HỢP LỆ", "有效", "VALID"),
    "not_ours": (
        "KHÔNG PHẢI MÃ CỦA CHÚNG TÔI: chữ ký sai",
        "不是我们的缴款码：签名不符",
        "NOT OURS: the signature is wrong",
    ),
    "unknown_key": (
        "KHÔNG KIỂM TRA ĐƯỢC: không có khóa này",
        "无法核验：没有这把公钥",
        "NOT OURS, OR A NEWER KEY: this key is not known",
    ),
    "out_of_date": ("ĐÃ HẾT HẠN", "已过期", "OUT OF DATE"),
    "wrong_digits": (
        "SAI CHỮ SỐ: đọc hoặc chép lại mã",
        "数字有误：请重新读码或抄写",
        "WRONG DIGITS: read or copy the code again",
    ),
    "digits_right": (
        "CHỮ SỐ ĐÚNG, chưa kiểm tra chữ ký: so từ xác minh với danh sách",
        "数字正确，签名未核验：请与清单核对验证词",
        "DIGITS RIGHT, signature not checked: compare the word with the list",
    ),
    "test": ("THỬ NGHIỆM", "测试", "TEST"),
    "until": ("đến hết ngày", "有效至", "until"),
}
LANGUAGES = ("vi", "zh", "en")
EXPONENTS = {"VND": 0, "CNY": 2}


def add(first: Point, second: Point) -> Point:
    """Of two points in extended coordinates."""
    a = (first[1] - first[0]) * (second[1] - second[0]) % P
    b = (first[1] + first[0]) * (second[1] + second[0]) % P
    c = 2 * first[3] * second[3] * D % P
    d = 2 * first[2] * second[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(number: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def is_same(first: Point, second: Point) -> bool:
    return not (
        (first[0] * second[2] - second[0] * first[2]) % P
        or (first[1] * second[2] - second[1] * first[2]) % P
    )


def read_point(content: bytes) -> Point | None:
    """None where 32 bytes are no point of the curve."""
    number = int.from_bytes(content, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = read_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
assert BASE is not None


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature`, 64 bytes, is that of `message` by the key with this public half."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = read_point(public), read_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or BASE is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return is_same(multiply(scalar, BASE), add(commitment, multiply(challenge, key)))


def has_right_digits(code: str) -> bool:
    """ISO 7064 MOD 97-10, as a person does it: times 30, plus the next group of three."""
    if len(code) != 18 or not (code.isascii() and code.isdigit()) or code[0] == "0":
        return False
    # 00, 01 and 99 leave 1 as well where 97, 98 and 02 are right.
    if not "02" <= code[-2:] <= "98":
        return False
    left = 0
    for start in range(0, 18, 3):
        left = (left * 30 + int(code[start : start + 3])) % 97
    return left == 1


def check(text: str, keys: Mapping[str, bytes], today: date) -> tuple[str, list[str]]:
    """(result, the parts of the text): a key of WORDS; no parts where only digits were checked."""
    text = text.strip()
    if "|" not in text:
        code = "".join(each for each in text if each not in " -\u00a0\u2009\t")
        return ("digits_right" if has_right_digits(code) else "wrong_digits"), []
    parts = text.split("|")
    if len(parts) != 9 or parts[0] != "OPEN1":
        return "not_ours", []
    if not has_right_digits(parts[2]):
        return "wrong_digits", parts
    if parts[1] not in keys:
        return "unknown_key", parts
    if not is_signed(keys[parts[1]], text.rpartition("|")[0].encode(), decode(parts[8])):
        return "not_ours", parts
    return ("valid" if today.isoformat() <= parts[7] else "out_of_date"), parts


def decode(text: str) -> bytes:
    """Base64 in either alphabet, with or without its end; empty where it is none."""
    try:
        plain = text.replace("-", "+").replace("_", "/").rstrip("=")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return b""


def describe(text: str, result: str, parts: list[str], language: str) -> str:
    index = LANGUAGES.index(language)
    line = WORDS[result][index]
    if not parts or result not in ("valid", "out_of_date"):
        return f"{line}  {text.strip()[:60]}"
    _, key_id, code, unit, items, amount, currency, until, _ = parts
    groups = " ".join(code[start : start + 3] for start in range(0, 18, 3))
    places = EXPONENTS.get(currency, 0)
    money = f"{amount[:-places] or 0}.{amount[-places:].zfill(places)}" if places else amount
    test = f"  [{WORDS['test'][index]}]" if key_id.startswith("t") else ""
    last = f"{WORDS['until'][index]} {until}"
    return f"{line}{test}  {groups}  {unit} {items}  {money} {currency}  {last}"


def read_texts(arguments: argparse.Namespace) -> Iterator[str]:
    """What is to be checked, one by one, as it comes."""
    if arguments.csv:
        with open(arguments.csv, encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                code = "".join(each for each in row["payment_code"] if each.isdigit())
                parts = row["signed_text"].split("|")
                yield row["signed_text"] if parts[2:3] == [code] else code + "|"
    elif arguments.text:
        yield from arguments.text
    else:
        # A scanner types UTF-8, whatever this computer's own alphabet is.
        for line in io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace"):
            if line.strip():
                yield line


def read_keys(arguments: argparse.Namespace) -> dict[str, bytes]:
    keys = {name: public for name, _, public in (each.partition("=") for each in arguments.key)}
    if arguments.keys:
        with open(arguments.keys, encoding="utf-8") as file:
            keys.update((each["key_id"], each["public_key"]) for each in json.load(file)["items"])
    return {key_id: decode(public) for key_id, public in keys.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("text", nargs="*", help="a scanned text, or the 18 digits alone")
    parser.add_argument("--keys", help="file with the answer of GET /v1/open-code-keys")
    parser.add_argument("--key", action="append", default=[], help="t1=<base64>, as printed")
    parser.add_argument("--csv", help="a batch's codes.csv")
    parser.add_argument("--today", default="", help="YYYY-MM-DD, else this computer's")
    parser.add_argument("--language", choices=LANGUAGES, default="vi")
    arguments = parser.parse_args()
    today_text = arguments.today or datetime.now().astimezone().date().isoformat()
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", line_buffering=True)
    try:
        keys, today = read_keys(arguments), date.fromisoformat(today_text)
        bad = 0
        for text in read_texts(arguments):
            result, parts = check(text, keys, today)
            bad += result not in ("valid", "digits_right")
            print(describe(text, result, parts, arguments.language))
    except (OSError, ValueError, KeyError) as error:
        print(f"could not check: {error!r}", file=sys.stderr)
        return 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
