#!/usr/bin/env python3
"""Holds sign.py against the vectors: check.py VECTORS."""

import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sign import prove, sign


def unhex(digests):
    return {name: {alg: bytes.fromhex(text) for alg, text in algs.items()} for name, algs in digests.items()}


vectors = json.load(open(sys.argv[1], encoding="utf-8"))
passed = failed = 0
for vector in vectors["events"] + vectors["proofs"]:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"]))
    if "proof" in vector:
        found = {"proof": prove(key, vector["origin"], vector["name"], vector["sources"]).hex()}
    else:
        body = dict(vector["body"])
        if "digests" in body:
            body["digests"] = unhex(body["digests"])
        payload = vector.get("payload")
        payload = None if payload is None else bytes.fromhex(payload)
        message, signature = sign(
            key, vector["origin"], vector["type"], body, payload, vector.get("classification")
        )
        found = {"message": message.hex(), "signature": signature.hex()}
    wrong = [name for name, value in found.items() if vector[name] != value]
    passed, failed = passed + (not wrong), failed + bool(wrong)
    if wrong:
        print(f"FAILED  python signer: {vector['about']}: another {', '.join(wrong)}")
print(f"signer-python: {passed} passed, {failed} failed")
sys.exit(failed > 0)
