"""Seals account data as the reader's process does: version 1 of the record, written from its description."""
import ctypes
import ctypes.util
import os
import struct

sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
assert sodium.sodium_init() >= 0


def seal(kid, public, payment, amount, currency, pan, expiry="3012", sequence=1, track2="", use=1):
    """`use` 1: kept; 2: sent once, may hold track 2."""
    header = (b"PHS\x01\x01" + bytes([use]) + bytes([len(kid)]) + kid.encode() + bytes([len(payment)]) + payment.encode() +
              struct.pack(">Q", amount) + currency.encode())
    content = (bytes([len(pan)]) + pan.encode().ljust(19, b"\0") + expiry.encode() +
               bytes([0xff if sequence is None else sequence, len(track2)]) + track2.encode()).ljust(128, b"\0")
    key, nonce = os.urandom(32), os.urandom(24)
    sealed_key = ctypes.create_string_buffer(80)
    assert sodium.crypto_box_seal(sealed_key, key, ctypes.c_ulonglong(32), public) == 0
    out = ctypes.create_string_buffer(len(content) + 16)
    assert sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, None, content, ctypes.c_ulonglong(len(content)), header, ctypes.c_ulonglong(len(header)), None, nonce, key) == 0
    return header + sealed_key.raw + nonce + out.raw
