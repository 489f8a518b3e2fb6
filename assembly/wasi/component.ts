// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// What the component's exports need: a resource of a representation, an async function's result, flattened.

@external("[export]wasock:net/types@0.1.0", "[resource-new]sockaddr")
export declare function newSockaddr(rep: usize): i32;
@external("[export]wasock:net/types@0.1.0", "[resource-new]address-info")
export declare function newAddressInfo(rep: usize): i32;
@external("[export]wasock:net/types@0.1.0", "[resource-new]socket")
export declare function newSocket(rep: usize): i32;
@external("[export]wasock:net/types@0.1.0", "[resource-new]net-io")
export declare function newNetIo(rep: usize): i32;
@external("[export]wasock:net/operations@0.1.0", "[resource-new]operation")
export declare function newOperation(rep: usize): i32;
