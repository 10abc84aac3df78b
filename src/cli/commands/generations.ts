import { type Cli, control, counting, output, type Run, resources, state } from "./options.js";

const force = { type: "boolean", describe: "Do it although it is dangerous", default: false } as const;

const number = (name: string) => ({ type: "number", coerce: counting(name) }) as const;

/** Commands about former and coming sets of resources. */
export function addGenerationCommands(cli: Cli, run: Run): void {
  cli.command(
    "history",
    "The accepted sets of resources that are kept, with what changed in each",
    (y) => y.options({ control, state, output }).example("$0 history -o json", "the same for programs"),
    async (args) => run((await import("../history.js")).history(args)),
  );
  cli.command(
    "diff <before> [after]",
    "What differs between two generations, or between one and the files on disk, resource by resource",
    (y) =>
      y
        .positional("before", { ...number("before"), demandOption: true, describe: "Number of a generation" })
        .positional("after", { ...number("after"), describe: "Number of another; else the files in --resources" })
        .options({ resources, state })
        .example("$0 diff 7 8", "what generation 8 changed")
        .example("$0 diff 7", "what has changed since generation 7"),
    async (args) => run((await import("../changes/diff.js")).diff(args)),
  );
  cli.command(
    "rollback <generation>",
    "Write the files of a generation back; they become the newest generation",
    (y) =>
      y
        .positional("generation", { ...number("generation"), demandOption: true, describe: "Its number" })
        .options({ control, resources, state, force })
        .example("$0 rollback 7", "all files, or none"),
    async (args) => run((await import("../changes/rollback.js")).rollback(args)),
  );
  cli.command(
    "edit",
    "Begin a candidate: a copy of the resources to be edited, compared and committed as one change",
    (y) =>
      y
        .options({ resources, state })
        .example('eval "$($0 edit)"', "edits of this shell go to the candidate")
        .example('$0 patch bgppeer tor -p \'{"spec": {"asNumber": 65002}}\'', "e.g. this one"),
    async (args) => run((await import("../changes/candidate.js")).edit(args)),
  );
  cli.command(
    "compare",
    "What the candidate changes, and what the running daemon would do",
    (y) => y.options({ control, state, output }),
    async (args) => run((await import("../changes/candidate.js")).compare(args)),
  );
  cli.command(
    "commit",
    "Put the candidate in the place of the resources",
    (y) =>
      y
        .options({
          ...{ control, state, force },
          confirm: {
            ...number("--confirm"),
            describe: 'Go back after so many seconds, unless "peregrine confirm" is run and sessions are up',
          },
        })
        .example("$0 commit --confirm 60", "a change that may cut you off comes undone by itself"),
    async (args) => run((await import("../changes/candidate.js")).commit(args)),
  );
  cli.command(
    "confirm",
    "Keep the change that is on trial",
    (y) => y.options({ control, force: { ...force, describe: "Also when sessions that were up before are down" } }),
    async (args) => run((await import("../changes/candidate.js")).confirm(args)),
  );
  cli.command(
    "discard",
    "End the candidate; nothing is changed",
    (y) => y.options({ state }),
    async (args) => run((await import("../changes/candidate.js")).discard(args)),
  );
}
