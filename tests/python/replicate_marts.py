#!/usr/bin/env python3
"""Makes a lake with many times the rows of another's marts, to measure reports over it.

    python tests/python/replicate_marts.py LAKE TIMES TARGET

Every project, user and invocation becomes TIMES of them, each with keys of its own; days, receipts and all else stay
what they are. Marts that count events whatever their project have their counts multiplied instead of their rows. The
mart node_runs, which no report reads, is copied as it is. TARGET can be asked for reports; nothing can be built in it.
"""

import concurrent.futures
import hashlib
import pathlib
import shutil
import sys

import pyarrow
import pyarrow.compute as compute
import pyarrow.parquet as parquet

# Columns whose values belong to one project, user or invocation.
KEYS = {"invocation_id", "project_id", "adapter_unique_id", "user_id"}
# A project's key is made of its two ids.
PROJECT_KEY = "project_key"
COUNTS = {"event_days": ["events", "received_events"], "distributions": ["observations"]}
COPIED = {"node_runs"}
ROWS_OF_A_GROUP = 128 * 1024


def renamed(values, copy, names):
    """Another key of the same length for each, the same for the same."""
    if copy == 0:
        return values
    encoded = values.combine_chunks().dictionary_encode()
    new = []
    for value in encoded.dictionary.to_pylist():
        parts = value.split("/")
        for part in parts:
            if (part, copy) not in names:
                digest = hashlib.blake2b(f"{copy} {part}".encode(), digest_size=32).hexdigest()
                names[part, copy] = (digest * (len(part) // len(digest) + 1))[:len(part)]
        new.append("/".join(names[part, copy] for part in parts))
    return pyarrow.chunked_array([pyarrow.array(new, encoded.dictionary.type).take(encoded.indices)])


def replicate(file, times, target):
    """Writes one file of a mart."""
    mart = file.parent.parent.name
    reader = parquet.ParquetFile(file)
    table, entries = reader.read(), reader.metadata.metadata or {}
    # Arrow cannot take values of Polars' own type of text by number.
    types = [pyarrow.string() if kind == pyarrow.string_view() else kind for kind in table.schema.types]
    table = table.cast(pyarrow.schema(list(zip(table.column_names, types))))
    for name in COUNTS.get(mart, []):
        place = table.column_names.index(name)
        column = compute.multiply(table[name].cast("int64"), times).cast(table[name].type)
        table = table.set_column(place, name, column)
    names = {}
    copies = 1 if mart in COUNTS else times
    schema = table.schema.with_metadata({key: value for key, value in entries.items() if key != b"ARROW:schema"})
    target.parent.mkdir(parents=True)
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        waiting = []
        for copy in range(copies):
            part = table
            for place, name in enumerate(table.column_names):
                if name in KEYS or name == PROJECT_KEY:
                    part = part.set_column(place, name, renamed(part[name], copy, names))
            waiting.append(part)
            if sum(part.num_rows for part in waiting) >= ROWS_OF_A_GROUP or copy == copies - 1:
                writer.write_table(pyarrow.concat_tables(waiting), row_group_size=ROWS_OF_A_GROUP)
                waiting = []


def main():
    lake, times, target = pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
    shutil.copytree(lake, target, ignore=lambda folder, _: ["marts"] if pathlib.Path(folder) == lake else [])
    with concurrent.futures.ProcessPoolExecutor() as pool:
        waiting = []
        for file in sorted((lake / "marts").rglob("*.parquet")):
            to = target / file.relative_to(lake)
            if file.parent.parent.name in COPIED:
                to.parent.mkdir(parents=True)
                shutil.copy(file, to)
            else:
                waiting.append(pool.submit(replicate, file, times, to))
        for done in waiting:
            done.result()


main()
