import { type ChildProcess, execFileSync, spawn } from "node:child_process";

let created = 0;

/** Whether this process may make network namespaces. */
export function mayCreateNamespaces(): boolean {
  return process.getuid?.() === 0;
}

/** A network namespace of our own; `remove` ends it with everything in it. */
export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** @param label short; the name gets the process id and a number */
  static create(label: string): Namespace {
    const namespace = new Namespace(`peregrine-${label}-${process.pid}-${++created}`);
    execFileSync("ip", ["netns", "add", namespace.name]);
    namespace.ip("link set lo up");
    return namespace;
  }

  /** Runs `ip` in the namespace. @param command words separated by spaces */
  ip(command: string): string {
    return this.run("ip", ...command.split(" "));
  }

  /** The answer of `ip -j`. */
  ipJson<T>(command: string): T {
    return JSON.parse(this.run("ip", "-j", ...command.split(" ")) || "[]") as T;
  }

  /** Runs a program to its end. @throws Error with what it wrote to stderr */
  run(program: string, ...words: string[]): string {
    return execFileSync("ip", ["netns", "exec", this.name, program, ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Runs a program with that input. */
  feed(input: string, program: string, ...words: string[]): void {
    execFileSync("ip", ["netns", "exec", this.name, program, ...words], { input, stdio: ["pipe", "ignore", "pipe"] });
  }

  /** Starts a program; `ip netns exec` becomes it, so its process id is the program's. */
  spawn(program: string, ...words: string[]): ChildProcess {
    return spawn("ip", ["netns", "exec", this.name, program, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  }

  /** Lets a veth pair join this namespace and another one (or this one, twice). */
  connect(ours: string, other: Namespace, theirs: string): void {
    this.ip(`link add ${ours} type veth peer name ${theirs} netns ${other.name}`);
    this.ip(`link set ${ours} up`);
    other.ip(`link set ${theirs} up`);
  }

  remove(): void {
    execFileSync("ip", ["netns", "del", this.name]);
  }
}
