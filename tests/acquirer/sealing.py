"""Seals account data as the reader's process does, and wraps it again: versions 1 and 2 of the record, written from their description."""
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


def pieces(record):
    """Of a record of either version: whose key, associated data, sealed content key, the rest."""
    kid = None
    if record[3] == 2:
        kid, record = record[5:5 + record[4]].decode(), record[5 + record[4]:]
    at = 6 + 1 + record[6]
    at += 1 + record[at] + 8 + 3
    return kid or record[7:7 + record[6]].decode(), record[:at], record[at:at + 80], record[at + 80:]


def content_key(record, public, secret):
    key = ctypes.create_string_buffer(32)
    assert sodium.crypto_box_seal_open(key, pieces(record)[2], ctypes.c_ulonglong(80), public, secret) == 0, "another key"
    return key.raw


def number(record, public, secret):
    """The account number of a record; its tag is checked."""
    _, header, _, rest = pieces(record)
    content = ctypes.create_string_buffer(128)
    assert sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        content, None, None, rest[24:], ctypes.c_ulonglong(144), header, ctypes.c_ulonglong(len(header)), rest[:24],
        content_key(record, public, secret)) == 0, "damaged"
    return content.raw[1:1 + content.raw[0]].decode()


def wrap(record, key, kid, public):
    """`key`: of the content."""
    sealed = ctypes.create_string_buffer(80)
    assert sodium.crypto_box_seal(sealed, key, ctypes.c_ulonglong(32), public) == 0
    _, header, _, rest = pieces(record)
    return b"PHS\x02" + bytes([len(kid)]) + kid.encode() + header + sealed.raw + rest


def prove(key, bound):
    derived, proof = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    sodium.crypto_kdf_derive_from_key(derived, ctypes.c_size_t(32), ctypes.c_uint64(1), b"PHSbound", key)
    sodium.crypto_generichash(proof, ctypes.c_size_t(32), bound, ctypes.c_ulonglong(len(bound)), derived, ctypes.c_size_t(32))
    return proof.raw
