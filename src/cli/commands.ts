import { hostname } from "node:os";
import yargs, { type Argv } from "yargs";
import { LOG_LEVELS } from "../observe/log-level.js";
import { VERSION } from "../version.js";
import { CommandFailure, UsageError } from "./fail.js";
import { OUTPUTS } from "./render.js";

/** Where things are when nobody says otherwise. */
const DEFAULTS = {
  resources: "/etc/peregrine/resources",
  control: "/run/peregrine/control.sock",
  state: "/var/lib/peregrine",
} as const;

/**
 * Every option may also stand in the environment as PEREGRINE_<NAME>; other variables of that prefix are left alone, and an
 * empty one counts as unset.
 */
function env(name: string): string | undefined {
  return process.env[`PEREGRINE_${name}`] || undefined;
}

const YES_OR_NO: Readonly<Record<string, boolean>> = { true: true, "1": true, false: false, "0": false };

/** @throws UsageError rather than taking an unknown word for a no */
function envBoolean(name: string): boolean {
  const answer = YES_OR_NO[env(name) ?? "false"];
  if (answer === undefined) throw new UsageError(`PEREGRINE_${name}: ${env(name)} is not true or false.`);
  return answer;
}

const control = {
  type: "string",
  describe: "Control socket of the daemon",
  default: env("CONTROL") ?? DEFAULTS.control,
} as const;
const resources = {
  type: "string",
  describe: "Directory of resources",
  default: env("RESOURCES") ?? DEFAULTS.resources,
} as const;
const output = { alias: "o", choices: OUTPUTS, describe: "Form of the answer", default: "table" as const };
const node = {
  type: "string",
  describe: "Name of this node's Node resource",
  default: env("NODE") ?? process.env["NODENAME"] ?? hostname().toLowerCase(),
  defaultDescription: "$NODENAME, then the host name",
} as const;

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
  try {
    await cli.parseAsync();
    return code;
  } catch (error) {
    return report(error);
  }
}

const LISTS = ["_", "listen", "directories"];

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

type Run = (result: Promise<number>) => Promise<void>;

function addDaemonCommands(cli: Argv, run: Run): void {
  cli.command(
    "run",
    "Run the daemon for one node",
    (y) =>
      y
        .options({
          node,
          resources,
          state: {
            type: "string",
            describe: "Directory for what must outlive a restart (nothing is kept there yet)",
            default: env("STATE") ?? DEFAULTS.state,
          },
          control,
          api: { type: "string", describe: "ADDR:PORT for /metrics, /healthz and /readyz", ...defaultOf(env("API")) },
          listen: {
            type: "string",
            array: true,
            describe: "Listen on these addresses instead of those of BGPConfiguration bindMode",
            ...defaultOf(env("LISTEN")?.split(",")),
          },
          port: {
            type: "number",
            describe: "TCP port instead of BGPConfiguration listenPort",
            ...defaultOf(numberOf(env("PORT"))),
          },
          kernel: {
            choices: ["on", "off", "observe"] as const,
            describe: "Program the kernel's routes, leave the kernel alone, or only read it",
            default: (env("KERNEL") ?? "on") as "on" | "off" | "observe",
          },
          "route-protocol": {
            type: "number",
            describe: "Protocol number that marks our routes in the kernel",
            default: numberOf(env("ROUTE_PROTOCOL")) ?? 179,
          },
          "flush-on-exit": {
            type: "boolean",
            describe: "Remove our routes from the kernel at stop",
            default: envBoolean("FLUSH_ON_EXIT"),
          },
          "strict-secrets": {
            type: "boolean",
            describe: "A missing password Secret is an error, not a session without a password",
            default: envBoolean("STRICT_SECRETS"),
          },
          "log-level": {
            choices: LOG_LEVELS,
            describe: "Least severe level that is logged",
            default: (env("LOG_LEVEL") ?? "info") as "info",
          },
        })
        .example("$0 run --node node-a --resources ./resources", "as root, on node-a")
        .example(
          "$0 run --node node-a --resources ./resources --kernel off --port 1790 --control ./c.sock",
          "try it without root",
        ),
    async (args) => run((await import("./run.js")).run(args)),
  );
  cli.command(
    "lab",
    "Run a network of real speakers in namespaces (on 127.0.0.0/8 without root)",
    (y) =>
      y.options({
        once: { type: "boolean", describe: "Stop after the demonstration", default: false },
        keep: { type: "boolean", describe: "Leave logs and configuration files behind", default: false },
      }),
    async (args) => run((await import("../lab/run-lab.js")).runLab(args)),
  );
}

function addReadingCommands(cli: Argv, run: Run): void {
  const asking = { control, output };
  cli.command(
    "status",
    "Sessions and their states, as calicoctl node status prints them",
    (y) => y.options(asking).example("$0 status -o json", "everything known"),
    async (args) => run((await import("./reading.js")).status(args)),
  );
  cli.command(
    "node <action>",
    "calicoctl's spelling: node status",
    (y) => y.positional("action", { choices: ["status"] as const, demandOption: true }).options(asking),
    async (args) => run((await import("./reading.js")).status(args)),
  );
  cli.command(
    "peer [address]",
    "One peer in full, or all of them in a line each",
    (y) => y.positional("address", { type: "string", describe: "Address of the peer" }).options(asking),
    async (args) => run((await import("./reading.js")).peer(args)),
  );
  cli.command(
    "routes [prefix]",
    "Routes: the Loc-RIB, or what a peer sent, was sent, or what the kernel holds",
    (y) =>
      y
        .positional("prefix", { type: "string", describe: "Only this prefix" })
        .options({
          ...asking,
          in: { type: "string", describe: "Routes received from this peer" },
          out: { type: "string", describe: "Routes advertised to this peer" },
          kernel: { type: "boolean", describe: "Routes wanted in the kernel, with their state there" },
          all: { type: "boolean", describe: "Every path, not only the chosen ones", default: false },
        })
        .conflicts({ in: ["out", "kernel"], out: ["kernel"] })
        .example("$0 routes 10.244.1.0/26 --all", "all paths to one block")
        .example("$0 routes --out 192.20.30.40", "what that peer has been told"),
    async (args) => run((await import("./reading.js")).routes(args)),
  );
  cli.command(
    "explain <prefix>",
    "Why this path is best, why it is or is not in the kernel, and why it was or was not sent",
    (y) =>
      y
        .positional("prefix", { type: "string", demandOption: true, describe: "Prefix, or an address (longest match)" })
        .options({ ...asking, peer: { type: "string", describe: "Only what concerns this peer" } }),
    async (args) => run((await import("./reading.js")).explain(args)),
  );
}

function addOfflineCommands(cli: Argv, run: Run): void {
  cli.command(
    "validate <directories..>",
    "Check resources; no daemon needed",
    (y) => y.positional("directories", { type: "string", array: true, demandOption: true }).options({ output }),
    async (args) => run((await import("./offline.js")).validate(args)),
  );
  cli.command(
    "plan",
    "Print what the resources ask of one node: sessions, policies, routes; no daemon needed",
    (y) => y.options({ node, resources, output, "strict-secrets": { type: "boolean", default: envBoolean("STRICT_SECRETS") } }),
    async (args) => run((await import("./offline.js")).plan(args)),
  );
  cli.command(
    "decode",
    "Decode BGP messages: hex on stdin, one a line, to JSON, one object a line",
    (y) =>
      y.options({
        asn4: { type: "boolean", describe: "AS numbers in AS_PATH and AGGREGATOR take four octets (RFC 6793)", default: false },
        "add-path": { type: "boolean", describe: "NLRI carry path identifiers (RFC 7911)", default: false },
        "ext-msg": { type: "boolean", describe: "Messages up to 65535 octets (RFC 8654)", default: false },
        peer: {
          choices: ["ebgp", "ibgp"] as const,
          describe: "Kind of the session the messages came from",
          default: "ebgp" as const,
        },
      }),
    async (args) => run((await import("./decode.js")).decode(args)),
  );
}

/** yargs takes `default: undefined` for a value. */
function defaultOf<T>(value: T | undefined): { readonly default?: T } {
  return value === undefined ? {} : { default: value };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
