"""RSA2 signatures and the numbers of certificates. `cryptography` is loaded when first used.

*Source*: opendocs.alipay.com, "签名" (RSA2 = RSASSA-PKCS1-v1_5 with SHA-256) and "公钥证书".
"""

import base64
import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from chalicelib.channels.contract import Credentials
from chalicelib.channels.credentials import accepted_keys, signing_key
from chalicelib.errors import DataFault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.x509 import Certificate

PRIVATE_KEY = "private_key"
ALIPAY_PUBLIC_KEY = "alipay_public_key"
APP_CERTIFICATE = "app_certificate"
ROOT_CERTIFICATES = "alipay_root_certificates"
RSA_SIGNATURES = "1.2.840.113549.1.1"

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_Read = TypeVar("_Read")


def sign(credentials: Credentials, text: bytes) -> str:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    key = _read(credentials, PRIVATE_KEY, _read_private_key, signing_key(credentials, PRIVATE_KEY))
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(credentials: Credentials, text: bytes, signature: str) -> bool:
    """By Alipay, with the key that we hold or, during a rotation, the one before."""
    keys = [
        _read(credentials, ALIPAY_PUBLIC_KEY, _read_public_key, key)
        for key in accepted_keys(credentials, ALIPAY_PUBLIC_KEY)
    ]
    try:
        given = base64.b64decode(signature)
    except ValueError:
        return False
    # Base64 can write the same bytes in several ways, and this decoder skips what is none; only
    # one way was sent.
    is_canonical = base64.b64encode(given).decode() == signature
    held = [_holds(key, given, text) for key in keys]
    return is_canonical and any(held)


def certificate_numbers(credentials: Credentials) -> dict[str, str]:
    """The parameters that certificate mode adds; none where the account has only keys."""
    app = credentials.current.get(APP_CERTIFICATE)
    if not app:
        return {}
    root = signing_key(credentials, ROOT_CERTIFICATES)
    return {
        "app_cert_sn": _read(credentials, APP_CERTIFICATE, certificate_number, app.encode()),
        "alipay_root_cert_sn": _read(credentials, ROOT_CERTIFICATES, root_number, root),
    }


@lru_cache(maxsize=16)
def certificate_number(pem: bytes) -> str:
    """Raises: ValueError"""
    from cryptography.x509 import load_pem_x509_certificate

    return _number(load_pem_x509_certificate(pem))


@lru_cache(maxsize=16)
def root_number(bundle: bytes) -> str:
    """Of the bundle's RSA certificates, in its order. One that `cryptography` cannot parse is not
    RSA: the bundle also holds the roots of the national SM2 scheme.

    Raises: ValueError when no certificate is left."""
    from cryptography.x509 import load_pem_x509_certificate

    numbers = []
    for pem in _CERTIFICATE.findall(bundle):
        try:
            certificate = load_pem_x509_certificate(pem)
        except ValueError:
            continue
        if certificate.signature_algorithm_oid.dotted_string.startswith(RSA_SIGNATURES):
            numbers.append(_number(certificate))
    if not numbers:
        raise ValueError("no RSA certificate")
    return "_".join(numbers)


def _number(certificate: "Certificate") -> str:
    """The document calls for MD5: it is a name here, not a proof."""
    named = f"{certificate.issuer.rfc4514_string()}{certificate.serial_number}"
    return hashlib.md5(named.encode(), usedforsecurity=False).hexdigest()


def _holds(key: "RSAPublicKey", signature: bytes, text: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    try:
        key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _read(
    credentials: Credentials, name: str, read: Callable[[bytes], _Read], value: bytes
) -> _Read:
    """Raises: DataFault, without a word of the key."""
    try:
        return read(value)
    except (ValueError, TypeError):
        of = credentials.account
        detail = f"{of.channel} account {of.account}: {name} is not readable as RSA"
        raise DataFault("channel_key_unreadable", detail) from None


@lru_cache(maxsize=16)
def _read_private_key(text: bytes) -> "RSAPrivateKey":
    """PEM, or as Alipay's key tool writes it: Base64 of PKCS #8 or PKCS #1, without a header."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import (
        load_der_private_key,
        load_pem_private_key,
    )

    is_pem = text.lstrip().startswith(b"-----")
    try:
        key = (
            load_pem_private_key(text, None)
            if is_pem
            else load_der_private_key(base64.b64decode(text), None)
        )
    except UnsupportedAlgorithm as error:
        raise ValueError("another kind of key") from error
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not RSA")
    return key


@lru_cache(maxsize=16)
def _read_public_key(text: bytes) -> "RSAPublicKey":
    """PEM of a key or of a certificate, or Base64 of a key without a header."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import (
        load_der_public_key,
        load_pem_public_key,
    )
    from cryptography.x509 import load_pem_x509_certificate

    key: object
    try:
        if _CERTIFICATE.search(text):
            key = load_pem_x509_certificate(text).public_key()
        elif text.lstrip().startswith(b"-----"):
            key = load_pem_public_key(text)
        else:
            key = load_der_public_key(base64.b64decode(text))
    except UnsupportedAlgorithm as error:
        raise ValueError("another kind of key") from error
    if not isinstance(key, RSAPublicKey):
        raise TypeError("not RSA")
    return key
