// The cabi_post_… functions of what needs not wait: free what a result lay in, and what it pointed to. What async functions
// give is freed when it was given.

// @ts-ignore: decorator
@witExport(
  "cabi_post_wasock:net/net@0.3.0#address-info-address",
  "cabi_post_wasock:net/net@0.3.0#address-info-next",
  "cabi_post_wasock:net/net@0.3.0#make-sockaddr",
  "cabi_post_wasock:net/net@0.3.0#get-peer-name",
  "cabi_post_wasock:net/net@0.3.0#get-socket-name",
  "cabi_post_wasock:net/net@0.3.0#socket",
  "cabi_post_wasock:net/net@0.3.0#shutdown",
  "cabi_post_wasock:net/net@0.3.0#open-socket-pair",
  "cabi_post_wasock:net/net@0.3.0#get-socket-option",
  "cabi_post_wasock:net/net@0.3.0#set-socket-option",
  "cabi_post_wasock:net/net@0.3.0#input",
  "cabi_post_wasock:net/net@0.3.0#output",
)
export function postArea(at: usize): void {
  heap.free(at);
}

// @ts-ignore: decorator
@witExport(
  "cabi_post_wasock:net/types@0.3.0#[method]sockaddr.bytes",
  "cabi_post_wasock:net/net@0.3.0#sockaddr-name",
  "cabi_post_wasock:net/net@0.3.0#error-name",
  "cabi_post_wasock:net/net@0.3.0#error-message",
)
export function postList(at: usize): void {
  heap.free(load<usize>(at));
  heap.free(at);
}

// @ts-ignore: decorator
@witExport("cabi_post_wasock:net/net@0.3.0#address-info-canonname")
export function postOptionalText(at: usize): void {
  if (load<u8>(at) == 1) heap.free(load<usize>(at, 4));
  heap.free(at);
}
