"""The two layouts of the simulator's files, as a channel account holds them."""

from typing import Any

VNPAY: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "TxnRef",
        "provider_transaction": "TransactionNo",
        "amount": "Amount",
        "paid_at": "PayDate",
        "kind": "Type",
        "status": "Status",
    },
    "amount": {"scale": "minor"},
    "paid_at": {"format": "%Y%m%d%H%M%S", "zone": "Asia/Ho_Chi_Minh"},
    "kind": {"payment": ["01"], "refund": ["02", "03"]},
    "status": {"accepted": ["00"]},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}

SANDBOX: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "payment_no": "payment_no",
        "provider_transaction": "transaction_no",
        "amount": "amount",
        "currency": "currency",
        "paid_at": "paid_at",
        "kind": "kind",
    },
    "amount": {"scale": "decimal"},
    "paid_at": {"format": "%Y-%m-%dT%H:%M:%S%z"},
    "kind": {"payment": ["payment"], "refund": ["refund"]},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}
