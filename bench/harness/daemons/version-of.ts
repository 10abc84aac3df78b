import { run } from "../../../src/lab/command.js";

/** What `pattern`'s group finds in the output of a command, null when the command is not there. */
export async function versionOf(command: string, args: readonly string[], pattern: RegExp): Promise<string | null> {
  const { code, stdout, stderr } = await run(command, args);
  return code === 127 ? null : (pattern.exec(stdout + stderr)?.[1] ?? "of unknown version");
}
