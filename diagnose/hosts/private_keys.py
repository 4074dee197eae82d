"""The user's private keys: files in any of the usual formats, with their certificates.

A key that is locked by a passphrase is left to the agent; we never ask for one.
"""

from __future__ import annotations

import base64
import binascii
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import paramiko

OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
MAGIC = b"openssh-key-v1\0"


@dataclass(slots=True)
class KeyFiles:
    """What the files gave. blobs: public keys of all of them, the locked ones too.

    trouble: by file, why it gave no key.
    """

    keys: list[tuple[Path, paramiko.PKey]] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    trouble: dict[Path, str] = field(default_factory=dict)


def key_files(paths: Sequence[Path], certificates: Sequence[Path] = ()) -> KeyFiles:
    """Read those that exist."""
    found = KeyFiles()
    for path in dict.fromkeys(paths):
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            found.trouble[path] = error.strerror or "unreadable"
            continue
        public = _public_blob(path, raw)
        if public:
            found.blobs.append(public)
        _add(found, path, raw, public, certificates)
    return found


def _add(
    found: KeyFiles, path: Path, raw: bytes, public: bytes, certificates: Sequence[Path]
) -> None:
    import paramiko

    if raw == public or raw.split(b" ")[0].startswith((b"ssh-", b"ecdsa-", b"sk-")):
        found.trouble[path] = "a public key, which only the agent can use"
        return
    try:
        key = _load(raw, public)
        for beside in (Path(f"{path}-cert.pub"), *certificates):
            if beside.is_file() and _certifies(beside, key):
                key.load_certificate(str(beside))
                break
        found.keys.append((path, key))
    except TypeError:  # cryptography's word for a missing passphrase
        found.trouble[path] = "locked by a passphrase"
    except (ValueError, paramiko.SSHException) as error:
        found.trouble[path] = str(error).partition(".")[0] or "not a private key"


def _load(raw: bytes, public: bytes) -> paramiko.PKey:
    """Raises TypeError: locked; ValueError: no key, or of a kind that is not supported."""
    import paramiko
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as formats
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if b"DSA PRIVATE KEY" in raw or b"ssh-dss" in public[:16]:
        raise ValueError("a DSA key, which SSH servers no longer take")
    load = formats.load_ssh_private_key if OPENSSH in raw else formats.load_pem_private_key
    try:
        loaded = load(raw, None)
    except UnsupportedAlgorithm as error:
        raise ValueError("a kind of key that only the agent can use") from error
    for kind, as_paramiko in (
        (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
        (rsa.RSAPrivateKey, paramiko.RSAKey),
        (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
    ):
        if isinstance(loaded, kind):
            plain = loaded.private_bytes(
                formats.Encoding.PEM, formats.PrivateFormat.OpenSSH, formats.NoEncryption()
            )
            return as_paramiko.from_private_key(io.StringIO(plain.decode()))
    raise ValueError("a kind of key that SSH servers do not take")


def _certifies(path: Path, key: paramiko.PKey) -> bool:
    """Whether a certificate is one of this key: its public part stands inside."""
    try:
        blob = base64.b64decode(path.read_bytes().split()[1])
    except (OSError, IndexError, binascii.Error):
        return False
    return key.asbytes()[-32:] in blob


def _public_blob(path: Path, raw: bytes) -> bytes:
    """The public key of a file: said in it, or beside it; empty where it is not known.

    Source: PROTOCOL.key of OpenSSH; the public part is never encrypted.
    """
    for text in (raw, _beside(path)):
        fields = text.split()
        if len(fields) > 1 and fields[0].startswith((b"ssh-", b"ecdsa-", b"sk-")):
            return _decoded(fields[1])
    body = raw.partition(OPENSSH)[2].partition(b"-----")[0]
    blob = _decoded(b"".join(body.split()))
    if not blob.startswith(MAGIC):
        return b""
    at = len(MAGIC)
    try:
        for _ in range(3):  # cipher, key derivation, its options
            at += 4 + struct.unpack_from(">I", blob, at)[0]
        size = struct.unpack_from(">I", blob, at + 4)[0]  # after the number of keys
    except struct.error:
        return b""
    return blob[at + 8 : at + 8 + size]


def _beside(path: Path) -> bytes:
    try:
        return Path(f"{path}.pub").read_bytes()
    except OSError:
        return b""


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
