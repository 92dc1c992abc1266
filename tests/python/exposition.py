#!/usr/bin/env python3
"""Reads a file of metrics with Prometheus' own parser, and prints its samples as a JSON object.

    exposition.py FILE

Every metric must have a help and a type, and be there once.
"""

import json
import pathlib
import sys

from prometheus_client.parser import text_string_to_metric_families


def main():
    """Prints the samples by name and label."""
    samples = {}
    for family in text_string_to_metric_families(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")):
        if not family.documentation or family.type != "gauge":
            sys.exit("%s has no help, or is a metric of type %s" % (family.name, family.type))
        for sample in family.samples:
            name = " ".join([sample.name, *sample.labels.values()])
            if name in samples:
                sys.exit("%s is there twice" % name)
            samples[name] = sample.value
    json.dump(samples, sys.stdout)


if __name__ == "__main__":
    main()
