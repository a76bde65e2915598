"""Records which heavy libraries a Python process imports, and ends it if it uses the network.

Put this folder on PYTHONPATH and set NOTED_IMPORTS to a file, which gets one name per line.
"""

import os
import runpy
import sys
from pathlib import Path

HEAVY = {"torch", "transformers", "sentence_transformers", "onnxruntime", "faiss"}

runpy.run_path(str(Path(__file__).parents[1] / "no_network" / "sitecustomize.py"))


def note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "import" and arguments[0] in HEAVY:
        with Path(os.environ["NOTED_IMPORTS"]).open("a") as file:
            file.write(f"{arguments[0]}\n")


sys.addaudithook(note)
