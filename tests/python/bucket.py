"""Reads the marts of a lake in an S3 bucket as a notebook does, and prints how many runs there are.

    python3 tests/python/bucket.py s3://bucket/lake

What the store is and what opens it is said by the environment, as for the program. Everything goes through Arrow: Polars'
own reader asks for the last bytes of a file, which the server of the tests refuses of a file that has fewer.
"""

import os
import sys
from urllib.parse import urlsplit

import polars
import pyarrow.dataset
import pyarrow.fs

lake = sys.argv[1]
endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
store = pyarrow.fs.S3FileSystem(scheme=endpoint.scheme, endpoint_override=endpoint.netloc, region="us-east-1")
folder = pyarrow.fs.FileSelector(lake.replace("s3://", "", 1) + "/marts/invocations", recursive=True)
files = [file.path for file in store.get_file_info(folder) if file.is_file]
rows = pyarrow.dataset.dataset(files, filesystem=store, format="parquet", partitioning="hive")

runs = rows.to_table(columns=["invocation_id", "day"])
by_polars, by_pandas = len(polars.from_arrow(runs)), len(runs.to_pandas())
assert by_polars == by_pandas == rows.count_rows(), (by_polars, by_pandas, rows.count_rows())
print(by_polars)
