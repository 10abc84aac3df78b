#!/usr/bin/env node
import { runCommandLine } from "./cli/commands.js";

process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1)); // `peregrine routes | head`
process.exitCode = await runCommandLine(process.argv.slice(2));
