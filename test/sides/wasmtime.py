"""Runs the component in Wasmtime and calls its functions for another process.

    python3 wasmtime.py path/to/wasock.component.wasm

One JSON object a line. A request on stdin is {"id", "call", "args"} or {"id", "drop"}; an answer on stdout
is {"id", "ok"}, {"id", "errno"} for the err case of a result, or {"id", "trap"}. Bytes are {"bytes": base64},
a resource is {"resource": number}. The first line on stdout says that the component is there: {"version"}.

TCP and UDP are allowed by `wasi_config_inherit_network`, look-ups by `wasi_config_allow_ip_name_lookup`. Both
are functions of Wasmtime's C API that the wheel binds in `wasmtime._ffi` but does not wrap.
"""

import base64
import json
import os
import queue
import sys
import threading
from importlib.metadata import version

# The folder of a script is the first that Python looks into: this file has the name of the package.
sys.path = [folder for folder in sys.path if os.path.abspath(folder) != os.path.dirname(os.path.abspath(__file__))]

from wasmtime import Engine, Store, WasiConfig, _ffi as ffi  # noqa: E402
from wasmtime.component import Component, Linker, Record, ResourceAny, Variant  # noqa: E402

PACKAGE = "wasock:net/{}@0.1.0"


class Errno(Exception):
    """The err case of a result."""


class Guest:
    """The component, its exported functions, and its resources by number."""

    def __init__(self, path):
        engine = Engine()
        self.store = Store(engine)
        config = WasiConfig()
        ffi.wasi_config_inherit_network(config.ptr())
        ffi.wasi_config_allow_ip_name_lookup(config.ptr(), True)
        self.store.set_wasi(config)
        linker = Linker(engine)
        linker.add_wasip2()
        self.instance = linker.instantiate(self.store, Component.from_file(engine, path))
        self.functions = {}
        self.resources = {}
        self.next = 1

    def function(self, name):
        found = self.functions.get(name)
        if found is None:
            interface = PACKAGE.format("types" if name.startswith("[method]") else "net")
            index = self.instance.get_export_index(self.store, interface)
            index = self.instance.get_export_index(self.store, name, index)
            found = index and self.instance.get_func(self.store, index)
            if not found:
                raise LookupError(f"the component has no function {name} in {interface}")
            kind = found.type(self.store)
            # JSON has one kind of number, and the wheel takes no int for an f64
            floats = [type(getattr(param, "payload", param)).__name__ == "F64" for _, param in kind.params]
            found = self.functions[name] = (found, type(kind.result).__name__ == "ResultType", floats)
        return found

    def call(self, name, args):
        function, is_result, floats = self.function(name)
        values = [
            float(arg) if is_float and arg is not None else self.lower(arg) for arg, is_float in zip(args, floats)
        ]
        result = function(self.store, *values)
        function.post_return(self.store)
        # The wheel leaves the tag out where the types of both cases differ; no ok case is a bare number then.
        if isinstance(result, Variant) and result.tag in ("ok", "err"):
            if result.tag == "err":
                raise Errno(result.payload)
            result = result.payload
        elif is_result and isinstance(result, int):
            raise Errno(result)
        return self.lift(result)

    def drop(self, number):
        self.resources.pop(number).drop(self.store)

    def lower(self, value):
        if not isinstance(value, dict):
            return value
        if "bytes" in value:
            return base64.b64decode(value["bytes"])
        return self.resources[value["resource"]]

    def lift(self, value):
        if isinstance(value, ResourceAny):
            number = self.next
            self.next += 1
            self.resources[number] = value
            return {"resource": number}
        if isinstance(value, bytes):
            return {"bytes": base64.b64encode(value).decode()}
        if isinstance(value, (tuple, list)):
            return [self.lift(item) for item in value]
        if isinstance(value, Record):
            return {"record": {name: self.lift(item) for name, item in vars(value).items()}}
        return value

    def answer(self, request):
        try:
            if "drop" in request:
                return {"ok": self.drop(request["drop"])}
            return {"ok": self.call(request["call"], request["args"])}
        except Errno as error:
            return {"errno": error.args[0]}
        except Exception as error:  # a trap, or a value that does not fit its type
            return {"trap": f"{type(error).__name__}: {error}"}


def read(requests):
    """Reads requests, and ends the process with its input, even while a call waits."""
    for line in sys.stdin:
        requests.put(json.loads(line))
    os._exit(0)


def main(path):
    guest = Guest(path)
    print(json.dumps({"version": version("wasmtime")}), flush=True)
    requests = queue.SimpleQueue()
    threading.Thread(target=read, args=[requests], daemon=True).start()
    while True:
        request = requests.get()
        print(json.dumps({"id": request["id"], **guest.answer(request)}), flush=True)


main(sys.argv[1])
