// Made by tools/generate.mjs; do not edit.
// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:cli as core imports. What doesn't fit a register is written at `result`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

@external("wasi:cli/environment@0.2.12", "get-environment")
export declare function getEnvironment(result: usize): void;
@external("wasi:cli/environment@0.2.12", "get-arguments")
export declare function getArguments(result: usize): void;
@external("wasi:cli/environment@0.2.12", "initial-cwd")
export declare function initialCwd(result: usize): void;
@external("wasi:cli/exit@0.2.12", "exit")
export declare function exit(status: i32): void;
@external("wasi:cli/exit@0.2.12", "exit-with-code")
export declare function exitWithCode(statusCode: i32): void;
@external("wasi:cli/stdin@0.2.12", "get-stdin")
export declare function getStdin(): i32;
@external("wasi:cli/stdout@0.2.12", "get-stdout")
export declare function getStdout(): i32;
@external("wasi:cli/stderr@0.2.12", "get-stderr")
export declare function getStderr(): i32;
@external("wasi:cli/terminal-input@0.2.12", "[resource-drop]terminal-input")
export declare function dropTerminalInput(handle: i32): void;
@external("wasi:cli/terminal-output@0.2.12", "[resource-drop]terminal-output")
export declare function dropTerminalOutput(handle: i32): void;
@external("wasi:cli/terminal-stdin@0.2.12", "get-terminal-stdin")
export declare function getTerminalStdin(result: usize): void;
@external("wasi:cli/terminal-stdout@0.2.12", "get-terminal-stdout")
export declare function getTerminalStdout(result: usize): void;
@external("wasi:cli/terminal-stderr@0.2.12", "get-terminal-stderr")
export declare function getTerminalStderr(result: usize): void;
