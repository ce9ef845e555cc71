"""Guessing: the last suite, since the address of these clients has to wait afterwards."""

import unittest
from unittest import mock

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

import service
from service import person

# More than any limit worth the name lets through.
MANY = 40


class Limit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """The statuses of eve's guesses, up to the first that is no 401."""
        cls.statuses = []
        while len(cls.statuses) < MANY and set(cls.statuses) <= {401}:
            guess = f"guess {len(cls.statuses)}"
            response = requests.get(service.URL + "/whoami", auth=("eve", guess), timeout=20)
            cls.statuses.append(response.status_code)
        cls.refused = response

    def test_many_wrong_passwords_are_401_and_then_429(self):
        *guesses, last = self.statuses
        self.assertEqual(last, 429)
        self.assertGreaterEqual(len(guesses), 5)

    def test_429_has_no_challenge_and_is_not_stored(self):
        self.assertNotIn("www-authenticate", self.refused.headers)
        self.assertEqual(self.refused.headers["cache-control"], "no-store")

    def test_the_right_password_is_delayed_as_well(self):
        response = requests.get(service.URL + "/whoami", auth=person("eve"), timeout=20)
        self.assertEqual(response.status_code, 429)

    def test_others_and_other_kinds_do_not_wait_for_a_guesser_of_one_account(self):
        response = requests.get(service.URL + "/whoami", auth=person("alice"), timeout=20)
        self.assertEqual(response.status_code, 200)
        headers = {"Authorization": f"Bearer {service.token()}"}
        response = requests.get(service.URL + "/whoami", headers=headers, timeout=20)
        self.assertEqual(response.status_code, 200)

    def test_urllib3_waits_as_long_as_retry_after_says(self):
        retry = Retry(total=1, status_forcelist=[429], raise_on_status=False)
        session = requests.Session()
        session.mount("http://", HTTPAdapter(max_retries=retry))
        with session, mock.patch("urllib3.util.retry.time.sleep") as sleep:
            response = session.get(service.URL + "/whoami", auth=("eve", "guess"), timeout=20)
        self.assertEqual(response.status_code, 429)
        self.assertEqual(len(response.raw.retries.history), 1)
        [waited] = [call.args[0] for call in sleep.call_args_list]
        self.assertGreater(waited, 0)
        # At most the period of the limit.
        self.assertLessEqual(waited, 15 * 60)
        self.assertLessEqual(int(response.headers["retry-after"]), waited)


if __name__ == "__main__":
    unittest.main()
