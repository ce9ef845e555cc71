"""requests, httpx and urllib as people use them, with every kind of credentials."""

import unittest
import urllib.error
import urllib.request

import httpx
import requests

import service
from service import KINDS, NOBODY, Answer, person


class AnyClient:
    """What holds for every client; each sends credentials in its own way."""

    def send(self, credentials, path="/whoami", write=False):
        raise NotImplementedError

    def test_valid_credentials_identify_the_caller(self):
        for kind in KINDS:
            with self.subTest(kind.scheme):
                answer = self.send(kind.full)
                self.assertEqual(answer.status, 200)
                self.assertEqual(
                    answer.json(),
                    {
                        "subject": "alice",
                        "issuer": kind.issuer,
                        "scheme": kind.scheme,
                        "scopes": ["read", "write"],
                        "roles": ["admin"],
                    },
                )

    def test_invalid_credentials_are_401(self):
        for kind in KINDS:
            with self.subTest(kind.scheme):
                answer = self.send(kind.bad)
                self.assertEqual(answer.status, 401)
                self.assertEqual(answer.headers["content-type"], "application/problem+json")
                self.assertEqual(answer.headers["cache-control"], "no-store")
                self.assertEqual(answer.json()["status"], 401)

    def test_no_credentials_are_401(self):
        self.assertEqual(self.send(NOBODY).status, 401)

    def test_a_caller_with_the_scope_may_write(self):
        for kind in KINDS:
            with self.subTest(kind.scheme):
                answer = self.send(kind.full, "/write", write=True)
                self.assertEqual((answer.status, answer.json()), (200, {"n": 1}))

    def test_a_caller_without_the_scope_or_role_is_403(self):
        for kind in KINDS:
            with self.subTest(kind.scheme):
                self.assertEqual(self.send(kind.reader, "/read").status, 200)
                write = self.send(kind.reader, "/write", write=True)
                self.assertEqual(write.status, 403)
                self.assertEqual(self.send(kind.reader, "/admin").status, 403)

    # Whoever holds a token can ask for a better one; there is no better password.
    def test_a_missing_scope_is_named_to_tokens_and_not_to_passwords_or_api_keys(self):
        for kind in KINDS:
            with self.subTest(kind.scheme):
                answer = self.send(kind.reader, "/write", write=True)
                helps = kind.scheme == "Bearer"
                self.assertEqual("www-authenticate" in answer.headers, helps)
                self.assertEqual(answer.json().get("required_scopes"), ["write"] if helps else None)
                code = "insufficient_scope" if helps else "forbidden"
                self.assertEqual(answer.json()["code"], code)

    # A browser sends passwords by itself, so they come after all that a caller has added.
    def test_tokens_decide_over_api_keys_and_api_keys_over_passwords(self):
        bearer, basic, key = KINDS
        for first, second in [(bearer, key), (key, basic)]:
            with self.subTest(f"{first.scheme} and {second.scheme}"):
                both = self.send(first.reader | second.full)
                self.assertEqual((both.status, both.json()["scheme"]), (200, first.scheme))
                self.assertEqual(self.send(first.reader | second.full, "/admin").status, 403)
                self.assertEqual(self.send(first.bad | second.full).status, 401)
                self.assertEqual(self.send(first.full | second.bad).status, 200)

    def test_only_an_api_key_outside_authorization_sets_cache_control_private(self):
        bearer, basic, key = KINDS
        self.assertEqual(self.send(key.full).headers["cache-control"], "private")
        for kind in (bearer, basic):
            with self.subTest(kind.scheme):
                self.assertNotIn("cache-control", self.send(kind.full).headers)


class Requests(AnyClient, unittest.TestCase):
    def send(self, credentials, path="/whoami", write=False):
        response = requests.request(
            "POST" if write else "GET",
            service.URL + path,
            auth=credentials.user,
            headers=headers(credentials),
            json={"n": 1} if write else None,
            timeout=20,
        )
        answer_headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, answer_headers, response.text)

    def test_octets_are_sent_as_they_are(self):
        for name in ("bob", "jürgen", "zoë"):
            with self.subTest(name):
                name, password = person(name)
                auth = (name.encode(), password.encode())
                response = requests.get(service.URL + "/whoami", auth=auth, timeout=20)
                self.assertEqual((response.status_code, response.json()["subject"]), (200, name))

    # Whatever `charset="UTF-8"` says: its users have to encode names and passwords themselves.
    def test_text_is_sent_as_latin_1_which_is_refused(self):
        response = requests.get(service.URL + "/whoami", auth=person("zoë"), timeout=20)
        self.assertEqual(response.status_code, 401)

    def test_a_digest_only_client_gets_401(self):
        auth = requests.auth.HTTPDigestAuth(*person("alice"))
        response = requests.get(service.URL + "/whoami", auth=auth, timeout=20)
        self.assertEqual((response.status_code, response.history), (401, []))


class Httpx(AnyClient, unittest.TestCase):
    def send(self, credentials, path="/whoami", write=False):
        response = httpx.request(
            "POST" if write else "GET",
            service.URL + path,
            auth=httpx.BasicAuth(*credentials.user) if credentials.user else None,
            headers=headers(credentials),
            json={"n": 1} if write else None,
            timeout=20,
        )
        return Answer(response.status_code, dict(response.headers), response.text)

    def test_names_and_passwords_are_sent_as_utf_8(self):
        for name in ("bob", "jürgen", "zoë"):
            with self.subTest(name):
                response = httpx.get(service.URL + "/whoami", auth=person(name))
                self.assertEqual(
                    (response.status_code, response.json()["subject"]), (200, name)
                )

    def test_a_user_name_and_password_in_the_url_are_sent(self):
        url = httpx.URL(service.URL + "/whoami", username="bob", password=person("bob")[1])
        self.assertEqual(httpx.get(url).json()["subject"], "bob")

    def test_a_digest_only_client_gets_401(self):
        response = httpx.get(service.URL + "/whoami", auth=httpx.DigestAuth(*person("alice")))
        self.assertEqual((response.status_code, response.history), (401, []))


class Urllib(unittest.TestCase):
    """Python's own: it answers the challenge that it understands."""

    def open(self, name, password, realm="api"):
        passwords = urllib.request.HTTPPasswordMgr()
        passwords.add_password(realm, service.URL, name, password)
        basic = urllib.request.HTTPBasicAuthHandler(passwords)
        return urllib.request.build_opener(basic).open(service.URL + "/whoami", timeout=20)

    def test_of_several_challenges_that_of_basic_is_answered(self):
        for name in ("alice", "bob", "jürgen", "zoë"):
            with self.subTest(name), self.open(*person(name)) as response:
                self.assertIn(f'"subject":"{name}"', response.read().decode())

    def test_a_wrong_password_is_sent_once(self):
        with self.assertRaises(urllib.error.HTTPError) as raised:
            self.open("bob", "wrong")
        self.assertEqual(raised.exception.code, 401)
        raised.exception.close()

    def test_a_password_for_another_realm_is_kept_back(self):
        with self.assertRaises(urllib.error.HTTPError) as raised:
            self.open(*person("alice"), realm="another")
        self.assertEqual(raised.exception.code, 401)
        raised.exception.close()


def headers(credentials):
    """What is no user name and password goes into a header field by hand."""
    found = {}
    if credentials.token:
        found["Authorization"] = f"Bearer {credentials.token}"
    if credentials.key:
        found["X-API-Key"] = credentials.key
    return found


if __name__ == "__main__":
    unittest.main()
