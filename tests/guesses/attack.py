"""Many networks guess at a province with open bills, through the handlers that payers use.

Whoever guesses knows everything that is printed or public: which codes there are, how numbers look,
how long a word is and of which letters. He does not know the words.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

from chalicelib.domain.identifiers import WORD_ALPHABET, WORD_LENGTH, build_payment_code
from chalicelib.storage.guesses import MAX_WRONG, WINDOW
from tests.support.bills import issue
from tests.support.local_province import LocalProvince

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BILLS = 40
# So that each network is stopped within its window, and comes again in the next.
GUESSES_OF_A_NETWORK = 200
GUESSES_OF_A_WINDOW = 20_000
NOT_FOUND, LIMITED = 404, 429


@dataclass(frozen=True, slots=True)
class Guess:
    """`about`: the code or the number that is named."""

    way: str
    about: str
    word: str
    network: str


@dataclass
class Outcome:
    """`found`: what answered anything but "not found" or "too many". `bodies`: by whether a number
    was asked for, not a code, and by status. `judged`: guesses that were compared with an order, by
    window and by what is limited."""

    statuses: Counter[int] = field(default_factory=Counter)
    found: list[Guess] = field(default_factory=list)
    bodies: dict[tuple[bool, int], set[str]] = field(default_factory=dict)
    judged: Counter[tuple[int, str, str]] = field(default_factory=Counter)

    def most(self, kind: str) -> int:
        return max((n for (_, of, _), n in self.judged.items() if of == kind), default=0)


def attack(
    province: LocalProvince, guesses: int, seed: int, advance: Callable[[], None] = lambda: None
) -> Outcome:
    random, outcome = Random(seed), Outcome()
    known = [_issue(province, number) for number in range(BILLS)]
    window = 0
    for turn in range(guesses):
        if turn and turn % GUESSES_OF_A_WINDOW == 0:
            province.clock.advance(seconds=WINDOW.total_seconds())
            window += 1
        guess = _plan(random, known, turn)
        status, body = _send(province, guess)
        outcome.statuses[status] += 1
        outcome.bodies.setdefault((_is_number(guess), status), set()).add(body)
        if status == NOT_FOUND:
            for kind, subject in _limited(guess).items():
                outcome.judged[window, kind, subject] += 1
        elif status != LIMITED:
            outcome.found.append(guess)
        advance()
    return outcome


def check(outcome: Outcome) -> None:
    """Raises: AssertionError"""
    assert outcome.found == []
    assert set(outcome.statuses) == {NOT_FOUND, LIMITED}
    assert {asked: len(bodies) for asked, bodies in outcome.bodies.items()} == {
        (is_number, status): 1 for is_number in (False, True) for status in (NOT_FOUND, LIMITED)
    }
    for kind, most in MAX_WRONG.items():
        assert outcome.most(kind) <= most, kind
    # The limits were met, so that they were tried.
    assert outcome.most("address") == MAX_WRONG["address"]


def _issue(province: LocalProvince, number: int) -> tuple[str, str]:
    reference = f"TB-2026-{number:04d}"
    answer = issue(province, f"bill-{number}", reference=reference)
    assert answer.status == 201, answer
    return answer.json["payment_code"], reference


def _plan(random: Random, known: list[tuple[str, str]], turn: int) -> Guess:
    code, reference = random.choice(known)
    word = "".join(random.choice(WORD_ALPHABET) for _ in range(WORD_LENGTH))
    block = turn // GUESSES_OF_A_NETWORK
    network = f"10.{block >> 16 & 255}.{block >> 8 & 255}.{block & 255}"
    way = random.choice(("page", "page", "unknown page", "typed", "scheme", "unknown number"))
    if way == "unknown page":
        code = build_payment_code("22", random.randrange(10**14))
    if way == "unknown number":
        reference = f"TB-2026-{random.randrange(10**6):06d}"
    return Guess(way, reference if way in ("scheme", "unknown number") else code, word, network)


def _send(province: LocalProvince, guess: Guess) -> tuple[int, str]:
    province.source_ip = guess.network
    if guess.way in ("page", "unknown page"):
        answer = province.http("GET", f"/pay/{guess.about}/{guess.word}")
    elif guess.way == "typed":
        body = urlencode({"payment_code": guess.about, "word": guess.word})
        answer = province.http("POST", "/status", body, FORM)
    else:
        body = urlencode({"number": guess.about, "word": guess.word})
        answer = province.http("POST", "/s/traffic-fines", body, FORM)
    return answer.status, answer.text


def _is_number(guess: Guess) -> bool:
    return guess.way in ("scheme", "unknown number")


def _limited(guess: Guess) -> dict[str, str]:
    named = f"traffic-fines#{guess.about}" if _is_number(guess) else guess.about
    return {"pair": f"{named}#{guess.network}", "address": guess.network, "code": named}
