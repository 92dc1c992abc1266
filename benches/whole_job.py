#!/usr/bin/env python3
"""The whole job (ingest, build, report) beside what else could be done with the same dumps, in turns.

    python3 benches/whole_job.py [--dumps DIR] [--rounds 5] [--one-file] [--plain] [--duckdb PYTHON] [--json FILE]

Beside it: `gzip -dc` of the same files, as many at a time as there are cores, which only decompresses them; and, with an
interpreter that has the package duckdb, `duckdb_job.py` over the enriched events. Each is run once unmeasured, then in
turns, so that what else the machine does meets all alike. Printed are medians, and the ratio to gzip of the same round; of
dumps that are decompressed before, the ratio to `cat`.

Without --dumps, `usage-report demo` makes some: of each form (enriched events, tracker payloads, Vortex) a folder, each of
which is measured for itself. A folder of dumps may have such folders of its own, or only files. Dumps that are not gzip are
compressed anew for gzip's sake, if `zstd` is there to read them.

Needs Linux or macOS, Python 3.9 or later, and the program, built by `cargo build --release`.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

# What others are compared with,
GZIP, CAT = "gzip -dc", "cat"
# and what is compared with the second.
PLAIN = "usage-report run, decompressed"
ROOT = pathlib.Path(__file__).resolve().parent.parent
BYTES_OF_RSS = 1 if sys.platform == "darwin" else 1024


def built():
    """The program, where Cargo builds it."""
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return pathlib.Path(target) / "release" / "usage-report"


def measured(command):
    """Runs a command; gives its seconds by the clock and of processors, those of what it started included, and the most
    memory that one process of it had."""
    begun = time.monotonic()
    # Nothing that is set for a lake of the house's is meant for these.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("USAGE_REPORT")}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=clean)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
        if status != 0:
            errors.seek(0)
            sys.exit("%s\n%s" % (" ".join(map(str, command)), errors.read().decode(errors="replace")))
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "bytes": usage.ru_maxrss * BYTES_OF_RSS}


def made(binary, folder, arguments):
    """Dumps of a demonstration."""
    command = [binary, "demo", folder, "--dumps-only", "--invocations", str(arguments.invocations)]
    command += ["--days", str(arguments.days), "--seed", str(arguments.seed)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "dumps"


def in_gzip(source, folder):
    """The dumps of a folder as gzip, each as it is if it is that already; `None` if they cannot be."""
    gzipped = []
    for path in sorted(path for path in source.rglob("*") if path.is_file() and not path.name.startswith(".")):
        if path.suffix == ".json" and path.name == "truth.json":
            continue
        if path.suffix == ".gz":
            gzipped.append(path)
            continue
        if path.suffix != ".zst" or not shutil.which("zstd"):
            return None
        target = folder / (str(path.relative_to(source)).replace(os.sep, "-") + ".gz")
        with open(target, "wb") as out:
            read = subprocess.Popen(["zstd", "-dc", path], stdout=subprocess.PIPE)
            subprocess.run(["gzip", "-c"], stdin=read.stdout, stdout=out, check=True)
        gzipped.append(target)
    return gzipped


def of_all(files, list_file, *command):
    """What runs a command over files, as many at a time as there are cores."""
    list_file.write_bytes(b"\0".join(os.fsencode(path) for path in files))
    cores = os.cpu_count() or 1
    at_once = max(1, min(8, len(files) // cores))
    return ["xargs", "-0", "-a", list_file, "-n", str(at_once), "-P", str(cores), *command]


def decompressed(files, folder):
    """The files of a folder, each decompressed."""
    folder.mkdir()
    plain = []
    for number, path in enumerate(files):
        target = folder / ("%05d-%s" % (number, path.name[: -len(".gz")]))
        with open(target, "wb") as out:
            subprocess.run(["gzip", "-dc", path], stdout=out, check=True)
        plain.append(target)
    return plain


def job(binary, dumps, lake):
    """The command of the whole job, into a lake that is not there yet."""
    return ["sh", "-c", 'rm -rf "$2"; exec "$0" run "$1" --lake "$2"', binary, dumps, lake]


def in_turns(commands, rounds):
    """Runs commands in turns; gives of each what was measured, by round."""
    results = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            result = measured(command)
            # The first round brings the dumps into memory.
            if number > 0:
                results[name].append(result)
    return results


def of_folder(binary, source, work, arguments):
    """Measures the job over one folder of dumps."""
    work.mkdir()
    gzipped = work / "gzip"
    gzipped.mkdir()
    files = in_gzip(source, gzipped)
    commands = {}
    if files:
        commands[GZIP] = of_all(files, work / "files", "gzip", "-dc")
    commands["usage-report run"] = job(binary, source, work / "lake")
    if files and arguments.one_file:
        one = work / "one"
        one.mkdir()
        with open(one / "all.gz", "wb") as out:
            for path in files:
                # Members of gzip one after the other are one file of it.
                with open(path, "rb") as part:
                    shutil.copyfileobj(part, out)
        commands["usage-report run, one file"] = job(binary, one, work / "lake")
    if files and arguments.plain:
        plain = decompressed(files, work / "plain")
        commands[CAT] = of_all(plain, work / "plain-files", "cat")
        commands[PLAIN] = job(binary, work / "plain", work / "lake")
    is_enriched_tsv = files and all(path.name.endswith(".tsv.gz") for path in files)
    if arguments.duckdb and is_enriched_tsv:
        pattern = str(source / "**" / "*.tsv.gz")
        commands["DuckDB"] = [arguments.duckdb, ROOT / "benches" / "duckdb_job.py", pattern, work / "duckdb"]
    results = in_turns(commands, arguments.rounds)
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    return {"folder": source.name, "bytes": size, "results": results}


def table(measurements):
    """Medians as Markdown."""
    lines = ["| dumps | | seconds | to gzip or cat | CPU seconds | peak memory |", "|---|---|---|---|---|---|"]
    for of in measurements:
        for name, results in of["results"].items():
            median = {key: statistics.median(result[key] for result in results) for key in results[0]}
            beside = of["results"].get(CAT if name in (CAT, PLAIN) else GZIP)
            ratio = ""
            if beside:
                pairs = zip(results, beside)
                ratio = "%.2f" % statistics.median(one["seconds"] / other["seconds"] for one, other in pairs)
            what = "%s (%.0f MB)" % (of["folder"], of["bytes"] / 1e6)
            lines.append(
                "| %s | %s | %.2f | %s | %.2f | %.0f MB |"
                % (what, name, median["seconds"], ratio, median["cpu_seconds"], median["bytes"] / 1e6)
            )
    return "\n".join(lines)


def machine():
    """On what it was measured, and of which commit."""
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    model = ""
    cpus = pathlib.Path("/proc/cpuinfo")
    if cpus.exists():
        names = [line.split(":", 1)[1].strip() for line in cpus.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else ""
    return {
        "commit": commit.stdout.strip(),
        "machine": "%s, %d cores, %s" % (model or platform.processor(), os.cpu_count() or 1, platform.system()),
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python3", "benches/whole_job.py", *sys.argv[1:]]),
    }


def main():
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=built(), help="the program")
    parser.add_argument("--dumps", type=pathlib.Path, help="dumps that are there, instead of made up ones")
    parser.add_argument("--invocations", type=int, default=60_000, help="of those that are made up")
    parser.add_argument("--days", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one-file", action="store_true", help="also all dumps of a folder as one file")
    parser.add_argument("--plain", action="store_true", help="also all dumps of a folder decompressed, beside cat")
    parser.add_argument("--duckdb", metavar="PYTHON", help="an interpreter with the package duckdb")
    parser.add_argument("--json", type=pathlib.Path, help="a file to which what was measured is added, a line each time")
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        sys.exit("%s is not there: cargo build --release" % arguments.binary)
    about, binary = machine(), arguments.binary.resolve()
    json_file = arguments.json and arguments.json.resolve()
    dumps = arguments.dumps and arguments.dumps.resolve()
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        # Where there is no configuration.
        os.chdir(work)
        dumps = dumps or made(binary, work / "demo", arguments)
        folders = [path for path in sorted(dumps.iterdir()) if path.is_dir()] or [dumps]
        measurements = [of_folder(binary, path, work / ("of-" + path.name), arguments) for path in folders]
        os.chdir(ROOT)
    print("%s; %s; %s\n" % (about["commit"], about["machine"], about["date"]))
    print(table(measurements))
    if json_file:
        with open(json_file, "a", encoding="utf-8") as out:
            out.write(json.dumps({**about, "measurements": measurements}) + "\n")


if __name__ == "__main__":
    main()
