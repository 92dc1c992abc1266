#!/usr/bin/env python3
"""Runs a command, and says in the last line of stderr how many bytes of memory it held at most.

    python tests/python/peak.py COMMAND [ARGUMENT...]

Ends as the command does: with its exit code, or as a shell does after a signal, with 128 more than its number.
"""

import resource
import subprocess
import sys


def main():
    """Runs it."""
    code = subprocess.call(sys.argv[1:])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # Linux counts KiB.
    print(peak if sys.platform == "darwin" else peak * 1024, file=sys.stderr)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
