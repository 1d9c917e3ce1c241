"""The bills that somebody wants to pay together: his by right, or by the word on each paper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.identifiers import is_payment_code, is_verification_word
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal
from chalicelib.errors import FieldError, InvalidRequest, TooManyRequests
from chalicelib.storage.guesses import Guesser, Guesses
from chalicelib.storage.ledger import Ledger

# After so many wrong words the rest of a request is not looked at.
MAX_WRONG_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class BillFinder:
    """`address`: what counts as one place, of which guesses are counted."""

    ledger: Ledger
    guesses: Guesses
    read_portal: Callable[[str], Portal | None]
    address: str

    def find(
        self, portal: Portal, codes: Sequence[str], words: Mapping[str, str], now: datetime
    ) -> list[Order]:
        """In the order of `codes`. A bill of a unit that `portal` may use needs no word.

        Raises: InvalidRequest, the same for an unknown code and a wrong word; TooManyRequests."""
        _require_distinct(codes)
        guessers = {code: Guesser(code, self.address) for code in codes if code in words}
        if guessers and self.guesses.are_over(list(guessers.values()), now):
            raise TooManyRequests("too_many_guesses", "too many wrong codes or words; wait a while")
        orders = self.ledger.read_orders(code for code in codes if is_payment_code(code))
        errors: list[FieldError] = []
        wrong = 0
        for index, code in enumerate(codes):
            order = orders.get(code)
            if order is not None and self._is_shown(order, portal, words.get(code)):
                continue
            errors.append(_unknown(index))
            if code in guessers:
                self.guesses.count_wrong(guessers[code], now)
                wrong += 1
            if wrong >= MAX_WRONG_AT_ONCE:
                break
        if errors:
            raise refuse_bills(errors)
        return [orders[code] for code in codes]

    def _is_shown(self, order: Order, portal: Portal, word: str | None) -> bool:
        if order.mode is not portal.mode:
            return False
        if portal.may_use(order.payee_unit):
            return True
        owner = self.read_portal(order.portal) if word is not None else None
        return owner is not None and is_verification_word(
            owner.code_secret, order.payment_code, word or ""
        )


def refuse_bills(errors: Sequence[FieldError]) -> InvalidRequest:
    code = errors[0].code if len(errors) == 1 else "invalid_request"
    return InvalidRequest(code, "these bills cannot be paid together", errors=tuple(errors))


def _unknown(index: int) -> FieldError:
    detail = "no such bill, or not its verification word"
    return FieldError(f"/payment_codes/{index}", "bill_unknown", detail)


def _require_distinct(codes: Sequence[str]) -> None:
    """Raises: InvalidRequest."""
    errors = [
        FieldError(f"/payment_codes/{index}", "payment_code_twice", "this bill is named already")
        for index, code in enumerate(codes)
        if code in codes[:index]
    ]
    if errors:
        raise refuse_bills(errors)
