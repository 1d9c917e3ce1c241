"""Small JSON documents inside rows: zlib with a preset dictionary, so that a typical order stays
within 1 KB.

Never edit a dictionary: rows written with it must stay readable. Add a new one at the end.
"""

import zlib

_DICTIONARIES = (
    b'"cases":[]"refunds":[]"receipts":[]"payments":[]"metadata":{}"description":null'
    b'"language":"vi""return_url":"https://"language":"en""channels":null'
    b'"fee_item":"names":{"en":"Fee for ","vi":"'
    b"Ph\xc3\xad L\xe1\xbb\x87 ph\xc3\xad c\xe1\xba\xa5p th\xe1\xba\xa9m \xc4\x91\xe1\xbb\x8bnh h"
    b'\xe1\xbb\x93 s\xc6\xa1"},"quantity":1,"receipt_kind":"lephi""receipt_kind":"phi"'
    b'"unavailable_reason":null"name":"VNPAY","channel":"vnpay","channel":"sandbox"'
    b'"has_unknown_outcome":false,"needs_review":false,"qr":{"payload":"https://","image_url":"https://'
    b'/qr.svg"},"links":{"self":"https:///v1/orders/","pay":"https:///pay/","cancel":"/cancel",'
    b'"payments":"/payments"},"created_at":"2026-01-01T00:00:00Z","expires_at":"2026-'
    b'"payment_code":"22,"verification_word":"","status":"created","mode":"test","mode":"live",'
    b'"reference":"","payee_unit":"","amount_minor":,"currency":"VND","lines":[{"pay_url":"https://',
)
_CURRENT = len(_DICTIONARIES) - 1


def compress(text: str) -> bytes:
    """One byte for the dictionary's number, then the deflated text."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=_DICTIONARIES[_CURRENT])
    return bytes([_CURRENT]) + packer.compress(text.encode()) + packer.flush()


def decompress(packed: bytes) -> str:
    """Raises: zlib.error or IndexError for bytes that `compress` did not make."""
    unpacker = zlib.decompressobj(-15, zdict=_DICTIONARIES[packed[0]])
    return (unpacker.decompress(packed[1:]) + unpacker.flush()).decode()
