"""Reads the marts of a lake in an object store as a notebook does, and prints how many runs there are.

    python3 tests/python/bucket.py s3://bucket/lake

What the store is and what opens it is said by the environment, as for the program.
"""

import os
import sys
from urllib.parse import urlsplit

import polars
import pyarrow.dataset
import pyarrow.fs

lake = sys.argv[1]
endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])

# Polars takes the variables of AWS; an endpoint without encryption has to be allowed.
runs = polars.scan_parquet(lake + "/marts/invocations/", storage_options={"aws_allow_http": "true", "aws_region": "us-east-1"})
by_polars = runs.select(polars.len()).collect().item()

# Arrow, and from it pandas.
store = pyarrow.fs.S3FileSystem(scheme=endpoint.scheme, endpoint_override=endpoint.netloc, region="us-east-1")
folder = pyarrow.fs.FileSelector(lake.replace("s3://", "", 1) + "/marts/invocations", recursive=True)
files = [file.path for file in store.get_file_info(folder) if file.is_file]
rows = pyarrow.dataset.dataset(files, filesystem=store, format="parquet", partitioning="hive")
by_pandas = len(rows.to_table(columns=["invocation_id", "day"]).to_pandas())

assert by_polars == by_pandas, (by_polars, by_pandas)
print(by_polars)
