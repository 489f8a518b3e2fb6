"""Calls examples/assembly/notes in Wasmtime, and prints what came of it as a line of JSON.

    python3 notes.py path/to/notes.wasm
"""

import json
import os
import sys

sys.path = [folder for folder in sys.path if os.path.abspath(folder) != os.path.dirname(os.path.abspath(__file__))]

from wasmtime import Engine, Store, WasiConfig  # noqa: E402
from wasmtime.component import Component, Linker  # noqa: E402


def main(path):
    engine = Engine()
    store = Store(engine)
    store.set_wasi(WasiConfig())
    linker = Linker(engine)
    linker.add_wasip2()
    instance = linker.instantiate(store, Component.from_file(engine, path))
    interface = instance.get_export_index(store, "example:notes/notes@0.1.0")

    def call(name, *args):
        function = instance.get_func(store, instance.get_export_index(store, name, interface))
        result = function(store, *args)
        function.post_return(store)
        return result

    book = call("[constructor]notebook", 2)

    def add(title, *tags):
        result = call("[method]notebook.add", book, title, list(tags))
        # the wheel leaves out the tags that the types of the cases make needless
        if isinstance(result, str):
            return {"tag": "bad-title", "val": result}
        return {"tag": "full", "val": result} if isinstance(result, int) else fields(result)

    def fields(note):
        return {"id": note.id, "title": note.title, "tags": note.tags}

    def find(tag):
        return [fields(note) for note in call("[method]notebook.find", book, tag)]

    said = [add("Brot", "buy", "ü"), add("", "buy"), add("Milk", "buy"), add("Tea"), find("buy"), find("ü"), find("x")]
    for _ in range(2000):
        find("buy")
    book.drop(store)
    print(json.dumps(said))


main(sys.argv[1])
