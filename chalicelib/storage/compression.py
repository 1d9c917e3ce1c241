"""Small JSON documents inside rows: zlib with a preset dictionary, so that a typical paid order
stays within 1 KB: one more would cost four write units (decision 0071).

Never edit a dictionary once it was released: rows written with it must stay readable. Add a new one
at the end. What is most common stands last, where a reference to it is shortest.
"""

import zlib

_WORDS = (
    "Tiền phạt vi phạm hành chính Học phí Viện phí Phí thẩm định hồ sơ cấp giấy phép Phí chứng thực"
    " bản sao Phí sát hạch Lệ phí cấp giấy chứng nhận quyền sử dụng đất Lệ phí đăng ký "
    "Appraisal of a Registration of Certified copy of license permit certificate registration fee"
    "行政罚款审查费认证费证书费登记费"
)
_NOTIFICATION = (
    '"currency":"VND","paid_at":"202","merchant_id":"","payment_no":"","status":"succeeded",'
    '"transaction_no":"","amount_minor":'
    "vnp_Amount=00000&vnp_BankCode=NCB&vnp_BankTranNo=VNP1&vnp_CardType=ATM&vnp_OrderInfo=Nop+"
    "&vnp_PayDate=202&vnp_ResponseCode=00&vnp_TmnCode=&vnp_TransactionNo=1"
    "&vnp_TransactionStatus=00&vnp_TxnRef=&vnp_SecureHash="
)
_PAYER = (
    '{"kind":"organisation","name":"Công ty Phạm Văn Trần Lê Hoàng Thị Nguyễn ","identity_kind":'
    'null,"identity_number":null,"phone":null,"identity_kind":"citizen_id","identity_number":"022'
    '","phone":"09","email":null}{"kind":"individual","name":"Nguyễn Thị '
)
_PROGRESS = (
    '"paid_at":null,"unknown_outcome":false,"needs_review":false,"payments":[{"payment_no":"2'
    '","channel":"vnpay","status":"succeeded","client":"web","started_at":"202","expires_at":"202'
    '","reason":null}],"refunds":[],"receipts":[{"kind":"phi","series":"","number":"000000'
    '","token":"","issued_at":"202","url":"https:///r/"}],"cases":[]}}'
    '{"type":"order.paid","timestamp":"202","data":{'
)
_CHANNELS = (
    '{"channel":"sandbox","names":{"vi":"Kênh thử nghiệm (không có tiền thật)",'
    '"en":"Sandbox (no real money)","zh":"沙盒（无真实资金）"},"available":true,'
    '"unavailable_reason":null}],"channels":[{"channel":"vnpay","names":{'
    '"vi":"VNPAY: thẻ, ngân hàng, ví, VNPAY-QR (thử nghiệm)",'
    '"en":"VNPAY: card, bank, wallet, VNPAY-QR (test)",'
    '"zh":"VNPAY：银行卡、银行、钱包、VNPAY-QR（测试）"},"available":true,'
    '"unavailable_reason":null},{"channel":"'
)
_REST = (
    ']}\n{"lines":[{"fee_item":"description":null}],"language":"vi","return_url":null,'
    '"return_url":"https://","channels":null,"metadata":{}}'
)
_ANSWER = (
    '{"payment_code":"2","verification_word":"","status":"created","mode":"live","mode":"test",'
    '"payee_unit":"","reference":"000.00.00.H","amount_minor":0000,"currency":"VND","lines":[{'
    '"fee_item":"PHI-LP-","names":{"vi":"Phí Lệ phí ","en":"","zh":"费"},"quantity":1,'
    '"amount_minor":0000,"receipt_kind":"phi","receipt_kind":"general","receipt_kind":"lephi",'
    '"description":null}],"language":"vi","metadata":{},"metadata":{""},"pay_url":"https://pay.'
    '.gov.vn/pay/2","qr":{"payload":"https://pay./pay/2","image_url":"https://pay./pay/2/qr.svg"},'
    '"created_at":"2026-0T00:00Z","expires_at":"2026-0T0:00Z","links":{"self":"https://pay.'
    '/v1/orders/2","pay":"https://pay./pay/2","payments":"https://pay./v1/orders/2/payments",'
    '"cancel":"https://pay./v1/orders/2/cancel"}'
)
# What came with several accounts of a channel, with counters, and with cases that were decided.
_COUNTERS = (
    '"state":"closed","decision":null,"account":"","amount_minor":,"bill":{"due_on":"202"'
    '{"account":"","acquirer":{"code":"","names":{"vi":"Vietcombank","en":"Vietcombank","zh":'
    '"available":true,"unavailable_reason":null}]},{"channel":"biller","names":{'
    '"vi":"Quầy ngân hàng, ví điện tử, máy POS (thử nghiệm)",'
    '"en":"Bank counter, wallet, POS (test)",'
    '"zh":"银行柜台、电子钱包、POS 机（测试）"},"available":true,'
    '"unavailable_reason":null,"accounts":[]}],'
    '{"channel":"sandbox","names":{"vi":"Kênh thử nghiệm (không có tiền thật)",'
    '"en":"Sandbox (no real money)","zh":"沙盒（无真实资金）"},"available":true,'
    '"unavailable_reason":null,"accounts":[]},{"channel":"biller"],"channels":[{"channel":"vnpay",'
    '"names":{"vi":"VNPAY: thẻ, ngân hàng, ví, VNPAY-QR (thử nghiệm)",'
    '"en":"VNPAY: card, bank, wallet, VNPAY-QR (test)",'
    '"zh":"VNPAY：银行卡、银行、钱包、VNPAY-QR（测试）"},"available":true,'
    '"unavailable_reason":null,"accounts":[]},{"channel":"'
)
_DICTIONARIES = (
    "".join((_WORDS, _NOTIFICATION, _PAYER, _PROGRESS, _CHANNELS, _REST, _ANSWER)).encode(),
    "".join((_WORDS, _NOTIFICATION, _PAYER, _PROGRESS, _COUNTERS, _REST, _ANSWER)).encode(),
)
_CURRENT = len(_DICTIONARIES) - 1


def compress(text: str) -> bytes:
    return compress_bytes(text.encode())


def compress_bytes(content: bytes) -> bytes:
    """One byte for the dictionary's number, then the deflated content."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=_DICTIONARIES[_CURRENT])
    return bytes([_CURRENT]) + packer.compress(content) + packer.flush()


def decompress(packed: bytes) -> str:
    """Raises: zlib.error or IndexError for bytes that `compress` did not make."""
    return decompress_bytes(packed).decode()


def decompress_bytes(packed: bytes) -> bytes:
    """Raises: as `decompress`."""
    unpacker = zlib.decompressobj(-15, zdict=_DICTIONARIES[packed[0]])
    return unpacker.decompress(packed[1:]) + unpacker.flush()
