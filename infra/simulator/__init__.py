"""The channel simulator: a real HTTP server that plays VNPAY, Alipay, a bank and the sandbox.

It shares no code with the platform: what it signs and checks is written a second time, from the
providers' documents. Everything is in memory. Start it with `python -m infra.simulator`, or in a
test with `with Simulator() as simulator: simulator.url`.

A payer (a browser, or curl with the payment's own URL)

    GET  <pay url>                page with a button for each action
    POST <pay url> action=pay     does it: 303 to the return URL, and text that says what happened

    Options: `seconds` (late), `other_amount_minor` (wrong_amount), `code` (refuse, unknown_code).

A script

    GET  /control/actions                 every action and its meaning
    GET  /control/payments                every payment, with what became of it
    POST /control/payments/{no}/{action}  as the button; also `notify` (now, again) and `release`
    GET  /control/notifications           every call made to the platform, with its answer
    POST /control/faults                  {"channel": "vnpay", "kind": "drop", "times": 1}: so the
                                          next questions are answered; kinds: drop, html, http_500,
                                          bad_signature
    POST /control/portal                  {"fail_next": 2}: so many notices are answered 500
    POST /control/reset                   forgets everything

Files

    GET  /vnpay/{tmn_code}/statements/{YYYY-MM-DD}.csv
    GET  /sandbox/{merchant_id}/statements/{YYYY-MM-DD}.csv
    GET  /alipay/{app_id}/statements/{YYYY-MM-DD}.zip    (also gbk, truncated)
         ?faults=broken,missing,doubled,different,extra,totals    spoils one row for each

A portal

    POST /portal/notices    keeps what came, headers and body
    GET  /portal/notices    shows it
    GET  /portal/return     where a portal's payer lands

A payee unit's own system, asked by the platform for a bill that it does not have

    GET  /units/                    its bills, and forms to change them and to spoil its answers
    POST /units/{unit}/bills        the platform's signed question
    POST /control/units             unit, reference, second_fact, fee_item, amount_minor, payer
    POST /control/units/faults      unit, kind, times, seconds; kinds: slow, down, drop,
                                    wrong_signature, garbage, other_number
    GET  /control/units/asked       what was asked

Alipay is one address, /alipay/gateway.do: a browser finds the payer's page there (page, wap, and
an app's order string), posted to with a signed form it answers alipay.trade.precreate, .query,
.close, .refund, .fastpay.refund.query and the question for a bill's link. A QR code leads to
/alipay/qr/{key}.

A VietQR code leads to no address: its text is given to the payer's banking app.

    GET  /vietqr/                     a form for it
    POST /vietqr/transfers            payload=<the text>; the money moves each time. Options:
                                      other_amount_minor; memo, or memo_form (as_scanned, prefixed,
                                      grouped, split, code_only, cut, none); notices=casso,sepay,
                                      sepay-key,payos or none; seconds (late); forged=1
    POST /vietqr/{account}/test       an aggregator's own test; notices as above
    GET  /vietqr/{account}/statements/{YYYY-MM-DD}.csv    the bank's listing, with faults as above

The sandbox channel looks at the last three digits of `amount_minor` when the payer pays (/magic):

    001  refuse: no money moves
    002  pending: for ever
    003  silent: nobody tells, questions are dropped, so the outcome is unknown
    004  wrong_amount: another amount moves
    005  lost: the notification
    006  doubled: the notification
    007  suspicious: held by the provider
    008  late: the notification
    009  forged: no money moves, a forged notification says it did
    010  unknown_code: one that is in no table
    any other: paid
"""

from infra.simulator.config import Account, Config, read_config
from infra.simulator.published import (
    SIDES,
    STATEMENT_LAYOUTS,
    channel_fields,
    config_for,
    default_config,
    published_accounts,
)
from infra.simulator.server import Simulator

__all__ = [
    "SIDES",
    "STATEMENT_LAYOUTS",
    "Account",
    "Config",
    "Simulator",
    "channel_fields",
    "config_for",
    "default_config",
    "published_accounts",
    "read_config",
]
