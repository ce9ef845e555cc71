"""`apikeys`, run beside the server: what it changes holds without a restart."""

import json
import os
import subprocess
import time
import unittest

import httpx

import service

# How long a server trusts what the database said last, and what a slow machine takes in addition.
CACHE_BOUND = 10
SLACK = 2


def apikeys(*arguments):
    command = [os.environ["APIKEYS"], *arguments, "--json"]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(ran.stdout)


class Revocation(unittest.TestCase):
    def setUp(self):
        self.client = httpx.Client(base_url=service.URL)
        self.addCleanup(self.client.close)
        self.made = apikeys("create", "--owner", "alice", "--scope", "read")

    def status(self, key):
        return self.client.get("/read", headers={"X-API-Key": key}).status_code

    def test_a_new_api_key_is_accepted_at_once(self):
        self.assertEqual(self.status(self.made["key"]), 200)

    def test_a_revoked_api_key_is_401_within_the_cache_ttl_and_afterwards(self):
        key = self.made["key"]
        self.assertEqual(self.status(key), 200)
        apikeys("revoke", self.made["prefix"])
        revoked = time.monotonic()
        while (status := self.status(key)) == 200:
            self.assertLess(time.monotonic() - revoked, CACHE_BOUND + SLACK)
            time.sleep(0.05)
        print(f"refused {time.monotonic() - revoked:.1f} s after it was revoked", flush=True)
        self.assertEqual(status, 401)
        # Fewer than make a key that is not good wait.
        self.assertEqual([self.status(key) for _ in range(5)], [401] * 5)

    def test_a_rotated_api_key_and_its_successor_are_both_accepted_for_a_while(self):
        rotated = apikeys("rotate", self.made["prefix"], "--overlap", "1h")
        self.assertNotEqual(rotated["key"], self.made["key"])
        self.assertEqual(self.status(self.made["key"]), 200)
        self.assertEqual(self.status(rotated["key"]), 200)


if __name__ == "__main__":
    unittest.main()
