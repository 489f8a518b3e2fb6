// wasi:sockets/{network,instance-network,ip-name-lookup} as core imports.

// @ts-ignore: decorator
@external("wasi:sockets/instance-network@0.2.12", "instance-network")
declare function instanceNetwork(): i32;

// @ts-ignore: decorator
@external("wasi:sockets/ip-name-lookup@0.2.12", "resolve-addresses")
export declare function resolveAddresses(network: i32, name: usize, length: usize, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/ip-name-lookup@0.2.12", "[method]resolve-address-stream.resolve-next-address")
export declare function resolveNextAddress(stream: i32, result: usize): void;
// @ts-ignore: decorator
@external("wasi:sockets/ip-name-lookup@0.2.12", "[method]resolve-address-stream.subscribe")
export declare function resolveSubscribe(stream: i32): i32;
// @ts-ignore: decorator
@external("wasi:sockets/ip-name-lookup@0.2.12", "[resource-drop]resolve-address-stream")
export declare function dropResolve(stream: i32): void;

let handle: i32 = 0;

/** The one network of this instance, asked for at its first use and kept. */
export function network(): i32 {
  if (handle == 0) handle = instanceNetwork();
  return handle;
}
