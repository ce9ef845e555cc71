"""The other way round from users.py: hashes made here, verified by others."""

import os
import subprocess
import unittest

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

PASSWORD = "grüße für 5 € ☂"


class Hashes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = [os.environ["RESOURCE_SERVER"], "hash-password"]
        ran = subprocess.run(command, check=True, input=PASSWORD.encode(), stdout=subprocess.PIPE)
        cls.stored = ran.stdout.decode().strip()

    def test_argon2_cffi_verifies_hashes_of_hash_password(self):
        self.assertTrue(PasswordHasher().verify(self.stored, PASSWORD))
        with self.assertRaises(VerifyMismatchError):
            PasswordHasher().verify(self.stored, PASSWORD + " ")


if __name__ == "__main__":
    unittest.main()
