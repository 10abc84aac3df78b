import { spawn } from "node:child_process";
import { LabError } from "./lab-error.js";

export interface Output {
  readonly code: number; // exit code; 128 + n when ended by a signal we do not tell apart
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string;
  readonly timeoutMs?: number; // killed after this; default 60 s
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a command to its end. Never throws for an exit code; a command that does not exist is code 127. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Output> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? 60_000,
      killSignal: "SIGKILL",
      env: { ...process.env, ...options.environment },
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined); // a command that reads no input closes it: its exit code tells
    child.on("error", (error) => resolve({ code: 127, stdout: "", stderr: `${error.message}: is it installed?` }));
    child.on("close", (code) =>
      resolve({ code: code ?? 128, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
    child.stdin.end(options.input ?? "");
  });
}

/** Runs a command that must succeed and returns what it printed. Throws LabError with its own words otherwise. */
export async function mustRun(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const output = await run(command, args, options);
  if (output.code === 0) return output.stdout;
  throw new LabError(`${command} ${args.join(" ")}: exit code ${output.code}\n${output.stderr || output.stdout}`.trimEnd());
}
