"""Logging in to MySQL and MariaDB: the two password plugins the servers of the lab use.

caching_sha2_password wants the password itself once after each server start, and only encrypted: by TLS or with the
server's RSA key. The key keeps the client's sockets plain, so RSA-OAEP is spelled out here; it is a dozen lines.
"""

from __future__ import annotations

import base64
import hashlib
import os

SHA2_FAST_OK = b"\x01\x03"
SHA2_FULL = b"\x01\x04"
SHA2_WANT_KEY = b"\x02"


def token(plugin: str, password: str, scramble: bytes) -> bytes:
    """The first answer of the client: proof of the password for this scramble. Empty for no password."""
    if not password:
        return b""
    if plugin == "mysql_native_password":
        once = hashlib.sha1(password.encode()).digest()
        return _xor(once, hashlib.sha1(scramble + hashlib.sha1(once).digest()).digest())
    if plugin == "caching_sha2_password":
        once = hashlib.sha256(password.encode()).digest()
        return _xor(once, hashlib.sha256(hashlib.sha256(once).digest() + scramble).digest())
    raise OSError(0, f"the server wants the unknown password plugin {plugin}")


def encrypted(password: str, scramble: bytes, public_key_pem: bytes) -> bytes:
    """The password for the full login of caching_sha2_password, for the owner of the key only."""
    plain = password.encode() + b"\0"
    mask = (scramble * (len(plain) // len(scramble) + 1))[:len(plain)]
    modulus, exponent = _public_numbers(public_key_pem)
    size = (modulus.bit_length() + 7) // 8
    padded = _oaep(_xor(plain, mask), size)
    return pow(int.from_bytes(padded, "big"), exponent, modulus).to_bytes(size, "big")


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right))


def _oaep(message: bytes, size: int) -> bytes:
    """EME-OAEP of RFC 8017 with SHA-1 and an empty label."""
    label = hashlib.sha1(b"").digest()
    block = label + bytes(size - len(message) - 2 * len(label) - 2) + b"\x01" + message
    seed = os.urandom(len(label))
    masked_block = _xor(block, _mgf1(seed, len(block)))
    return b"\0" + _xor(seed, _mgf1(masked_block, len(seed))) + masked_block


def _mgf1(seed: bytes, size: int) -> bytes:
    blocks = (hashlib.sha1(seed + n.to_bytes(4, "big")).digest() for n in range(size // 20 + 1))
    return b"".join(blocks)[:size]


def _public_numbers(pem: bytes) -> tuple[int, int]:
    """Modulus and exponent out of a SubjectPublicKeyInfo."""
    der = base64.b64decode(b"".join(line for line in pem.splitlines() if b"-----" not in line))
    outer = _der_items(_der_items(der)[0])
    modulus, exponent = _der_items(_der_items(outer[1][1:])[0])  # a bit string starts with its count of unused bits
    return int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")


def _der_items(data: bytes) -> list[bytes]:
    """Contents of the elements that follow each other in `data`."""
    items, at = [], 0
    while at < len(data):
        size, at = data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size, at = int.from_bytes(data[at:at + count], "big"), at + count
        items.append(data[at:at + size])
        at += size
    return items
