"""Does with PyPI python-alipay-sdk what stdin asks for: a JSON array of tasks in, one of results
out."""

import json
import sys
from typing import Any

from alipay import AliPay, DCAliPay


def client(task: dict[str, Any]) -> Any:
    return AliPay(
        appid="x",
        app_private_key_string=task["private_key"],
        alipay_public_key_string=task["alipay_public_key"],
    )


def verify_notification(task: dict[str, Any]) -> Any:
    post = dict(task["post"])
    signature = post.pop("sign", "")
    try:
        return client(task).verify(post, signature)
    except Exception as error:
        return f"refused: {type(error).__name__}"


def verify_answer(task: dict[str, Any]) -> Any:
    """Without the HTTP that is around it."""
    try:
        return client(task)._verify_and_return_sync_response(task["body"], task["member"])
    except Exception as error:
        return f"refused: {type(error).__name__}"


def order_string(task: dict[str, Any]) -> Any:
    return client(task).sign_data(dict(task["parameters"]))


def certificate_numbers(task: dict[str, Any]) -> Any:
    app, root = task["app_certificate"], task["root_certificates"]
    return [DCAliPay.get_cert_sn(app), DCAliPay.get_root_cert_sn(root)]


TASKS = {
    "verify_notification": verify_notification,
    "verify_answer": verify_answer,
    "order_string": order_string,
    "certificate_numbers": certificate_numbers,
}

if __name__ == "__main__":
    print(json.dumps([TASKS[task["do"]](task) for task in json.load(sys.stdin)]))
