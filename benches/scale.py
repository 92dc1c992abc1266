#!/usr/bin/env python3
"""Measures the job for Spark at several sizes and numbers of workers, and checks the model of docs/scale.md against it.

    python3 benches/scale.py --python PYTHON [--binary BINARY] [--invocations 5000] [--times 1 4 16] [--workers 1 2]

PYTHON is one that has pyspark (that of the tests, for one). For each size dumps are made (`usage-report demo
--dumps-only`), of one day, so that what grows is how much a day has; each worker is a process of one core. Of each run:
how long its stages took, the largest memory of a reading task, of a worker's Java, and of the program on the driver.

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

    KINDS = {"reading": ("usage-report", "ingest"), "worker": ("CoarseGrainedExecutorBackend",),
             "driver": ("usage-report", "--computed")}

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


def measure(options, dumps, workers, folder):
    """Runs the job over dumps, into an empty lake, with so many workers."""
    shutil.rmtree(folder, ignore_errors=True)
    lake, job = folder / "lake", folder / "job"
    environment = {**os.environ, "USAGE_REPORT_KEY": "the key of a benchmark", "PYSPARK_PYTHON": options.python,
                   "SPARK_LOCAL_IP": "127.0.0.1"}
    plan = [options.binary, "plan", "--engine", "spark", "--lake", lake, "--dumps", dumps, "--out", job]
    subprocess.run(plan, check=True, env=environment, stderr=subprocess.DEVNULL)
    submit = [pathlib.Path(options.python).with_name("spark-submit"), "--master", "local-cluster[%d,1,1024]" % workers]
    submit += [word for setting in SETTINGS for word in ("--conf", setting)]
    with open(folder / "log", "w", encoding="utf-8") as log:
        begun = time.monotonic()
        running = subprocess.Popen([*submit, job / "job.py"], env=environment, stdout=log, stderr=subprocess.STDOUT)
        watch = Watch(running.pid)
        watch.start()
        code = running.wait()
        seconds = time.monotonic() - begun
    watch.ended.set()
    log = (folder / "log").read_text(encoding="utf-8")
    if code not in (0, 1):
        sys.exit("the job ended with %d:\n%s" % (code, log[-4000:]))
    stages = {}
    for line in log.splitlines():
        if line.startswith("job: ") and line.endswith(" s"):
            stage, took = line[len("job: "):-len(" s")].rsplit(" ", 1)
            stages[stage] = stages.get(stage, 0) + float(took)
    events, size = events_of(lake)
    return {"events": events, "bytes": size, "workers": workers, "seconds": {**stages, "all": seconds}, "memory": watch.most}


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
    parser.add_argument("--python", required=True, help="a Python with pyspark")
    parser.add_argument("--binary", default=str(ROOT / "target/release/usage-report"))
    parser.add_argument("--invocations", type=int, default=5000, help="runs of dbt in the smallest size")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", type=pathlib.Path, help="also write what was measured to this file")
    options = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for times in options.times:
            dumps = folder / ("dumps%d" % times)
            demo = [options.binary, "demo", dumps, "--dumps-only", "--days", "1", "--invocations", str(options.invocations * times)]
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
    print("\n| size | workers | a reading task | Java of a worker | the program on the driver |\n|---|---|---|---|---|")
    for run in runs:
        print("| %d x | %d | %s |" % (run["times"], run["workers"], " | ".join("%.0f MB" % (run["memory"][kind] / 1e6) for kind in Watch.KINDS)))


if __name__ == "__main__":
    main()
