#!/usr/bin/env python3
"""Makes the corpora that the fuzz targets start from, out of the fixtures: fuzz/corpus/<target>/.

    python3 fuzz/seed.py

Each fixture is cut into records as its format is; what is larger than the targets take is left out. A file is named by
its content, so that it can be run again and again: what fuzzing has added stays.
"""

import base64
import gzip
import hashlib
import json
import pathlib

FUZZ = pathlib.Path(__file__).resolve().parent
FIXTURES = FUZZ.parent / "tests" / "fixtures"

# What run.sh lets a target take.
LARGEST = 8192
LARGEST_FRAMES = 1024

# The framings, in the order of Framing::ALL.
LINES, JSON_ARRAY, LENGTH_DELIMITED, LENGTH_PREFIXED, ELEPHANT_BIRD, WHOLE = range(6)


def read(path):
    """The content of a fixture, decompressed."""
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def write(target, seed, largest=LARGEST):
    """Adds a seed to the corpus of a target."""
    if len(seed) <= largest:
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


def lines(content):
    """The lines that are not empty."""
    return [line for line in content.splitlines() if line]


def length_prefixed(content):
    """The records behind four bytes of length each; a record may be preceded by 01 01."""
    while len(content) >= 4:
        if content.startswith(b"\x01\x01"):
            content = content[2:]
            continue
        end = 4 + int.from_bytes(content[:4], "big")
        yield content[4:end]
        content = content[end:]


def length_delimited(content):
    """The records behind a varint of length each."""
    while content:
        length = place = 0
        for place, byte in enumerate(content[:10]):
            length |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                break
        yield content[place + 1:place + 1 + length]
        content = content[place + 1 + length:]


def protobuf(message):
    """The fields of a message that are bytes: pairs of number and content. Ends where it is no message."""
    try:
        while message:
            tag, message = message[0], message[1:]
            if tag & 7 == 0:
                while message[0] >= 0x80:
                    message = message[1:]
                message = message[1:]
            elif tag & 7 == 1:
                message = message[8:]
            elif tag & 7 == 2:
                content = next(length_delimited(message))
                prefix = 1 if len(content) < 0x80 else 2 if len(content) < 0x4000 else 3
                yield tag >> 3, content
                message = message[prefix + len(content):]
            else:
                return
    except (IndexError, StopIteration):
        return


def seed_vortex(batch):
    """A batch as it is, and each of its messages as the target wraps them: type URL, line feed, event."""
    write("vortex", batch)
    for number, message in protobuf(batch):
        for inner, wrapped in protobuf(message):
            if (number, inner) == (2, 1):
                parts = dict(protobuf(wrapped))
                write("vortex", parts.get(1, b"") + b"\n" + parts.get(2, b""))


def plain(item):
    """An event of the tracker protocol with its contexts as plain JSON, where the fuzzer can change them."""
    try:
        item = dict(item)
        item["co"] = base64.urlsafe_b64decode(item.pop("cx") + "==").decode()
    except (KeyError, TypeError, ValueError):
        pass
    return item


def seed_body(body):
    """A POST body: its events one by one, as they are and with plain contexts, and some of them together."""
    try:
        request = json.loads(body)
        schema, items = request["schema"], [item for item in request["data"] if isinstance(item, dict)]
    except (ValueError, TypeError, KeyError):
        write("tracker_payload", body)
        return
    for some in [[item] for item in items] + [[plain(item)] for item in items] + [items[:2], [*map(plain, items[:3])]]:
        some = json.dumps({"schema": schema, "data": some}, separators=(",", ":")).encode()
        write("tracker_payload", some)
        write("collector_payload", b"?\n" + some)


def seed_query(line):
    """A line with a request, and its query alone."""
    write("tracker_payload", line)
    start = line.find(b"e=se&")
    if start >= 0:
        write("collector_payload", b"?" + line[start:].split()[0].rstrip(b'"'))


def seed_contexts(line):
    """The contexts of a line of TSV, with rules before them."""
    cells = line.split(b"\t")
    if len(cells) == 131:
        rules = (FUZZ / "src" / "rules.toml").read_bytes().split(b"\n\n")[1:]
        for rule in rules:
            write("rules", rule.strip() + b"\n\0" + cells[52])


def each(target):
    """What writes every line as a seed of a target."""
    return lambda content: [write(target, line) for line in lines(content)]


def seed_tsv(content):
    """Lines of TSV."""
    for line in lines(content):
        write("enriched_tsv", line)
        seed_contexts(line)


RECORDS = {
    "access-log": lambda content: [seed_query(line) for line in lines(content)],
    "collector-payload-base64": each("collector_payload"),
    "collector-payload-binary": lambda content: [
        write("collector_payload", record) for record in length_prefixed(content)
    ],
    "enriched-json": each("enriched_json"),
    "enriched-tsv": seed_tsv,
    "failed-events": each("failed_events"),
    "failed-tsv": seed_tsv,
    "tracker-payload": lambda content: [seed_body(line) for line in lines(content)],
    "tracker-payload-get": lambda content: [seed_query(line) for line in lines(content)],
    "vortex": lambda content: [seed_vortex(batch) for batch in length_delimited(content)],
    "vortex-single": seed_vortex,
    "vortex-dev": each("vortex_dev"),
}

FRAMINGS = {
    "collector-payload-binary": LENGTH_PREFIXED,
    "collector-payload-elephant-bird": ELEPHANT_BIRD,
    "enriched-json-array": JSON_ARRAY,
    "tracker-payload-array": JSON_ARRAY,
    "vortex": LENGTH_DELIMITED,
    "vortex-single": WHOLE,
}


def seed_dump(form, content):
    """A dump: its records, and its beginning for framing and detection."""
    RECORDS.get(form, lambda content: None)(content)
    write("detect", content[:LARGEST])
    framing = FRAMINGS.get(form, LINES)
    for size in (100, LARGEST_FRAMES - 3):
        write("frames", bytes([framing, 255, 40]) + content[:size], LARGEST_FRAMES)


def seed_compressed(content):
    """A compressed dump, whole, twice over and cut off, behind the parameters of the target."""
    parameters = b"\xff\xff\x40"
    for dump in (content, content + content, content[: len(content) // 2]):
        write("decompress", parameters + dump)


def small_frames():
    """Records of a few bytes in each framing, some broken."""
    marker = bytes.fromhex("29d8d50658cd4c29b2bc57992171bdff")
    block = marker + b"\x10\0\0\0\x08\x01\x12\x06byte[]\x1a\x04abcd"
    for framing, content in (
        (LINES, b"ab\n\r\n\ncd\r\nefgh"),
        (JSON_ARRAY, b'[{"a":[1,{"b":"c\\""}]},\n{"d":"e},\n{"f":[]},"text",17]'),
        (LENGTH_DELIMITED, b"\x02ab\x00\x81\x00c\x05de"),
        (LENGTH_PREFIXED, b"\0\0\0\x02ab\x01\x01\0\0\0\x01c\0\0\0\0\0\0\0\x09de"),
        (ELEPHANT_BIRD, block + b"\0\0" + block + b"garbage" + block[:30]),
        (WHOLE, b"anything"),
    ):
        for most, size in ((255, 1), (10, 3), (30, 7)):
            write("frames", bytes([framing, most, size]) + content, LARGEST_FRAMES)


def main():
    for path in sorted((FIXTURES / "formats").glob("*/*")):
        content = read(path)
        seed_dump(path.parent.name, content)
        if path.name.startswith("basic") and path.suffix == ".gz":
            seed_compressed(path.read_bytes())
    for path in sorted((FIXTURES / "captured").glob("*")):
        for ending, form in ((".payload.ndjson", "tracker-payload"), (".vortex-dev.jsonl", "vortex-dev"), (".vortex.binpb", "vortex")):
            if path.name.endswith(ending):
                seed_dump(form, path.read_bytes())
    for path in sorted((FIXTURES / "compressed").glob("*")):
        seed_compressed(path.read_bytes())
    seed_compressed(b"plain\n" * 50)
    small_frames()
    for folder in sorted((FUZZ / "corpus").iterdir()):
        print("%6d  %s" % (sum(1 for _ in folder.iterdir()), folder.name))


if __name__ == "__main__":
    main()
