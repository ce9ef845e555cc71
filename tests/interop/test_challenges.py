"""Our challenges, read by parsers that others wrote: what they find is what we meant."""

import unittest

import httpx
import requests
import www_authenticate
from requests.utils import parse_dict_header
from werkzeug.datastructures import WWWAuthenticate

import service
from service import API_KEY, BASIC, KINDS, bearer

BEARER, _, _ = KINDS
TOKEN = {"Authorization": f"Bearer {BEARER.full.token}"}
READER = {"Authorization": f"Bearer {BEARER.reader.token}"}
EXPIRED = {"Authorization": f"Bearer {BEARER.bad.token}"}

# What is asked for, with which header fields; the status and the challenges of the answer.
ANSWERS = [
    ("/whoami", {}, 401, [bearer(), BASIC, API_KEY]),
    ("/read", {}, 401, [bearer(scope="read"), BASIC, API_KEY]),
    (
        "/read",
        {"Authorization": "Basic bm9ib2R5Ondyb25n"},
        401,
        [bearer(scope="read"), BASIC, API_KEY],
    ),
    ("/read", {"X-API-Key": "wrong"}, 401, [bearer(scope="read"), BASIC, API_KEY]),
    (
        "/read",
        EXPIRED,
        401,
        [
            bearer(
                error="invalid_token",
                error_description="The access token expired",
                scope="read",
            ),
            BASIC,
            API_KEY,
        ],
    ),
    (
        "/gold",
        TOKEN,
        401,
        [
            bearer(
                error="insufficient_user_authentication",
                error_description="A different authentication level is required",
                acr_values="urn:example:gold",
                max_age="300",
            ),
            BASIC,
            API_KEY,
        ],
    ),
    (
        "/either",
        READER,
        403,
        [
            bearer(
                error="insufficient_scope",
                error_description="The access token lacks a required scope",
                scope="a",
            )
        ],
    ),
    ("/admin", READER, 403, [bearer()]),
]


class Challenges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Each answer as requests and httpx have it: the joined field, its lines, the challenges."""
        cls.answers = []
        for path, headers, status, challenges in ANSWERS:
            what = f"{path} with {list(headers) or 'nothing'}"
            response = requests.get(service.URL + path, headers=headers, timeout=20)
            assert response.status_code == status, f"{what}: {response}"
            joined = response.headers["www-authenticate"]
            lines = response.raw.headers.getlist("www-authenticate")
            cls.answers.append((f"{what}, requests", joined, lines, challenges))
            response = httpx.get(service.URL + path, headers=headers)
            joined = response.headers["www-authenticate"]
            lines = response.headers.get_list("www-authenticate")
            cls.answers.append((f"{what}, httpx", joined, lines, challenges))

    def test_there_is_a_line_for_each_challenge_in_the_order_of_declaration(self):
        for what, _, lines, challenges in self.answers:
            with self.subTest(what):
                schemes = [line.partition(" ")[0].lower() for line in lines]
                self.assertEqual(schemes, [scheme for scheme, _ in challenges])

    def test_www_authenticate_reads_lines_that_a_client_has_joined(self):
        for what, joined, _, challenges in self.answers:
            with self.subTest(what):
                self.assertEqual(list(www_authenticate.parse(joined).items()), challenges)

    def test_werkzeug_reads_each_line(self):
        for what, _, lines, challenges in self.answers:
            with self.subTest(what):
                parsed = [WWWAuthenticate.from_header(line) for line in lines]
                self.assertEqual([(one.type, one.parameters) for one in parsed], challenges)

    def test_requests_reads_the_parameters_of_each_line(self):
        for what, _, lines, challenges in self.answers:
            with self.subTest(what):
                parsed = [parse_dict_header(line.partition(" ")[2]) for line in lines]
                self.assertEqual(parsed, [parameters for _, parameters in challenges])

    # Such parsers take `Basic realm` for a parameter of the challenge before. Ours for tokens, the
    # one with something to say, is the first: what they find of it is right.
    def test_a_parser_of_one_challenge_finds_that_of_tokens_in_joined_lines(self):
        for what, joined, _, [(scheme, parameters), *_] in self.answers:
            with self.subTest(what):
                parsed = WWWAuthenticate.from_header(joined)
                self.assertEqual(parsed.type, scheme)
                self.assertLessEqual(parameters.items(), parsed.parameters.items())
                parsed = parse_dict_header(joined.partition(" ")[2])
                self.assertLessEqual(parameters.items(), parsed.items())


if __name__ == "__main__":
    unittest.main()
