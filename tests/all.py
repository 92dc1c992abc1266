#!/usr/bin/env python3
"""Runs every check of the project, and brings what the checks need: the second command of the README.

    python3 tests/all.py

Needs Rust, Python 3.9 or later and, the first time, the package registries of both. In order, ending at the first
failure: formatting, lints, documentation, the packages of tests/python/requirements.txt (in an environment of their
own inside Cargo's target folder), a browser and Java (for Spark) if there is none, an S3 server, and all tests.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BROWSER = "USAGE_REPORT_TEST_CHROMIUM"
SERVER = "USAGE_REPORT_TEST_S3_SERVER"
REQUIREMENTS = ROOT / "tests" / "python" / "requirements.txt"


def run(title, command, **variables):
    """Runs a command with its output on the screen; ends the program if it fails."""
    print("== %s: %s" % (title, " ".join(str(word) for word in command)), flush=True)
    begun = time.monotonic()
    try:
        code = subprocess.call([str(word) for word in command], cwd=ROOT, env={**os.environ, **variables})
    except OSError as error:
        sys.exit("== %s failed: %s" % (title, error))
    if code != 0:
        sys.exit("== %s failed with %d" % (title, code))
    return time.monotonic() - begun


def step(title, command, **variables):
    """Runs a command and says how long it took."""
    seconds = run(title, command, **variables)
    print("== %s: passed in %.0f s" % (title, seconds), flush=True)


def has(*command):
    """Whether a command can be run."""
    try:
        return subprocess.call(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def bring_components():
    """rustfmt and clippy come with Rust, but not with its smallest installation."""
    missing = [name for name, command in (("rustfmt", "fmt"), ("clippy", "clippy")) if not has("cargo", command, "--version")]
    if missing and shutil.which("rustup"):
        step("components", ["rustup", "component", "add", *missing])
    elif missing:
        sys.exit("== %s missing: install it as Rust was installed" % " and ".join(missing))


def target_folder():
    """Where Cargo builds."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline"]
    try:
        return pathlib.Path(json.loads(subprocess.check_output(command, cwd=ROOT))["target_directory"])
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit("== cargo metadata failed: %s" % error)


def bring_python(target):
    """An environment with the packages of the requirements; gives its interpreter. Made again when these change."""
    folder = target / "test-python"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "made-of"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode() + sys.executable.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and has(str(python), "-c", "import altair, axe_playwright_python, blake3, duckdb, ipykernel, nbclient, pandas, playwright, polars, prometheus_client, pyarrow, pyspark, snowplow_analytics_sdk, vl_convert"):
        print("== python: %s is up to date" % folder, flush=True)
        return python
    shutil.rmtree(folder, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    step("python", [sys.executable, "-m", "venv", folder])
    step("packages", [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS])
    stamp.write_text(wanted)
    return python


def bring_server(target):
    """An S3 server in which a lake is kept, built into Cargo's target folder; gives its variable."""
    name, version = "s3s-fs", "0.14.1"
    program = target / "test-tools" / "bin" / (name + (".exe" if os.name == "nt" else ""))
    stamp = target / "test-tools" / "made-of"
    if not (program.exists() and stamp.exists() and stamp.read_text() == version):
        # What it does is to move bytes: it need not be the fastest of programs.
        step("S3 server", ["cargo", "install", "--quiet", "--locked", "--force", "--root", target / "test-tools",
             "--target-dir", target / "test-tools" / "build", "--version", version, "--features", "binary", name],
             CARGO_PROFILE_RELEASE_OPT_LEVEL="1")
        shutil.rmtree(target / "test-tools" / "build", ignore_errors=True)
        stamp.write_text(version)
    print("== S3 server: %s" % program, flush=True)
    return {SERVER: str(program)}


def bring_browser(python):
    """Chromium, in which the page is opened: one that is there, Debian's, or Playwright's; gives its variable."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
    named = os.environ.get(BROWSER)
    found = named or next((path for path in map(shutil.which, names) if path), None)
    if found is None and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        step("packages' list", ["apt-get", "update", "-q"])
        step("browser", ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"])
        found = shutil.which("chromium")
    if found is None:
        # Into the user's cache; where there is one already it asks nobody.
        step("browser", [python, "-m", "playwright", "install", "chromium"])
        return {}
    print("== browser: %s" % found, flush=True)
    return {BROWSER: found}


def bring_java():
    """Java 17 or later, on which Spark runs: one that is there, or Debian's."""
    java = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if "JAVA_HOME" in os.environ else "java"
    if not has(java, "-version") and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        step("packages' list", ["apt-get", "update", "-q"])
        step("Java", ["apt-get", "install", "-q", "-y", "--no-install-recommends", "default-jre-headless"])
    if not has(java, "-version"):
        sys.exit("== There is no Java, on which Spark runs: install 17 or later")
    print("== Java: %s" % java, flush=True)


def main():
    """Runs the checks."""
    if sys.version_info < (3, 9):
        sys.exit("Python 3.9 or later, please: this is %s" % sys.version.split()[0])
    if not has("cargo", "--version"):
        sys.exit("There is no cargo: install Rust first")
    bring_components()
    step("formatting", ["cargo", "fmt", "--all", "--check"])
    step("lints", ["cargo", "clippy", "--release", "--all-targets", "--", "-D", "warnings"])
    step("lints of benchmarks", ["cargo", "clippy", "--release", "-p", "usage-report-benches", "--all-targets", "--", "-D", "warnings"])
    step("documentation", ["cargo", "doc", "--release", "--no-deps"], RUSTDOCFLAGS="-D warnings")
    python = bring_python(target_folder())
    browser = bring_browser(python)
    server = bring_server(target_folder())
    bring_java()
    # Last, so that the last lines on the screen are the tests' own.
    run("tests", ["cargo", "test", "--release"], USAGE_REPORT_TEST_PYTHON=str(python), **browser, **server)


if __name__ == "__main__":
    main()
