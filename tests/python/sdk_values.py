"""What usage-report makes of values, made once more: pseudonyms, times, words, versions, platforms.

Written after docs/definitions.md and docs/formats.md, not after the program. Where that would be the program's list of
words again, a value that is not one of the common words is not compared ([`NotCompared`]).
"""

import base64
import datetime
import hashlib
import re

from blake3 import blake3

SECRET = "the key of the comparison with the SDK"


class NotCompared(Exception):
    """Nothing is known here of what the program makes of a value."""


# Pseudonyms: BLAKE3 with a key of the domain's, 96 bits of it as url-safe base64.

DEPLOYMENT = blake3(SECRET.encode(), derive_key_context="usage-report 2026 deployment key").digest()


def pseudonym(domain, text):
    """The pseudonym of an identifier; `None` of an empty one."""
    text = (text or "").strip().lower()
    if not text:
        return None
    key = blake3(DEPLOYMENT, derive_key_context="usage-report 2026 " + domain).digest()
    return base64.urlsafe_b64encode(blake3(text.encode(), key=key).digest()[:12]).decode()


def package(name):
    """The pseudonym of a package: of the MD5 of its name, which dbt sends where the name is not public."""
    is_md5 = re.fullmatch("[0-9a-fA-F]{32}", name)
    return pseudonym("package", name if is_md5 or not name else hashlib.md5(name.encode()).hexdigest())


# Projects that thousands of people have, by their names.
TEMPLATES = {hashlib.md5(name.encode()).hexdigest() for name in ("jaffle_shop", "my_new_project", "dbt_tutorial")}


def instant(text):
    """The instant of the text of a time; `None` of none."""
    if not text:
        return None
    whole, _, fraction = text.rstrip("Z").replace("T", " ").partition(".")
    when = datetime.datetime.strptime(whole, "%Y-%m-%d %H:%M:%S")
    return when + datetime.timedelta(microseconds=int(fraction[:6].ljust(6, "0")))


def seconds(phase):
    """How long a phase of `timing` took."""
    took = instant(phase["completed_at"]) - instant(phase["started_at"])
    return (took // datetime.timedelta(microseconds=1)) / 1e6


def one_of(words, aliases=None):
    """A word of a list, in lower case; `None` of none."""
    names = {name: name for name in words.split()}
    names.update(aliases or {})

    def read(text):
        text = (text or "").strip().lower()
        if text and text not in names:
            raise NotCompared
        return names[text] if text else None

    return read


progress = one_of("start end invalid")
result_type = one_of("ok error unknown invalid_project invalid_profile invalid_target")
command = one_of(
    "run build test seed snapshot compile parse list debug deps show clone run-operation retry init clean rpc",
    {"ls": "list", "generate": "docs-generate", "serve": "docs-serve", "freshness": "source-freshness",
     "source-freshness": "source-freshness", "snapshot-freshness": "source-freshness", "archive": "snapshot"},
)
adapter = one_of("snowflake bigquery postgres redshift databricks duckdb athena spark trino sqlserver")
materialization = one_of("view table incremental ephemeral seed snapshot")
strategy = one_of("append merge delete+insert insert_overwrite microbatch")
table_format = one_of("default iceberg delta hive hudi")
catalog_type = one_of("built_in iceberg_rest glue unity hive_metastore")
language = one_of("sql python")
access = one_of("private protected public")
status = one_of("success error skipped")
package_source = one_of("hub git local tarball")
reparse_reason = one_of("01_version_mismatch 02_file_not_found 03_vars_changed 04_profile_changed 05_deps_changed")
environment = one_of("manual", {"dbt-cloud-scheduler": "cloud", "dbt-cloud-ci": "cloud", "github-actions": "ci",
                                "gitlab-ci": "ci", "airflow": "orchestrator"})
implementation = one_of("", {"cpython": "CPython", "pypy": "PyPy"})


def version(text):
    """The parts of a version of dbt: its text, the three numbers and what follows them; `None` of none."""
    if not text:
        return None
    parts = re.fullmatch(r"=?((\d+)\.(\d+)\.(\d+)((?:-?(?:a|b|rc))\d+)?)", text)
    if not parts:
        raise NotCompared
    return parts.group(1), int(parts.group(2)), int(parts.group(3)), int(parts.group(4)), parts.group(5) or ""


def release(text):
    """A version of something else, as it is; `None` of none."""
    if text and not re.fullmatch(r"\d+(\.\d+){1,2}((a|b|rc)\d+)?", text):
        raise NotCompared
    return text or None


def os_version(text):
    """The version of macOS, Windows or the Linux kernel."""
    parts = re.match(r"(?:Linux|macOS)-(\d+(?:\.\d+)?)|Windows-(\d+)-", text)
    return parts and (parts.group(1) or parts.group(2))


def arch(text):
    """The architecture."""
    found = re.search("x86_64|amd64|AMD64|arm64|aarch64", text)
    return found and ("arm64" if found.group() in ("arm64", "aarch64") else "x86_64")


def libc(text):
    """The C library and its version."""
    found = re.search(r"(?:glibc|musl)(?:\d+(?:\.\d+)*)?", text)
    return found and found.group()
