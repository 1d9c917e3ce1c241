"""The payer's page and the index: plain HTML, no script, nothing from outside."""

from collections.abc import Iterable
from html import escape

from infra.simulator.actions import ACTIONS, Payment, magic_action
from infra.simulator.config import Config
from infra.simulator.side import Side

STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "button{font:inherit;padding:.5rem 1rem;min-width:10rem;margin:.25rem 1rem .25rem 0}"
    "dt{color:#555}dd{margin:0 0 .5rem}"
)


def pay_page(payment: Payment) -> str:
    request = payment.request
    facts = {
        "Amount": f"{request.amount_minor} {request.currency} (minor units)",
        "For": request.description,
        "Payment": request.number,
        "Channel": f"{request.channel}, {request.merchant}",
        "Time to pay ends": str(request.expires_at or "never"),
        "State": str(payment.result),
    }
    if request.channel == "sandbox":
        facts["`pay` will"] = magic_action(request.amount_minor)
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()
    )
    buttons = "".join(
        f'<p><button name="action" value="{name}">{name}</button>{escape(action.meaning)}</p>'
        for name, action in ACTIONS.items()
        if action.is_for_payer and payment.result in action.allowed_after
    )
    form = f'<form method="post">{buttons}</form>' if buttons else "<p>This payment is decided.</p>"
    return _page("Channel simulator: no real money", f"<dl>{rows}</dl>{form}")


def form_page(title: str, content: str) -> str:
    """`content` is markup."""
    return _page(title, content)


def index_page(text: str, sides: Iterable[Side], config: Config) -> str:
    played = "".join(f"<h2>{escape(side.channel)}</h2>{_facts(side, config)}" for side in sides)
    return _page("Channel simulator", f"{played}<pre>{escape(text)}</pre>")


def _facts(side: Side, config: Config) -> str:
    """Its accounts, and everything that may go wrong with it."""
    played = [each for each in config.accounts if each.channel == side.channel]
    facts = {
        "Accounts": ", ".join(each.merchant for each in played) or "none here",
        "A payer, or a script, can": ", ".join(ACTIONS) if side.protocol else "",
        "A question's answer can be": ", ".join(side.faults),
        "A statement can be": ", ".join(side.file_faults),
        **side.more_faults,
    }
    rows = (
        f"<dt>{escape(name)}</dt><dd>{escape(told)}</dd>" for name, told in facts.items() if told
    )
    return f"<dl>{''.join(rows)}</dl>"


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style><main><h1>{escape(title)}</h1>{content}</main></html>"
    )
