"""The code on a printed slip, scanned by zxing, parsed by npm vietnam-qr-pay and @walletfactory."""

from chalicelib.web.paper.dossier_receipt import write_dossier_receipt
from tests.peers.peer import ask_npm
from tests.web.pages.samples import CODE
from tests.web.paper.paper_reader import qr_codes
from tests.web.paper.papers import IN_VIETNAM

NPM = "vietqr_peer.mjs"


def test_both_readers_see_account_exact_amount_and_payment_code() -> None:
    [payload] = qr_codes(write_dossier_receipt(IN_VIETNAM))
    [seen] = ask_npm([{"do": "readVietQr", "payload": payload}], NPM)
    told = ("isValid", "provider", "bank", "account", "amount", "currency", "billNumber", "purpose")
    assert [seen[name] for name in told] == [
        True,
        "VIETQR",
        "970436",
        "SIMULATEDVCB1",
        "700000",
        "704",
        CODE,
        CODE,
    ]
    [emv] = ask_npm([{"do": "readEmv", "payload": payload}], NPM)
    assert (emv["01"], emv["54"], emv["62"]) == ("12", "700000", f"0118{CODE}0818{CODE}")
