#!/usr/bin/env python3
"""Runs the notebooks of the project from top to bottom, each in a Jupyter kernel of its own, and prints their results.

    python tests/python/notebooks.py LAKE

What is printed is an object: for each notebook the object that its last cell displays. A cell that fails ends it, with
the cell and the traceback. Notebooks are kept as they are written by hand: without outputs.
"""

import json
import os
import pathlib
import sys
import tempfile

import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOKS = pathlib.Path(__file__).resolve().parent.parent.parent / "notebooks"
KERNEL = "tests-own"


def faults(notebook):
    """What of a notebook is not as it should be kept."""
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    found = ["two cells have one id"] if len(set(ids)) < len(ids) else []
    for cell in notebook.cells:
        if cell.metadata:
            found.append(f"cell {cell.id} has metadata: {dict(cell.metadata)}")
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None):
            found.append(f"cell {cell.id} has an output: clear all outputs before saving it")
    return found


def pictures(notebook):
    """Its charts, as SVG. None may ask for anything from elsewhere, as a script or a link would; no cell may warn."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    for output in outputs:
        page = "".join(output.get("data", {}).get("text/html", ""))
        assert "<script" not in page and "http" not in page, page
        assert output.get("name") != "stderr", output.text
    return [output.data["image/svg+xml"] for output in outputs if "image/svg+xml" in output.get("data", {})]


def run(file, lake):
    """Runs a notebook on a lake; gives what its last cell displays."""
    notebook = nbformat.read(file, as_version=nbformat.NO_CONVERT)
    found = faults(notebook)
    assert not found, f"{file}: {found}"
    os.environ["USAGE_REPORT_LAKE"] = str(lake)
    there = {"metadata": {"path": str(file.parent)}}
    # Sockets of its own folder: a free port that is found for a kernel may be another program's before the kernel has it.
    sockets = pathlib.Path(os.environ["JUPYTER_RUNTIME_DIR"], file.stem)
    sockets.parent.mkdir(exist_ok=True)
    kernel = AsyncKernelManager(kernel_name=KERNEL, transport="ipc", ip=str(sockets))
    NotebookClient(notebook, km=kernel, timeout=300, resources=there).execute()
    charts = pictures(notebook)
    assert len(charts) >= 2 and all(chart.count("<path") > 1 for chart in charts), f"{file}: {len(charts)} charts"
    return notebook.cells[-1].outputs[0].data["application/json"]


def main():
    """Runs them all in the interpreter that runs this, without any settings of the user's."""
    lake = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        for variable in [name for name in os.environ if name.startswith(("JUPYTER_", "IPYTHON"))]:
            del os.environ[variable]
        os.environ.pop("PYTHONSTARTUP", None)
        for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            os.environ[variable] = str(pathlib.Path(folder, variable.lower()))
        os.environ["JUPYTER_NO_CONFIG"] = "1"
        # A kernel of this name is nowhere else, so that no other interpreter is found.
        spec = pathlib.Path(os.environ["JUPYTER_DATA_DIR"], "kernels", KERNEL, "kernel.json")
        spec.parent.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": command, "display_name": KERNEL, "language": "python"}))
        files = sorted(NOTEBOOKS.glob("*.ipynb"))
        assert len(files) == 2, files
        print(json.dumps({file.stem: run(file, lake) for file in files}, indent=2))


if __name__ == "__main__":
    main()
