// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// What the component's exports need: a resource of a representation, an async function's result, flattened.

@external("[export]wasock:net/types@0.3.0", "[resource-new]sockaddr")
export declare function newSockaddr(rep: usize): i32;
@external("[export]wasock:net/types@0.3.0", "[resource-new]address-info")
export declare function newAddressInfo(rep: usize): i32;
@external("[export]wasock:net/types@0.3.0", "[resource-new]socket")
export declare function newSocket(rep: usize): i32;
@external("[export]wasock:net/net@0.3.0", "[task-return]get-address-info")
export declare function returnGetAddressInfo(result0: i32, result1: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]bind")
export declare function returnBind(result0: i32, result1: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]listen")
export declare function returnListen(result0: i32, result1: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]accept")
export declare function returnAccept(result0: i32, result1: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]connect")
export declare function returnConnect(result0: i32, result1: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]open-net-io")
export declare function returnOpenNetIo(result0: i32, result1: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]make-listener-socket")
export declare function returnMakeListenerSocket(result0: i32, result1: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]send")
export declare function returnSend(result0: i32, result1: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]send-non-blocking")
export declare function returnSendNonBlocking(result0: i32, result1: i32, result2: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]receive")
export declare function returnReceive(result0: i32, result1: i32, result2: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]receive-non-blocking")
export declare function returnReceiveNonBlocking(
  result0: i32,
  result1: i32,
  result2: i32,
  result3: i32,
): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]receive-into")
export declare function returnReceiveInto(result0: i32, result1: i32, result2: i32): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]receive-into-non-blocking")
export declare function returnReceiveIntoNonBlocking(
  result0: i32,
  result1: i32,
  result2: i32,
  result3: i32,
): void;
@external("[export]wasock:net/net@0.3.0", "[task-return]receive-many")
export declare function returnReceiveMany(result0: i32, result1: i32, result2: i32): void;
