"""Tokens that the example `login` issues, verified by PyJWT."""

import base64
import json
import os
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

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


class Tokens(unittest.TestCase):
    def verify(self, token, key, algorithm, **changed):
        options = {"require": ["iss", "aud", "sub", "iat", "exp", "jti"], "strict_aud": True}
        expected = {"issuer": NAME, "audience": NAME, "algorithms": [algorithm], **changed}
        return jwt.decode(token, key, options=options, **expected)

    def test_pyjwt_verifies_tokens_with_the_published_keys(self):
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
        claims = self.verify(token, key, algorithm)
        self.assertEqual((claims["sub"], claims["scope"]), ("alice", "orders:read"))
        with self.assertRaises(jwt.InvalidAudienceError):
            self.verify(token, key, algorithm, audience="other")
        signed, _ = token.rsplit(".", 1)
        _, signature = issuer.access_token().rsplit(".", 1)
        with self.assertRaises(jwt.InvalidSignatureError):
            self.verify(f"{signed}.{signature}", key, algorithm)


if __name__ == "__main__":
    unittest.main()
