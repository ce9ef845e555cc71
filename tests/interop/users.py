"""Lines of a BASIC_FILE, with the hashes that Python's packages make: argon2-cffi, which is the
reference implementation of Argon2 in C, and passlib, whose scrypt is OpenSSL's.
"""

import json
import warnings
from pathlib import Path

from argon2 import PasswordHasher

# Of Python's `crypt`, which passlib looks for and does without.
warnings.filterwarnings("ignore", category=DeprecationWarning, module="passlib")
from passlib.hash import scrypt  # noqa: E402

HASHES = {
    # With its defaults: 64 MiB and four lanes.
    "argon2-cffi": PasswordHasher().hash,
    # A cheap one: a server that is built for debugging computes it as well.
    "passlib": scrypt.using(rounds=10).hash,
}

people = json.loads(Path(__file__).with_name("people.json").read_text(encoding="utf-8"))
for name, person in people.items():
    if hash_of := HASHES.get(person["hashed_by"]):
        granted = [f"scope={scope}" for scope in person["scopes"]]
        granted += [f"role={role}" for role in person["roles"]]
        print(f"{name}:{hash_of(person['password'])}", *granted)
