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

# Cheap ones: a server that is built for debugging computes them too.
HASHES = {
    "argon2-cffi": PasswordHasher(time_cost=1, memory_cost=1024, parallelism=4).hash,
    "passlib": scrypt.using(rounds=4).hash,
}

people = json.loads(Path(__file__).with_name("people.json").read_text(encoding="utf-8"))
for name, person in people.items():
    if hash_of := HASHES.get(person["hashed_by"]):
        granted = [f"scope={scope}" for scope in person["scopes"]]
        granted += [f"role={role}" for role in person["roles"]]
        print(f"{name}:{hash_of(person['password'])}", *granted)
