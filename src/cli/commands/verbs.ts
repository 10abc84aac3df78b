import { type Cli, control, type Run, resources } from "./options.js";

const namespace = { alias: "n", type: "string", describe: "Namespace of a Secret" } as const;
const filename = {
  alias: "f",
  type: "string",
  coerce: (given: string | string[]) => [given].flat(), // no `array`: that would not take "-"
  describe: "File of resources in YAML or JSON, a directory of such files, or - for stdin",
} as const;
/** `-f` and its companions. */
export const input = {
  filename,
  recursive: { alias: "R", type: "boolean", describe: "Take the directories below that of -f as well", default: false },
  "skip-empty": { type: "boolean", describe: "A file without resources is no error", default: false },
} as const;
const place = { resources, namespace } as const;
const KIND = "Kind of resource, e.g. bgppeer, node, ippool; any alias of calicoctl, in any case";

/** calicoctl's verbs, on the directory of resources. */
export function addVerbs(cli: Cli, run: Run): void {
  addGet(cli, run);
  addFileVerbs(cli, run);
  addNamedVerbs(cli, run);
}

function addGet(cli: Cli, run: Run): void {
  cli.command(
    "get [kind] [names..]",
    "Print resources",
    (y) =>
      y
        .positional("kind", { type: "string", describe: KIND })
        .positional("names", { type: "string", array: true, describe: "Names; none: all of the kind" })
        .options({
          ...place,
          ...input,
          output: {
            alias: "o",
            type: "string",
            describe: "ps (or table), wide, yaml, json, name, custom-columns=HEADING,…",
            default: "ps",
          },
          selector: { alias: "l", type: "string", describe: "Only resources whose labels match" },
          export: { type: "boolean", describe: "Leave out what belongs to this directory alone", default: false },
          control: { ...control, describe: "Control socket of the daemon, for the status of a CalicoNodeStatus" },
        })
        .conflicts("filename", ["kind", "selector"])
        .example("$0 get nodes -o wide", "with AS numbers (those in parentheses are the default) and addresses")
        .example("$0 get bgppeer tor -o yaml", "one resource in full")
        .example("$0 get caliconodestatus mine -o yaml", "with the status of this node's daemon"),
    async (args) => run((await import("../verbs/get.js")).get(args)),
  );
}

function addFileVerbs(cli: Cli, run: Run): void {
  const needed = { ...input, filename: { ...filename, demandOption: true } } as const;
  cli.command(
    "create",
    "Add resources from a file; those that exist are errors",
    (y) =>
      y
        .options({
          ...place,
          ...needed,
          "skip-exists": { type: "boolean", describe: "Leave alone what exists, without an error", default: false },
        })
        .example("$0 create -f peers.yaml", "each resource goes into a file of its own"),
    async (args) => run((await import("../verbs/create.js")).create(args)),
  );
  cli.command(
    "apply",
    "Add resources from a file, or replace those that exist",
    (y) =>
      y
        .options({ ...place, ...needed })
        .example("$0 apply -f peers.yaml", "a resource that exists is changed where it stands; comments around it stay")
        .example("cat peers.json | $0 apply -f -", "from stdin"),
    async (args) => run((await import("../verbs/apply.js")).apply(args)),
  );
  cli.command(
    "replace",
    "Replace resources by those of a file; those that do not exist are errors",
    (y) => y.options({ ...place, ...needed }).example("$0 replace -f peers.yaml", ""),
    async (args) => run((await import("../verbs/replace.js")).replace(args)),
  );
}

function addNamedVerbs(cli: Cli, run: Run): void {
  const one = (y: Cli) =>
    y
      .positional("kind", { type: "string", demandOption: true, describe: KIND })
      .positional("name", { type: "string", demandOption: true, describe: "Name of the resource" })
      .options(place);
  cli.command(
    "patch <kind> <name>",
    "Change some fields of a resource",
    (y) =>
      one(y)
        .options({
          patch: {
            alias: "p",
            type: "string",
            demandOption: true,
            describe: "The fields to be changed, in JSON or YAML: objects merge, lists and values replace, null removes",
          },
          type: {
            alias: "t",
            choices: ["strategic", "merge", "json"] as const,
            describe: "All are strategic merge patches, as with calicoctl",
            default: "strategic" as const,
          },
        })
        .example(`$0 patch bgpconfiguration default -p '{"spec": {"nodeToNodeMeshEnabled": false}}'`, "the mesh is off")
        .example(`$0 patch node node-1 -p '{"spec": {"bgp": {"asNumber": null}}}'`, "the default AS again"),
    async (args) => run((await import("../verbs/patch.js")).patch(args)),
  );
  cli.command(
    "delete [kind] [names..]",
    "Remove resources",
    (y) =>
      y
        .positional("kind", { type: "string", describe: KIND })
        .positional("names", { type: "string", array: true, describe: "Names" })
        .options({
          ...place,
          ...input,
          "skip-not-exists": { alias: "s", type: "boolean", describe: "What does not exist is no error", default: false },
        })
        .conflicts("filename", "kind")
        .example("$0 delete bgppeer tor-1 tor-2", "a Node takes along BGPPeers and a BGPConfiguration of its own")
        .example("$0 delete -f peers.yaml", "whatever the file names"),
    async (args) => run((await import("../verbs/delete.js")).remove(args)),
  );
  cli.command(
    "label <kind> <name> <label>",
    "Set or remove a label of a resource",
    (y) =>
      one(y)
        .positional("label", { type: "string", demandOption: true, describe: "KEY=VALUE, or KEY with --remove" })
        .options({
          overwrite: { type: "boolean", describe: "Replace another value of the label", default: false },
          remove: { type: "boolean", describe: "Remove the label", default: false },
        })
        .example("$0 label nodes node-b rack=rack-1", "for nodeSelector: rack == 'rack-1'")
        .example("$0 label nodes node-b rack --remove", ""),
    async (args) => run((await import("../verbs/label.js")).label(args)),
  );
}
