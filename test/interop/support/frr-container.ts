import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { mustRun, run } from "../../../src/lab/command.js";
import { frrConfiguration } from "../../../src/lab/frr-configuration.js";
import type { Host } from "../../../src/lab/host.js";
import type { SpeakerOptions } from "../../../src/lab/speaker.js";
import { until } from "../../../src/lab/until.js";

const IMAGE = "localhost/peregrine-test-frr:bookworm";
const CONFIGURATION = "/etc/frr/test-bgpd.conf"; // named on the command line: next to a frr.conf, bgpd.conf is not read
const MINUTES = 60_000;
// Without these podman's runc may not raise the limits it wants to.
const LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];
const CAPABILITIES = ["NET_ADMIN", "NET_RAW", "SYS_ADMIN"].flatMap((name) => ["--cap-add", name]);

/** FRR from Debian's package in a podman container, which is put into the network namespace of a lab's host. */
export class FrrContainer {
  readonly #name: string;

  private constructor(name: string) {
    this.#name = name;
  }

  static async start(host: Host, options: SpeakerOptions): Promise<FrrContainer> {
    await provideImage();
    const container = new FrrContainer(host.namespace ?? host.name);
    writeFileSync(join(host.directory, "bgpd.conf"), frrConfiguration(options));
    const where = ["--network", `ns:/run/netns/${host.namespace}`, "--volume", `${host.directory}/bgpd.conf:${CONFIGURATION}:ro`];
    await podman("run", "--detach", "--name", container.#name, ...where, ...LIMITS, ...CAPABILITIES, IMAGE, "sleep", "infinity");
    try {
      await container.#exec("/usr/lib/frr/zebra", "--daemon");
      await container.#exec("/usr/lib/frr/bgpd", "--daemon", "--config_file", CONFIGURATION);
      await until("FRR answers in its container", () => container.#exec("vtysh", "-c", "show bgp summary json"));
      return container;
    } catch (error) {
      await container.remove();
      throw error;
    }
  }

  async remove(): Promise<void> {
    await podman("rm", "--force", "--time", "1", this.#name);
  }

  #exec(...command: readonly string[]): Promise<string> {
    return podman("exec", this.#name, ...command);
  }
}

/** Makes the image from Debian's packages (no registry is asked), once on a machine: later runs import the kept archive. */
async function provideImage(): Promise<void> {
  if ((await run("podman", ["image", "exists", IMAGE])).code === 0) return;
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "peregrine");
  const archive = join(cache, "frr-bookworm.tar");
  mkdirSync(cache, { recursive: true });
  if (!existsSync(archive)) await makeArchive(cache, archive);
  await podman("import", archive, IMAGE);
}

async function makeArchive(cache: string, archive: string): Promise<void> {
  const work = mkdtempSync(join(cache, "making-"));
  try {
    const root = join(work, "root");
    await mustRun("debootstrap", ["--variant=minbase", "--include=frr,iproute2", "bookworm", root], { timeoutMs: 8 * MINUTES });
    await mustRun("tar", ["-C", root, "-cf", join(work, "frr.tar"), "."], { timeoutMs: 2 * MINUTES });
    renameSync(join(work, "frr.tar"), archive);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function podman(...args: readonly string[]): Promise<string> {
  return mustRun("podman", ["--runtime", "runc", ...args], { timeoutMs: 3 * MINUTES });
}
