"""curl, as it stands in a terminal."""

import subprocess
import unittest

import service
from service import KINDS, Answer, person

BEARER, _, KEY = KINDS


def curl(*arguments, path="/whoami", body=""):
    """All answers that it got on the way, the body with the last. `body` is its standard input."""
    command = ["curl", "--silent", "--show-error", "--include", "--max-time", "20", *arguments]
    command.append(service.URL + path)
    ran = subprocess.run(command, check=True, input=body.encode(), stdout=subprocess.PIPE)
    rest = ran.stdout.decode().replace("\r\n", "\n")
    answers = []
    while rest.startswith("HTTP/"):
        head, _, rest = rest.partition("\n\n")
        status, *lines = head.splitlines()
        headers = dict(line.split(": ", 1) for line in lines)
        answers.append(Answer(int(status.split()[1]), headers, rest))
    return answers


class Curl(unittest.TestCase):
    def who(self, *arguments):
        """Who the only answer says it is, and by which kind of credentials."""
        [answer] = curl(*arguments)
        self.assertEqual(answer.status, 200)
        caller = answer.json()
        return caller["subject"], caller["scheme"]

    def statuses(self, *arguments, path="/whoami"):
        return [answer.status for answer in curl(*arguments, path=path)]

    def test_curl_u_sends_a_user_name_and_a_password(self):
        for name in ("alice", "bob", "jürgen", "zoë"):
            with self.subTest(name):
                self.assertEqual(self.who("-u", ":".join(person(name))), (name, "Basic"))

    def test_curl_u_with_a_wrong_password_is_401(self):
        self.assertEqual(self.statuses("-u", "zoë:wrong"), [401])

    def test_anyauth_picks_basic_of_several_challenges(self):
        first, second = curl("--anyauth", "-u", ":".join(person("alice")))
        self.assertEqual((first.status, second.status), (401, 200))
        self.assertEqual(second.json()["scheme"], "Basic")

    def test_anyauth_with_a_wrong_password_gives_up_at_the_second_401(self):
        self.assertEqual(self.statuses("--anyauth", "-u", "zoë:wrong"), [401, 401])

    # The first answer comes before the body was read: curl has to get it all the same.
    def test_anyauth_sends_a_body_again(self):
        for padding in (0, 1_500_000):
            with self.subTest(padding=padding):
                sent = ["--anyauth", "-u", ":".join(person("alice")), "--json", "@-"]
                body = '{"n": 1}' + " " * padding
                answers = curl(*sent, path="/write", body=body)
                self.assertEqual([answer.status for answer in answers][-1], 200)

    def test_curl_digest_gets_401(self):
        self.assertEqual(self.statuses("--digest", "-u", ":".join(person("alice"))), [401])

    def test_oauth2_bearer_sends_a_token(self):
        sent = ["--oauth2-bearer", BEARER.full.token]
        self.assertEqual(self.who(*sent), ("alice", "Bearer"))
        sent = ["--oauth2-bearer", BEARER.bad.token]
        self.assertEqual(self.statuses(*sent), [401])

    def test_a_header_sends_a_key_in_either_case(self):
        for name in ("X-API-Key", "x-api-key"):
            with self.subTest(name):
                sent = ["-H", f"{name}: {KEY.full.key}"]
                self.assertEqual(self.who(*sent), ("alice", "ApiKey"))
        self.assertEqual(self.statuses("-H", f"X-API-Key: {KEY.bad.key}"), [401])

    def test_a_caller_without_the_scope_or_role_is_403(self):
        write = ["--json", '{"n": 1}']
        for sent in (
            ["--oauth2-bearer", BEARER.reader.token],
            ["-u", ":".join(person("bob"))],
            ["-H", f"X-API-Key: {KEY.reader.key}"],
        ):
            with self.subTest(sent[0]):
                self.assertEqual(self.statuses(*sent, path="/read"), [200])
                self.assertEqual(self.statuses(*sent, *write, path="/write"), [403])
                self.assertEqual(self.statuses(*sent, path="/admin"), [403])

    # A browser sends passwords by itself, so they come after all that a caller has added.
    def test_of_a_password_and_a_key_the_key_decides(self):
        password = ["-u", ":".join(person("bob"))]
        key = ["-H", f"X-API-Key: {KEY.full.key}"]
        self.assertEqual(self.who(*password, *key), ("alice", "ApiKey"))
        self.assertEqual(self.statuses("-u", "zoë:wrong", *key), [200])
        self.assertEqual(self.statuses(*password, "-H", "X-API-Key: wrong"), [401])

    def test_two_keys_are_400(self):
        key = ["-H", f"X-API-Key: {KEY.full.key}"]
        [answer] = curl(*key, *key)
        self.assertEqual(answer.status, 400)


if __name__ == "__main__":
    unittest.main()
