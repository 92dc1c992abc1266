#!/usr/bin/env python3
"""Measures the whole job at several sizes, with one core and more, here and on Spark: the figures of docs/scale.md.

    python3 benches/scale.py [--spark PYTHON] [--binary BINARY] [--invocations 5000] [--days 6] [--times 1 4 16] [--workers 1 2]

For each size dumps are made (`usage-report demo --dumps-only`) of so many days, so that what grows is how much a day has.
Here a worker is a core that `run` may use. With --spark, which names a Python that has pyspark (that of the tests, for
one), it is a process of Spark's of one core. Of each run: how long its stages took, and the largest memory of the program,
or of a reading task, of a worker's Java, and of the program on the driver.

The model has for each stage seconds that are always there and seconds for each event, which workers divide among them. Both
are found from the two smallest sizes with one worker; what it says of the others stands beside what was measured.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Few tasks for each statement, as the machine is small.
SETTINGS = ["spark.ui.enabled=false", "spark.sql.shuffle.partitions=4", "spark.driver.memory=2g"]


class Watch(threading.Thread):
    """Looks at all processes below one, ten times a second: the most memory of each kind, bytes."""

    # What a command line has in it.
    KINDS = {"the program": (" run ", "--lake"), "a reading task": (" ingest ", "--share"),
             "Java of a worker": ("CoarseGrainedExecutorBackend",), "the program on the driver": ("--computed",)}

    def __init__(self, of):
        super().__init__(daemon=True)
        self.of, self.most, self.ended = of, dict.fromkeys(self.KINDS, 0), threading.Event()

    def run(self):
        while not self.ended.wait(0.1):
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    line = (process / "cmdline").read_text().replace("\0", " ")
                    kind = next((kind for kind, words in self.KINDS.items() if all(word in line for word in words)), None)
                    if kind and self.is_below(process):
                        resident = int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                        self.most[kind] = max(self.most[kind], resident)
                except (OSError, ValueError, IndexError):
                    continue  # It has ended.

    def is_below(self, process):
        """Whether a process was started by the one that is watched, or by what it has started."""
        while process.name != "1":
            if int(process.name) == self.of:
                return True
            process = process.parent / (process / "stat").read_text().rsplit(") ", 1)[1].split()[1]
            if process.name == "0":
                return False
        return False


def events_of(lake):
    """How many events a lake has, copies included, and the bytes of its dumps."""
    sources = [source for path in (lake / "receipts").glob("*.json") for source in json.loads(path.read_text())["sources"]]
    return sum(source["events"] for source in sources), sum(source["bytes"] for source in sources)


def watched(command, environment, log, **how):
    """Runs a command to its end; gives how long it took, the most memory of each kind, and what it has said."""
    with open(log, "w", encoding="utf-8") as output:
        begun = time.monotonic()
        running = subprocess.Popen(list(map(str, command)), env=environment, stdout=output, stderr=subprocess.STDOUT, **how)
        watch = Watch(running.pid)
        watch.start()
        code = running.wait()
        seconds = time.monotonic() - begun
    watch.ended.set()
    said = log.read_text(encoding="utf-8")
    if code not in (0, 1):
        sys.exit("%s ended with %d:\n%s" % (command, code, said[-4000:]))
    return seconds, {kind: most for kind, most in watch.most.items() if most}, said


def measure(options, dumps, workers, folder):
    """Runs the job over dumps, into an empty lake, with so many workers."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lake, job, log = folder / "lake", folder / "job", folder / "log"
    environment = {**os.environ, "USAGE_REPORT_KEY": "the key of a benchmark", "SPARK_LOCAL_IP": "127.0.0.1"}
    stages = {}
    if options.spark:
        environment["PYSPARK_PYTHON"] = options.spark
        plan = [options.binary, "plan", "--engine", "spark", "--lake", lake, "--dumps", dumps, "--out", job]
        subprocess.run(plan, check=True, env=environment, stderr=subprocess.DEVNULL)
        submit = [pathlib.Path(options.spark).with_name("spark-submit"), "--master", "local-cluster[%d,1,1024]" % workers]
        submit += [word for setting in SETTINGS for word in ("--conf", setting)]
        seconds, memory, said = watched([*submit, job / "job.py"], environment, log)
        for line in said.splitlines():
            if line.startswith("job: ") and line.endswith(" s"):
                stage, took = line[len("job: "):-len(" s")].rsplit(" ", 1)
                stages[stage] = stages.get(stage, 0) + float(took)
    else:
        cores = sorted(os.sched_getaffinity(0))[:workers]
        run = [options.binary, "run", dumps, "--lake", lake]
        seconds, memory, _ = watched(run, environment, log, preexec_fn=lambda: os.sched_setaffinity(0, cores))
        [record] = (lake / "runs").glob("*.json")
        stages = {stage: took for stage, took in json.loads(record.read_text())["seconds"].items() if stage in ("ingest", "build", "report")}
    events, size = events_of(lake)
    staging, marts = (sum(file.stat().st_size for file in (lake / of).rglob("*.parquet")) for of in ("staging", "marts"))
    return {"events": events, "bytes": size, "staging": staging, "marts": marts, "workers": workers,
            "seconds": {**stages, "all": seconds}, "memory": memory}


def model(runs):
    """Of each stage the seconds that are always there, and those for each event: from the two smallest with one worker."""
    small, large = sorted((run for run in runs if run["workers"] == 1), key=lambda run: run["events"])[:2]
    found = {}
    for stage in small["seconds"]:
        for_event = (large["seconds"][stage] - small["seconds"][stage]) / (large["events"] - small["events"])
        found[stage] = (max(0.0, small["seconds"][stage] - for_event * small["events"]), max(0.0, for_event))
    return found


def main():
    """Measures, and prints what the model says beside it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spark", metavar="PYTHON", help="run it on Spark, with that of this Python")
    parser.add_argument("--binary", default=str(ROOT / "target/release/usage-report"))
    parser.add_argument("--invocations", type=int, default=5000, help="runs of dbt in the smallest size")
    parser.add_argument("--days", type=int, default=6)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", type=pathlib.Path, help="also write what was measured to this file")
    options = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for times in options.times:
            dumps = folder / ("dumps%d" % times)
            demo = [options.binary, "demo", dumps, "--dumps-only", "--days", str(options.days), "--invocations", str(options.invocations * times)]
            subprocess.run(demo, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            for workers in options.workers:
                run = {"times": times, **measure(options, dumps / "dumps", workers, folder / "run")}
                print(json.dumps(run), file=sys.stderr, flush=True)
                runs.append(run)
    if options.json:
        options.json.write_text(json.dumps(runs, indent=2))
    found = model(runs)
    print("| size | events | workers | stage | measured | model | differs by |\n|---|---|---|---|---|---|---|")
    for run in runs:
        for stage, seconds in run["seconds"].items():
            fixed, for_event = found[stage]
            expected = fixed + for_event * run["events"] / run["workers"]
            row = (run["times"], run["events"], run["workers"], stage, seconds, expected, 100 * (expected / seconds - 1) if seconds else 0)
            print("| %d x | %d | %d | %s | %.1f s | %.1f s | %+.0f %% |" % row)
    kinds = list(runs[0]["memory"])
    print("\n| size | events | dumps | staging | marts | workers | %s |\n|%s" % (" | ".join(kinds), "---|" * (6 + len(kinds))))
    for run in runs:
        sizes = ["%.1f MB" % (run[of] / 1e6) for of in ("bytes", "staging", "marts")]
        memory = ["%.0f MB" % (run["memory"].get(kind, 0) / 1e6) for kind in kinds]
        print("| %d x | %d | %s | %d | %s |" % (run["times"], run["events"], " | ".join(sizes), run["workers"], " | ".join(memory)))


if __name__ == "__main__":
    main()
