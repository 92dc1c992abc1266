"""Canaries: values that must not be found again, each of a form in which people's data and free text come.

No two are alike, and each has in it a needle by which it is found: a word, an address or an id. So a part of a canary
is found as well as all of it.
"""

import base64
import collections
import itertools
import json
import re

from forms.dbt import md5, uuid

# What the needles of words and addresses begin with, and nothing else has in it: a word, and the networks of benchmarks
# and examples (RFC 2544 and 3849). The number stands in fields that hold nothing else.
WORD, NETWORK, NETWORK6, NUMBER = "kanarie", "198.18.", "2001:db8:", 91827364

# What free text and people's data look like.
FORMS = (
    "{address}", "{address6}", "{word}@mail.example", "/home/{word}/.dbt/profiles.yml",
    "C:\\Users\\{word}\\profiles.yml", "{word}!Pa55w0rd", "model.{word}.customers", "{word}_customers",
    "{word}-warehouse", "{word}/internal_utils", "https://jane:{word}@git.example/p.git", "80_{word}_model",
    "{WORD}_CUSTOMERS", "{Word}Model", "{uuid}", "{md5}",
    'Traceback (most recent call last):\n  File "/home/{word}/dbt.py", line 7\nKeyError: "password"',
)
# What they look like behind or before something that may be kept.
MIXED = (
    "{valid} /home/{word}", "{valid}+{word}@mail.example", "{valid}-{word}-fork", "{valid}.{word}", "{word}.{valid}",
    "{valid} --vars '{{password: {word}}}'", "{valid}.{address}", "{valid}-{address}", "{address}/{valid}",
    "{VALID} {WORD}", "{word}/{valid}",
)
# What may be kept of a platform are versions, behind words that may stand anywhere.
PLATFORMS = ("Linux-{address}-x86_64-with-glibc2.36", "Linux-6.1-x86_64-with-glibc{address}", "macOS-14-musl{address}")
NEEDLES = ("{word}", "{WORD}", "{Word}", "{address}", "{address6}", "{uuid}", "{md5}")

# `where` says in which dump and which field it is.
Canary = collections.namedtuple("Canary", "value needle where")


class Cage:
    """Makes the canaries of a dump, and knows them all.

    The first dump of a kind has a canary of every form in every field, the others each third form in turn: whatever
    they are, what they say goes the same way in the end.
    """

    # Of canaries, and of those that are addresses: these are fewer.
    numbers, addresses = itertools.count(), itertools.count()

    def __init__(self, dump, turn=0):
        self.dump, self.turn, self.canaries, self.known = dump, turn, [], {}

    def make(self, form, where, valid=""):
        """A canary of a form."""
        number, address = next(self.numbers), next(self.addresses) if "{address}" in form else 0
        assert number < 1 << 16 and address < 150 * 150, "there are no more needles"
        # Letters alone, since in some places nothing else could pass. All needles of a kind are of one length: in a
        # binary dump nothing stands between them and what comes next.
        word = WORD + "".join("abcdefghij"[int(digit)] for digit in f"{number:05}")
        parts = {
            "word": word, "WORD": word.upper(), "Word": word.title(), "valid": valid, "VALID": valid.upper(),
            "address": f"{NETWORK}{100 + address // 150}.{100 + address % 150}",
            "address6": f"{NETWORK6}:{number:04x}",
            "uuid": uuid(f"canary {number}"), "md5": md5(f"canary {number}"),
        }
        needle = next(needle for needle in NEEDLES if needle in form).format(**parts).lower()
        self.canaries.append(Canary(form.format(**parts), needle, f"{self.dump}: {where}"))
        return self.canaries[-1].value

    def fill(self, where, valid):
        """The canaries of a place that holds this: of one that takes no text, a single one shows that it does not."""
        if valid is not None and not isinstance(valid, str):
            yield self.make(FORMS[0], where)
            return
        forms = FORMS + (MIXED if valid else ()) + (PLATFORMS if where.endswith(".platform") else ())
        for form in forms[self.turn % 3::3] if self.turn else forms:
            yield self.make(form, where, valid or "")

    def names(self, where, spelled=str):
        """Canaries as names, of every form but that in which dbt names things."""
        for form in FORMS:
            name = self.make(form, where)
            if is_name(spelled(name)):
                self.canaries.pop()
            else:
                yield name

    def one(self, where):
        """The one canary of a place, of one form or another; always the same."""
        if where not in self.known:
            self.known[where] = self.make(FORMS[len(self.known) % len(FORMS)], where)
        return self.known[where]

    def cell(self, where):
        """The same for a place that has no line feeds and no quotation marks, as enrich and servers leave none."""
        return re.sub(r'\s*[\n"]\s*', " ", self.one(where))

    def salted(self, value, where):
        """A value in which every text, and all that is null, is a canary."""
        if isinstance(value, dict):
            return {name: self.salted(part, f"{where}.{name}") for name, part in value.items()}
        if isinstance(value, list):
            return [self.salted(part, f"{where}[{number}]") for number, part in enumerate(value)]
        return self.one(where) if value is None or isinstance(value, str) else value


def is_name(text):
    """Whether dbt could have called a field or a schema so. Such names are told, whatever they are: that is how a new
    release of dbt is noticed, and its own names are nobody's data."""
    return re.fullmatch("[a-z][a-z0-9_]{0,63}", text) is not None


def spellings(text):
    """How a text may be spelled in others that hold it, all in lower case: as it is, and in base64 at any of the three
    places where it can begin."""
    yield text.lower()
    for spelled in sorted({text, text.upper(), text.title()}):
        for before in range(3):
            encoded = base64.b64encode(b"\0" * before + spelled.encode()).decode()
            # The characters at either end hold bits of what is around as well.
            yield encoded[-(-before * 8 // 6):(before + len(spelled)) * 8 // 6].lower()


def listed(cages):
    """All canaries, for the test: what to look for, and what must be found in the dumps."""
    canaries = [canary for cage in cages for canary in cage.canaries]
    values = {spelled for canary in canaries for spelled in
              (canary.value, canary.value.lower(), canary.value.upper(), canary.needle)}
    return {
        "marks": [mark for text in (WORD, NETWORK, NETWORK6, str(NUMBER)) for mark in spellings(text)],
        "hashes": sorted(md5(value) for value in values),
        "canaries": [canary._asdict() for canary in canaries],
    }


def leaves(value, path=()):
    """Paths to everything in a value that holds nothing itself, and what is there."""
    if isinstance(value, (dict, list)):
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, path + (name,))
    else:
        yield path, value


def replaced(value, path, leaf):
    """A copy of a value with another one at the end of a path."""
    copy = json.loads(json.dumps(value))
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = leaf
    return copy
