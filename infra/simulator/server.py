"""The simulator's HTTP: one table of routes, two-line functions behind it."""

import re
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from infra.simulator import unit_system
from infra.simulator.actions import ACTIONS, MAGIC
from infra.simulator.config import Config
from infra.simulator.core import Core, describe
from infra.simulator.pages import index_page, pay_page
from infra.simulator.published import SIDES, default_config
from infra.simulator.sender import Send
from infra.simulator.side import Route
from infra.simulator.statements import FAULTS, write_statement
from infra.simulator.wire import Dropped, Refused, Reply, Request, json_reply, text_reply

MAX_BODY_BYTES = 1_000_000


def show_index(core: Core, _request: Request) -> Reply:
    text = sys.modules["infra.simulator"].__doc__ or ""
    page = index_page(text, SIDES.values(), core.config)
    return Reply(200, page.encode(), "text/html; charset=utf-8")


def show_magic(_core: Core, _request: Request) -> Reply:
    lines = [f"{digits}  {name:14}{ACTIONS[name].meaning}" for digits, name in MAGIC.items()]
    return text_reply(
        "\n".join(["last three digits of amount_minor on the sandbox channel", *lines])
    )


def show_payment(core: Core, request: Request, channel: str) -> Reply:
    payment = core.open_payment(channel, request.query)
    return Reply(200, pay_page(payment).encode(), "text/html; charset=utf-8")


def act_for_payer(core: Core, request: Request, channel: str) -> Reply:
    payment = core.open_payment(channel, request.query)
    done = core.act(payment, request.options.get("action", ""), request.options)
    return text_reply(f"{done.text}\nreturn to {done.return_url}", 303, Location=done.return_url)


def write_file(core: Core, request: Request, channel: str, merchant: str, day: str) -> Reply:
    account = core.account(channel, merchant)
    faults = [name for name in request.options.get("faults", "").split(",") if name]
    if not set(faults) <= set(FAULTS):
        raise Refused(400, f"faults: {', '.join(FAULTS)}")
    try:
        business_day = date.fromisoformat(day)
    except ValueError as error:
        raise Refused(400, "not a date") from error
    content = write_statement(account, core.payments(channel, merchant), business_day, faults)
    return Reply(200, content, "text/csv; charset=utf-8")


def list_actions(_core: Core, _request: Request) -> Reply:
    return json_reply({name: action.meaning for name, action in ACTIONS.items()})


def list_payments(core: Core, _request: Request) -> Reply:
    return json_reply({"items": [describe(payment) for payment in core.payments()]})


def act_for_script(core: Core, request: Request, number: str, action: str) -> Reply:
    done = core.act(core.find(number), action, request.options)
    shown = describe(core.find(number))
    return json_reply(shown | {"did": done.text.split("\n"), "browser_returns_to": done.return_url})


def list_notifications(core: Core, _request: Request) -> Reply:
    return json_reply({"items": core.sender.log()})


def add_faults(core: Core, request: Request) -> Reply:
    options = request.options
    core.add_faults(
        options.get("channel", ""), options.get("kind", ""), _count(options.get("times", "1"))
    )
    return json_reply({"accepted": True})


def fail_notices(core: Core, request: Request) -> Reply:
    core.fail_notices(_count(request.options.get("fail_next", "")))
    return json_reply({"accepted": True})


def reset(core: Core, _request: Request) -> Reply:
    core.reset()
    return json_reply({"accepted": True})


def keep_notice(core: Core, request: Request) -> Reply:
    if core.keep_notice(request):
        return json_reply({"received": True})
    return json_reply({"received": False, "reason": "told to fail by /control/portal"}, 500)


def list_notices(core: Core, _request: Request) -> Reply:
    return json_reply({"items": core.notices()})


def show_return(_core: Core, request: Request) -> Reply:
    shown = [f"{name} = {value}" for name, value in request.options.items()]
    return text_reply("\n".join(["The payer is back at the portal.", *shown]))


def _count(text: str) -> int:
    if not text.isdigit():
        raise Refused(400, "a count is wanted")
    return int(text)


PAGES = "|".join(side.channel for side in SIDES.values() if side.has_pay_page and side.protocol)
FILES = "|".join(side.channel for side in SIDES.values() if side.has_files)
ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", "/", show_index),
    ("GET", "/magic", show_magic),
    ("GET", f"/({PAGES})/pay", show_payment),
    ("POST", f"/({PAGES})/pay", act_for_payer),
    ("GET", f"/({FILES})/([^/]+)/statements/([^/]+)\\.csv", write_file),
    *(route for side in SIDES.values() for route in side.routes),
    *unit_system.ROUTES,
    ("GET", "/control/actions", list_actions),
    ("GET", "/control/payments", list_payments),
    ("POST", "/control/payments/([^/]+)/([a-z_]+)", act_for_script),
    ("GET", "/control/notifications", list_notifications),
    ("POST", "/control/faults", add_faults),
    ("POST", "/control/portal", fail_notices),
    ("POST", "/control/reset", reset),
    ("POST", "/portal/notices(?:/.*)?", keep_notice),
    ("GET", "/portal/notices", list_notices),
    ("GET", "/portal/return", show_return),
)


def answer(core: Core, request: Request) -> Reply:
    """Raises: Dropped"""
    try:
        for method, pattern, route in ROUTES:
            found = re.fullmatch(pattern, request.path)
            if found and method == request.method:
                return route(core, request, *found.groups())
    except Refused as refused:
        return text_reply(refused.reason, refused.status)
    return text_reply("nothing here; GET / lists what there is", 404)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ChannelSimulator"
    timeout = 60
    core: Core

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            self._write(text_reply("the body is too large or has no length", 413))
            return
        self._answer(self.rfile.read(int(length)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            self._write(answer(self.core, Request(self.command, path, query, headers, body)))
        except Dropped:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body))}
        for name, value in (headers | dict(reply.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)


class Simulator:
    """`with Simulator() as simulator:` serves on a free port of 127.0.0.1 until the block ends.

    `send_call` stands in for the network towards the platform; `clock` for the time of day."""

    def __init__(
        self,
        config: Config | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        send_call: Send | None = None,
    ) -> None:
        self.config = config or default_config("http://127.0.0.1:8000", "quangninh", "quangninh")
        self.core = Core(self.config, clock, send_call, SIDES)
        handler = type("BoundHandler", (Handler,), {"core": self.core})
        self._server = ThreadingHTTPServer((host, port), handler)
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_port}"

    def serve_forever(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def wait_until_idle(self, timeout_seconds: float = 30.0) -> bool:
        """True when no notification is on its way any more."""
        return self.core.sender.wait_until_idle(timeout_seconds)

    def close(self) -> None:
        self.core.sender.close()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "Simulator":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()
