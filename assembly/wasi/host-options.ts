// @ts-nocheck: decorators on functions are AssemblyScript
// What the Node library's host tells about its options, beyond WASI (src/host-options.ts).

@external("wasock:host/options", "reaches")
export declare function hostReaches(handle: i32, option: i32): i32;
@external("wasock:host/options", "get")
export declare function hostGet(handle: i32, option: i32): i32;
@external("wasock:host/options", "set")
export declare function hostSet(handle: i32, option: i32, value: i32): i32;
