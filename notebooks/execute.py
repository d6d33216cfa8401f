"""Run the notebooks from their text sources and keep them with their outputs: python notebooks/execute.py [01 04 ...].

Each runs in an empty folder. Nothing of the machine or of the hour is kept, so that equal outputs give equal files.
"""

import os
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
ALONE = {"SPCSE_ML_HOME", "MLFLOW_TRACKING_URI"}
"""Variables of the environment that would bring a store of yours into a story."""


def sources():
    """Return the text sources in order."""
    return sorted(HERE.glob("[0-9]*.py"))


def as_notebook(source):
    """Return the notebook of a text source, without outputs, its cells numbered."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"{source.stem[:2]}-{number:02}"
    notebook.metadata = {
        "jupytext": {"formats": "ipynb,py:percent"},
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
    }
    return notebook


def executed(source):
    """Return the notebook of a text source with its outputs, run in an empty folder."""
    notebook = as_notebook(source)
    told = {name: value for name, value in os.environ.items() if name not in ALONE}
    told |= {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore:IProgress not found"}  # a progress bar's, of no use here
    with tempfile.TemporaryDirectory() as folder:
        told["IPYTHONDIR"] = str(Path(folder, ".ipython"))  # no settings of yours
        client = NotebookClient(notebook, kernel_name="python3", timeout=300, record_timing=False)
        client.execute(cwd=folder, env=told)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


if __name__ == "__main__":
    for source in sources():
        if len(sys.argv) == 1 or source.stem[:2] in sys.argv[1:]:
            nbformat.write(executed(source), source.with_suffix(".ipynb"))
            print(f"{source.stem}.ipynb")
