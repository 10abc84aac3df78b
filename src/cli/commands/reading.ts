import { type Cli, control, output, type Run } from "./options.js";

export function addReadingCommands(cli: Cli, run: Run): void {
  const asking = { control, output };
  cli.command(
    "status",
    "Sessions and their states, as calicoctl node status prints them",
    (y) => y.options(asking).example("$0 status -o json", "everything known"),
    async (args) => run((await import("../reading.js")).status(args)),
  );
  cli.command(
    "node <action>",
    "calicoctl's spelling: node status",
    (y) => y.positional("action", { choices: ["status"] as const, demandOption: true }).options(asking),
    async (args) => run((await import("../reading.js")).status(args)),
  );
  cli.command(
    "peer [address]",
    "One peer in full, or all of them in a line each",
    (y) => y.positional("address", { type: "string", describe: "Address of the peer" }).options(asking),
    async (args) => run((await import("../reading.js")).peer(args)),
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
    async (args) => run((await import("../reading.js")).routes(args)),
  );
  cli.command(
    "explain <prefix>",
    "Why this path is best, why it is or is not in the kernel, and why it was or was not sent",
    (y) =>
      y
        .positional("prefix", { type: "string", demandOption: true, describe: "Prefix, or an address (longest match)" })
        .options({ ...asking, peer: { type: "string", describe: "Only what concerns this peer" } }),
    async (args) => run((await import("../reading.js")).explain(args)),
  );
}
