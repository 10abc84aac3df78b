import { type Cli, control, envBoolean, node, output, type Run, resources, routePriorities, state } from "./options.js";
import { input } from "./verbs.js";

export function addOfflineCommands(cli: Cli, run: Run): void {
  cli.command(
    "validate [directories..]",
    "Check directories of resources as a whole, or the resources of a file one by one; no daemon needed",
    (y) =>
      y
        .positional("directories", { type: "string", array: true, describe: "Directories (or files), each a set" })
        .options({ output, ...input })
        .example("$0 validate /etc/peregrine/resources", "the set, as the daemon would take it")
        .example("$0 validate -f peer.yaml", "each resource by itself, as calicoctl does"),
    async (args) => run((await import("../offline.js")).validate(args)),
  );
  cli.command(
    "plan",
    "Print what the resources ask of one node: sessions, policies, routes; no daemon needed. Or what would change",
    (y) =>
      y
        .options({
          ...{ node, resources, output, "route-priorities": routePriorities },
          "strict-secrets": { type: "boolean", default: envBoolean("STRICT_SECRETS") },
          running: {
            type: "boolean",
            describe: "What the running daemon would do, and to which routes, were these its resources",
          },
          "all-nodes": { type: "boolean", describe: "What would change for each node; needs --against, and no daemon" },
          against: { type: "string", describe: "Another directory of resources, or the number of a generation" },
          ...{ control, state },
        })
        .conflicts("running", ["all-nodes", "against"])
        .implies({ "all-nodes": "against", against: "all-nodes" })
        .example("$0 plan --running --resources ./next", "nothing is changed; needs root, or the daemon's user")
        .example("$0 plan --all-nodes --against 7", "what the cluster has to do since generation 7"),
    async (args) => {
      const { running, allNodes, against } = args;
      if (running) return run((await import("../changes/plan-changes.js")).planRunning(args));
      if (allNodes && against) return run((await import("../changes/plan-changes.js")).planAllNodes({ ...args, against }));
      return run((await import("../offline.js")).plan(args));
    },
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
    async (args) => run((await import("../decode.js")).decode(args)),
  );
}
