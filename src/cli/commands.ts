import yargs from "yargs";
import { VERSION } from "../version.js";
import { addDaemonCommands } from "./commands/daemon.js";
import { addGenerationCommands } from "./commands/generations.js";
import { addOfflineCommands } from "./commands/offline.js";
import { addReadingCommands } from "./commands/reading.js";
import { addVerbs } from "./commands/verbs.js";
import { CommandFailure, UsageError } from "./fail.js";

/**
 * Runs one command line.
 *
 * @param argv arguments without `node` and the script
 * @returns the exit code: 0 fine, 1 refused or failed with a message on stderr, 2 wrong usage
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let code = 0;
  const cli = yargs([...argv])
    .scriptName("peregrine")
    .usage("$0 <command>\n\nA BGP speaker for Linux nodes: Calico-style resources in, kernel routes out.")
    .version(VERSION)
    .help()
    .alias("h", "help")
    .strict()
    .demandCommand(1, "Name a command.")
    .recommendCommands()
    .exitProcess(false)
    .check(eachOnce)
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .epilogue(
      "Every option can also be given in the environment, as PEREGRINE_ and its name: PEREGRINE_CONTROL, PEREGRINE_RESOURCES, …",
    )
    .fail((message, error) => {
      if (error) throw error;
      throw new UsageError(message);
    });
  const set = (result: Promise<number>) =>
    result.then((value) => {
      code = value;
    });
  addDaemonCommands(cli, set);
  addReadingCommands(cli, set);
  addOfflineCommands(cli, set);
  addVerbs(cli, set);
  addGenerationCommands(cli, set);
  try {
    await cli.parseAsync();
    return code;
  } catch (error) {
    return report(error);
  }
}

const LISTS = ["_", "listen", "directories", "names", "filename", "f"];

/** yargs makes an array of an option that is given twice. */
function eachOnce(args: Readonly<Record<string, unknown>>): true {
  const twice = Object.keys(args).find((name) => Array.isArray(args[name]) && !LISTS.includes(name));
  if (twice === undefined) return true;
  throw new UsageError(`--${twice} is given more than once.`);
}

function report(error: unknown): number {
  if (error instanceof CommandFailure) {
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  if (error instanceof UsageError || (error instanceof Error && error.name === "YError")) {
    process.stderr.write(`${error.message}\nSee "peregrine --help".\n`);
    return 2;
  }
  throw error;
}
