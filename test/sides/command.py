"""Runs a component that is a command in Wasmtime, with the network allowed.

    python3 command.py path/to/command.wasm [arguments]

Its standard streams are ours, its exit code too. See wasmtime.py for how the network is allowed. What Wasmtime has
compiled is kept in the folder that WASOCK_COMPILED names, where it does, and taken from there the next time.
"""

import hashlib
import os
import sys
import tempfile

sys.path = [folder for folder in sys.path if os.path.abspath(folder) != os.path.dirname(os.path.abspath(__file__))]

from wasmtime import Engine, ExitTrap, Store, WasiConfig, WasmtimeError, _ffi as ffi  # noqa: E402
from wasmtime.component import Component, Linker  # noqa: E402


KEPT = os.environ.pop("WASOCK_COMPILED", None)


def compiled(engine, path):
    if KEPT is None:
        return Component.from_file(engine, path)
    with open(path, "rb") as file:
        source = file.read()
    kept = os.path.join(KEPT, hashlib.sha256(source).hexdigest())
    try:
        os.utime(kept)  # those that are not used any more are removed
        return Component.deserialize_file(engine, kept)
    except (FileNotFoundError, WasmtimeError):
        pass  # it is not there yet, or of another version
    component = Component(engine, source)
    os.makedirs(KEPT, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=KEPT, delete=False) as file:
        file.write(component.serialize())
    os.replace(file.name, kept)
    return component


def main(path, args):
    engine = Engine()
    store = Store(engine)
    config = WasiConfig()
    config.argv = [os.path.basename(path), *args]
    config.env = list(os.environ.items())
    config.inherit_stdin()
    config.inherit_stdout()
    config.inherit_stderr()
    ffi.wasi_config_inherit_network(config.ptr())
    ffi.wasi_config_allow_ip_name_lookup(config.ptr(), True)
    store.set_wasi(config)
    linker = Linker(engine)
    linker.add_wasip2()
    component = compiled(engine, path)
    run = next(name for name in component.type.exports(engine) if name.startswith("wasi:cli/run@"))
    instance = linker.instantiate(store, component)
    function = instance.get_func(store, instance.get_export_index(store, "run", instance.get_export_index(store, run)))
    try:
        result = function(store)
    except ExitTrap as trap:
        return trap.code
    return 1 if getattr(result, "tag", "ok") == "err" else 0


code = main(sys.argv[1], sys.argv[2:])
sys.stdout.flush()
os._exit(code)
