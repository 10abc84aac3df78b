#!/usr/bin/env node
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1)); // `peregrine routes | head`
const argv = process.argv.slice(2);
if (argv.includes("run")) (await import("./sys/memory.js")).holdLittleMemory(); // before anything else is loaded
const { runCommandLine } = await import("./cli/commands.js");
process.exitCode = await runCommandLine(argv);
