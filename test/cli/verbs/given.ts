import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CommandResult, commandLine, peregrine } from "../../daemon/support.js";
import { temporaryDirectory } from "../../resources/temporary-directory.js";

type Files = Readonly<Record<string, string>>;

/** A directory of resources, and commands on it; `$DIR` in their words and answers stands for a directory of input files. */
export class Given {
  readonly resources: string;
  readonly #inputs: string;

  static async files(files: Files, inputs: Files = {}): Promise<Given> {
    const directory = await temporaryDirectory();
    const given = new Given(directory);
    await mkdir(given.resources);
    await writeAll(given.resources, files);
    await writeAll(given.#inputs, inputs);
    return given;
  }

  private constructor(directory: string) {
    this.resources = join(directory, "resources");
    this.#inputs = join(directory, "inputs");
  }

  /** Runs `peregrine WORDS…`; with an input for stdin in a process of its own. */
  async run(words: readonly string[], input?: string): Promise<CommandResult> {
    const isOffline = words[0] === "validate";
    const all = [
      ...words.map((word) => word.replace("$DIR", this.#inputs)),
      ...(isOffline ? [] : ["--resources", this.resources]),
    ];
    const result = await (input === undefined ? commandLine(all) : peregrine(all, input));
    return { ...result, stdout: this.#named(result.stdout), stderr: this.#named(result.stderr) };
  }

  /** What the directory holds now. */
  async files(): Promise<Record<string, string>> {
    const names = await readdir(this.resources, { recursive: true });
    const files = names.filter((name) => /\.\w+$/.test(name)).sort();
    return Object.fromEntries(
      await Promise.all(files.map(async (name) => [name, await readFile(join(this.resources, name), "utf8")] as const)),
    );
  }

  #named(text: string): string {
    return text.replaceAll(this.resources, "$RES").replaceAll(this.#inputs, "$DIR");
  }
}

async function writeAll(directory: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}

const CALICO = "apiVersion: projectcalico.org/v3";

export const CONFIGURATION = `# the cluster
${CALICO}
kind: BGPConfiguration
metadata: {name: default}
spec:
  asNumber: 64512   # ours
`;

/** node-a, node-b, node-c at 10.0.0.11 and following (F3 of the reference). */
export const NODES = ["a", "b", "c"]
  .map(
    (letter, index) =>
      `${CALICO}\nkind: Node\nmetadata:\n  name: node-${letter}\nspec:\n  bgp:\n    ipv4Address: 10.0.0.1${index + 1}/24\n`,
  )
  .join("---\n");

export const GLOBAL_PEER = `${CALICO}
kind: BGPPeer
metadata:
  name: my-global-peer
spec:
  peerIP: 192.20.30.40
  asNumber: 64567
`;

export const RACK_PEER = `# for rack one
${CALICO}
kind: BGPPeer
metadata:
  name: rack1-tor
spec:
  peerIP: 192.20.30.40
  asNumber: 64567
  nodeSelector: rack == 'rack-1'
`;
