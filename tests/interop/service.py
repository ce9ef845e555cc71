"""The server under test, who may call it, and what the clients here get."""

import json
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import jwt

URL = os.environ["SERVICE_URL"]
ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ["AUDIENCE"]
SECRET = os.environ["HS256_SECRET"]

PEOPLE = json.loads(Path(__file__).with_name("people.json").read_text(encoding="utf-8"))

REALM = {"realm": "api"}
BASIC = ("basic", {**REALM, "charset": "UTF-8"})
API_KEY = ("apikey", REALM)


def bearer(**parameters):
    """The challenge for access tokens with these parameters behind the realm."""
    return ("bearer", {**REALM, **parameters})


def token(scope="read write", roles=("admin",), lifetime=300, **claims):
    """An access token of alice's (RFC 9068), signed by PyJWT."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "client_id": "interop",
        "jti": "1",
        "iat": now,
        "exp": now + lifetime,
        "scope": scope,
        "roles": list(roles),
        **claims,
    }
    return jwt.encode(claims, SECRET, algorithm="HS256", headers={"typ": "at+jwt"})


@dataclass(frozen=True)
class Credentials:
    """What a request presents: any of the three kinds."""

    token: str | None = None
    user: tuple[str, str] | None = None
    key: str | None = None

    def __or__(self, other):
        """Both at once."""
        presented = {kind: value for kind, value in vars(other).items() if value is not None}
        return replace(self, **presented)


@dataclass(frozen=True)
class Kind:
    """One kind of credentials: a caller who may do all, one who may only read, and a bad one."""

    scheme: str
    issuer: str
    full: Credentials
    reader: Credentials
    bad: Credentials


@dataclass(frozen=True)
class Answer:
    status: int
    # As the client shows them, names in lower case.
    headers: dict[str, str]
    body: str = field(repr=False)

    def json(self):
        return json.loads(self.body)


def person(name):
    """Name and password."""
    return (name, PEOPLE[name]["password"])


NOBODY = Credentials()

# Ten failures make an account or a key wait, fifty an address: all suites before `test_limit`
# together have to stay below.
KINDS = [
    Kind(
        scheme="Bearer",
        issuer=ISSUER,
        full=Credentials(token=token()),
        reader=Credentials(token=token("read", roles=())),
        bad=Credentials(token=token(lifetime=-300)),
    ),
    Kind(
        scheme="Basic",
        issuer="basic",
        full=Credentials(user=person("alice")),
        reader=Credentials(user=person("bob")),
        bad=Credentials(user=("alice", "wrong")),
    ),
    Kind(
        scheme="ApiKey",
        issuer="api_key",
        full=Credentials(key=os.environ["FULL_KEY"]),
        reader=Credentials(key=os.environ["READER_KEY"]),
        bad=Credentials(key=os.environ["REVOKED_KEY"]),
    ),
]
