import { type Cli, control, output, type Run, state } from "./options.js";

export function addGenerationCommands(cli: Cli, run: Run): void {
  cli.command(
    "history",
    "The accepted sets of resources that are kept, with what changed in each",
    (y) => y.options({ control, state, output }).example("$0 history -o json", "the same for programs"),
    async (args) => run((await import("../history.js")).history(args)),
  );
}
