/** The tests of the options once more, as they are where koffi is not installed. */
process.env["WASOCK_OPTIONS"] = "node";
await import("./options.test.ts");
