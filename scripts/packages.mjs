// Programs from Debian's packages: what each is for, which are missing, and how they get here.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say } from "./set-up.mjs";

/** Package → what it is there for, and a program that tells whether it is installed. */
const PACKAGES = {
  iproute2: { program: "ip", why: "makes the namespaces and cables of test networks" },
  "iputils-ping": { program: "ping", why: "shows that packets take the routes" },
  frr: { program: "/usr/lib/frr/bgpd", why: "a router to peer with: FRR" },
  bird2: { program: "bird", why: "a router to peer with: BIRD 2" },
  gobgpd: { program: "gobgpd", why: "a router to peer with: GoBGP" },
  podman: { program: "podman", why: "runs a router as a container" },
  runc: { program: "runc", why: "starts the container" },
  netavark: { program: "/usr/lib/podman/netavark", why: "the container's network" },
  "aardvark-dns": { program: "/usr/lib/podman/aardvark-dns", why: "the container's network" },
  iptables: { program: "iptables", why: "the container's network" },
  debootstrap: { program: "debootstrap", why: "makes the container's image, no registry needed" },
};

const POLICY = "/usr/sbin/policy-rc.d";
const SAVED = "/usr/sbin/policy-rc.d.before-peregrine";

/**
 * Installs what is missing of these packages. Without root, or without apt, it only says what is missing.
 *
 * @returns {string[]} the packages that are still missing afterwards
 */
export function installPackages(names = Object.keys(PACKAGES)) {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return [];
  for (const name of missing) say(`${name} is missing (${PACKAGES[name].why})`);
  if (process.getuid() !== 0 || !inPath("apt-get")) {
    say(`To install: sudo apt-get install --no-install-recommends ${missing.join(" ")}`);
    return missing;
  }
  say(`Installing ${missing.join(", ")} from Debian's packages; no service of theirs is started …`);
  withoutStartingServices(() => {
    apt(["update"]);
    apt(["install", "--yes", "--no-install-recommends", ...missing]);
  });
  return missing.filter((name) => !isInstalled(name));
}

/** A fresh machine may be at its own updates; a mirror may be busy. */
const PATIENT = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];

function apt(args) {
  const { status, stdout, stderr } = spawnSync("apt-get", ["-qq", ...PATIENT, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: 900_000,
  });
  if (status !== 0) say(`apt-get ${args.join(" ")} failed:\n${stdout}${stderr}`);
}

/** A package's own service must not come up: it would take port 179 and program this machine's routes. */
function withoutStartingServices(work) {
  if (existsSync(POLICY) && !existsSync(SAVED)) renameSync(POLICY, SAVED);
  const restore = () => {
    rmSync(POLICY, { force: true });
    if (existsSync(SAVED)) renameSync(SAVED, POLICY);
  };
  writeFileSync(POLICY, "#!/bin/sh\nexit 101\n");
  chmodSync(POLICY, 0o755);
  try {
    work();
  } finally {
    restore();
  }
}

function isInstalled(name) {
  const { program } = PACKAGES[name];
  return program.startsWith("/") ? existsSync(program) : inPath(program);
}

function inPath(program) {
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return directories.some((directory) => existsSync(join(directory, program)));
}
