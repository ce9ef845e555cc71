"""Tokens that the example `login` issues, verified by PyJWT and joserfc. And tokens with a shared secret, in both
directions."""

import base64
import json
import os
import subprocess
import tempfile
import time
import unittest
import urllib.request
import warnings
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jwt as joserfc
from joserfc.errors import BadSignatureError, InvalidClaimError, SecurityWarning
from joserfc.jwk import KeySet, OctKey

NAME = "https://shop.example"

KEYS = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
}


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Issuer:
    """`login` with a private key of cryptography's."""

    def __init__(self, folder, algorithm):
        file = Path(folder) / f"{algorithm}.pem"
        file.touch(mode=0o600)
        file.write_bytes(pem(KEYS[algorithm]()))
        self.process = subprocess.Popen(
            [os.environ["LOGIN"]],
            env={"PORT": "0", "KEY_FILE": str(file)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = next(
            line.split()[2] for line in self.process.stdout if line.startswith("Listening on ")
        )

    def access_token(self):
        password = base64.b64encode(b"alice:correct horse").decode()
        headers = {"Authorization": f"Basic {password}"}
        request = urllib.request.Request(f"{self.url}/login", method="POST", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["access_token"]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def with_pyjwt(token, key, algorithm, **changed):
    options = {"require": ["iss", "aud", "sub", "iat", "exp", "jti"], "strict_aud": True}
    expected = {"issuer": NAME, "audience": NAME, "algorithms": [algorithm], **changed}
    return jwt.decode(token, key, options=options, **expected)


def with_joserfc(token, key, algorithm, issuer=NAME, audience=NAME):
    with warnings.catch_warnings():
        # EdDSA has another name since RFC 9864.
        warnings.simplefilter("ignore", SecurityWarning)
        verified = joserfc.decode(token, key, algorithms=[algorithm])
    expected = {"iss": issuer, "aud": audience, "sub": "alice"}
    rules = {name: {"essential": True, "value": value} for name, value in expected.items()}
    present = {name: {"essential": True} for name in ("iat", "exp", "jti", "sid")}
    joserfc.JWTClaimsRegistry(**rules, **present).validate(verified.claims)
    return verified


class Tokens(unittest.TestCase):
    def test_python_verifies_tokens_with_the_published_keys(self):
        with tempfile.TemporaryDirectory() as folder:
            for algorithm in KEYS:
                with self.subTest(algorithm):
                    issuer = Issuer(folder, algorithm)
                    try:
                        self.accepts(issuer, algorithm)
                    finally:
                        issuer.stop()

    def accepts(self, issuer, algorithm):
        token = issuer.access_token()
        keys = jwt.PyJWKClient(f"{issuer.url}/.well-known/jwks.json")
        key = keys.get_signing_key_from_jwt(token)
        header = jwt.get_unverified_header(token)
        self.assertEqual((header["typ"], header["alg"]), ("at+jwt", algorithm))
        claims = with_pyjwt(token, key, algorithm)
        self.assertEqual((claims["sub"], claims["scope"]), ("alice", "orders:read"))
        with self.assertRaises(jwt.InvalidAudienceError):
            with_pyjwt(token, key, algorithm, audience="other")
        signed, _ = token.rsplit(".", 1)
        _, signature = issuer.access_token().rsplit(".", 1)
        forged = f"{signed}.{signature}"
        with self.assertRaises(jwt.InvalidSignatureError):
            with_pyjwt(forged, key, algorithm)

        with urllib.request.urlopen(f"{issuer.url}/.well-known/jwks.json", timeout=60) as response:
            key_set = KeySet.import_key_set(json.load(response))
        verified = with_joserfc(token, key_set, algorithm)
        self.assertEqual((verified.header, verified.claims), (header, claims))
        with self.assertRaises(InvalidClaimError):
            with_joserfc(token, key_set, algorithm, audience="other")
        with self.assertRaises(BadSignatureError):
            with_joserfc(forged, key_set, algorithm)


def shared_secret(*token):
    """Signs a token, or verifies the given one. `None` if it is refused."""
    done = subprocess.run([os.environ["SHARED_SECRET"], *token], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


class SharedSecret(unittest.TestCase):
    issuer = os.environ["ISSUER"]
    audience = os.environ["AUDIENCE"]
    secret = os.environ["HS256_SECRET"]
    other = "another secret of at least 32 bytes"

    def test_python_verifies_a_token_with_the_secret(self):
        token = shared_secret()
        expected = {"issuer": self.issuer, "audience": self.audience}
        claims = with_pyjwt(token, self.secret, "HS256", **expected)
        self.assertEqual((claims["sub"], claims["scope"]), ("alice", "read"))
        with self.assertRaises(jwt.InvalidSignatureError):
            with_pyjwt(token, self.other, "HS256", **expected)
        verified = with_joserfc(token, OctKey.import_key(self.secret), "HS256", **expected)
        self.assertEqual(verified.claims, claims)
        with self.assertRaises(BadSignatureError):
            with_joserfc(token, OctKey.import_key(self.other), "HS256", **expected)

    def test_a_token_that_python_signs_with_the_secret_is_accepted(self):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.audience, "sub": "bob", "client_id": "interop"}
        claims |= {"jti": "1", "iat": now, "exp": now + 300, "scope": "read write"}
        header = {"alg": "HS256", "typ": "at+jwt"}
        signed = [
            lambda secret: jwt.encode(claims, secret, headers=header),
            lambda secret: joserfc.encode(header, claims, OctKey.import_key(secret)),
        ]
        for sign in signed:
            self.assertEqual(shared_secret(sign(self.secret)), "bob read write")
            self.assertIsNone(shared_secret(sign(self.other)))


if __name__ == "__main__":
    unittest.main()
