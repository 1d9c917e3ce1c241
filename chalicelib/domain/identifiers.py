"""The numbers that people and providers see. All of them are text: a spreadsheet keeps 15 digits.

payment code        province (2, not starting with 0) + body (14) + check (2, ISO 7064 MOD 97-10)
payment number      payment code (18) + attempt (2)
verification word   6 characters that a stranger who knows the code cannot guess
"""

import hashlib
import hmac
import unicodedata

PAYMENT_CODE_LENGTH = 18
PAYMENT_NO_LENGTH = 20
MAX_ATTEMPTS = 99
BODY_SPACE = 10**14

# No vowels (no words appear) and nothing that is read wrongly aloud or on paper:
# 0 O, 1 I L, 2 Z, 5 S, 8 B.
WORD_ALPHABET = "34679CDFGHJKMNPQRTVWXY"
WORD_LENGTH = 6
FACT_HASH_LENGTH = 24


def check_digits(digits: str) -> str:
    """ISO 7064 MOD 97-10 over decimal digits."""
    return f"{98 - int(digits) * 100 % 97:02d}"


def build_payment_code(province_digits: str, body: int) -> str:
    if not (province_digits.isascii() and province_digits.isdigit() and len(province_digits) == 2):
        raise ValueError(f"province digits must be two, not {province_digits!r}")
    if province_digits[0] == "0":
        raise ValueError(f"province digits must be 10 to 99, not {province_digits!r}")
    if not 0 <= body < BODY_SPACE:
        raise ValueError("body must have at most 14 digits")
    digits = f"{province_digits}{body:014d}"
    return digits + check_digits(digits)


def is_payment_code(text: str) -> bool:
    return (
        len(text) == PAYMENT_CODE_LENGTH
        and text.isascii()
        and text.isdigit()
        and text[0] != "0"
        and text[-2:] == check_digits(text[:-2])
    )


def normalize_payment_code(text: str) -> str:
    """What a person typed or scanned, without the spaces and dashes of the printed groups."""
    return "".join(character for character in text if character not in " -\u00a0\u2009\t")


def group_payment_code(code: str) -> str:
    """Six groups of three, as printed."""
    return " ".join(code[start : start + 3] for start in range(0, PAYMENT_CODE_LENGTH, 3))


def derive_body(code_secret: bytes, purpose: str, key: str, turn: int) -> int:
    """The body that `key` gets at its `turn`-th try: the same key walks the same chain again."""
    message = f"{purpose}|{key}|{turn}".encode()
    digest = hmac.new(code_secret, message, hashlib.sha256).digest()
    return int.from_bytes(digest, "big") % BODY_SPACE


def build_payment_no(payment_code: str, attempt_no: int) -> str:
    if not 1 <= attempt_no <= MAX_ATTEMPTS:
        raise ValueError(f"attempt must be 1 to {MAX_ATTEMPTS}")
    return f"{payment_code}{attempt_no:02d}"


def split_payment_no(payment_no: str) -> tuple[str, int] | None:
    """(payment code, attempt), or None when it is not one of ours."""
    code, attempt = payment_no[:PAYMENT_CODE_LENGTH], payment_no[PAYMENT_CODE_LENGTH:]
    if len(payment_no) != PAYMENT_NO_LENGTH or not is_payment_code(code):
        return None
    if not (attempt.isascii() and attempt.isdigit()) or attempt == "00":
        return None
    return code, int(attempt)


def verification_word(code_secret: bytes, payment_code: str) -> str:
    digest = hmac.new(code_secret, f"word|{payment_code}".encode(), hashlib.sha256).digest()
    value = int.from_bytes(digest[:16], "big")
    letters = []
    for _ in range(WORD_LENGTH):
        value, index = divmod(value, len(WORD_ALPHABET))
        letters.append(WORD_ALPHABET[index])
    return "".join(letters)


def is_verification_word(code_secret: bytes, payment_code: str, word: str) -> bool:
    expected = verification_word(code_secret, payment_code)
    return hmac.compare_digest(expected.encode(), word.strip().upper().encode())


def plain_fact(text: str) -> str:
    """A second fact without what people leave out: `14A-123.45` and `14a12345` are one."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(character for character in folded if character.isalnum())


def hash_fact(code_secret: bytes, payment_code: str, fact: str) -> str:
    """What is kept of a second fact: by itself it tells nothing."""
    message = f"fact|{payment_code}|{plain_fact(fact)}".encode()
    return hmac.new(code_secret, message, hashlib.sha256).hexdigest()[:FACT_HASH_LENGTH]


def is_fact(code_secret: bytes, payment_code: str, fact: str, kept: str | None) -> bool:
    """`kept` None: the order has no second fact, and nothing is right; it takes as long."""
    given = hash_fact(code_secret, payment_code, fact)
    is_right = hmac.compare_digest(given, kept or "-" * FACT_HASH_LENGTH)
    return is_right and bool(plain_fact(fact))
