"""The payer's page and the index: plain HTML, no script, nothing from outside."""

from html import escape

from infra.simulator.actions import ACTIONS, Payment, magic_action

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


def index_page(text: str) -> str:
    return _page("Channel simulator", f"<pre>{escape(text)}</pre>")


def _page(title: str, content: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style><main><h1>{escape(title)}</h1>{content}</main></html>"
    )
