import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { IpAddress } from "../protocol/net/ip-address.js";
import { Prefix } from "../protocol/net/prefix.js";
import { createKernel, DEFAULT_KERNEL_OPTIONS, type Kernel } from "../src/kernel/kernel.js";
import { RouteBatch } from "../src/kernel/route-batch.js";

// How fast routes get into the kernel, through the worker as the daemon uses it. Needs root; works in a network namespace of its own.
//
//   node dist/bench/fib.js [routes, 1000000 unless given]

const ROUTES = Number(process.argv[2] ?? 1_000_000);
const ROWS_AT_ONCE = 16384;
const FIRST_GROUP = 1;
const SECOND_GROUP = 2;
const MULTIPATH_GROUP = 3;

if (process.argv[3] === "inside") await measure();
else runInNamespace();

function runInNamespace(): void {
  const name = `peregrine-fib-${process.pid}`;
  const ip = (command: string) => execFileSync("ip", command.split(" "));
  ip(`netns add ${name}`);
  try {
    ip(`-n ${name} link add out0 type veth peer name in0`);
    for (const device of ["out0", "in0"]) ip(`-n ${name} link set ${device} up`);
    ip(`-n ${name} address add 10.0.0.1/24 dev out0`);
    ip(`-n ${name} address add fd00::1/64 dev out0 nodad`);
    const self = fileURLToPath(import.meta.url);
    execFileSync("ip", ["netns", "exec", name, process.execPath, self, String(ROUTES), "inside"], { stdio: "inherit" });
  } finally {
    ip(`netns del ${name}`);
  }
}

async function measure(): Promise<void> {
  const kernel = createKernel({ ...DEFAULT_KERNEL_OPTIONS, auditSeconds: 3600 });
  const started = await kernel.start();
  if (!started.ok) throw new Error(started.error);
  const ifindex = [...kernel.view.links].find(({ name }) => name === "out0")!.ifindex;
  const hop = (gateway: string) => ({ gateway, ifindex, onlink: false, weight: 1 });
  const groups = [
    { id: FIRST_GROUP, hops: [hop("10.0.0.7")] },
    { id: SECOND_GROUP, hops: [hop("10.0.0.8")] },
    { id: MULTIPATH_GROUP, hops: [hop("10.0.0.7"), hop("10.0.0.8")] },
    { id: 4, hops: [hop("fd00::7")] },
  ];
  kernel.changeGroups(groups, []);
  console.log(`${ROUTES} routes, ${cpus().length} x ${cpus()[0].model}, Node ${process.version}`);
  console.log("work                     seconds   routes/s   user s  kernel s   RSS MB");
  await row("IPv4 add", kernel, (i) => v4(i), FIRST_GROUP);
  await audit(kernel);
  await row("IPv4 replace", kernel, (i) => v4(i), SECOND_GROUP);
  await row("IPv4 replace by ECMP", kernel, (i) => v4(i), MULTIPATH_GROUP);
  await row("IPv4 delete", kernel, (i) => v4(i), null);
  await row("IPv6 add", kernel, (i) => v6(i), 4);
  await row("IPv6 delete", kernel, (i) => v6(i), null);
  await kernel.stop({ flush: true });
}

async function row(name: string, kernel: Kernel, prefix: (index: number) => Prefix, group: number | null): Promise<void> {
  const buffers = rows(prefix, group);
  const startedAt = now();
  for (const buffer of buffers) kernel.sendRoutes(buffer);
  await kernel.settled();
  print(name, startedAt);
  const { installed, failed } = kernel.counters.all();
  if (failed !== 0 || installed !== (group === null ? 0 : ROUTES)) throw new Error(`${installed} installed, ${failed} failed`);
}

async function audit(kernel: Kernel): Promise<void> {
  const startedAt = now();
  await kernel.audit();
  print("audit", startedAt);
}

function rows(prefix: (index: number) => Prefix, group: number | null): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  const batch = new RouteBatch(ROWS_AT_ONCE);
  for (let i = 0; i < ROUTES; i++) {
    if (group === null) batch.dropPrefix(prefix(i));
    else batch.wantPrefix(prefix(i), 20, group);
    if (batch.size === ROWS_AT_ONCE) buffers.push(batch.take());
  }
  buffers.push(batch.take());
  return buffers;
}

interface Moment {
  readonly milliseconds: number;
  readonly cpu: NodeJS.CpuUsage; // of all threads
}

function now(): Moment {
  return { milliseconds: performance.now(), cpu: process.cpuUsage() };
}

/** On a busy machine the processor time says more than the clock. */
function print(name: string, since: Moment): void {
  const seconds = (performance.now() - since.milliseconds) / 1000;
  const { user, system } = process.cpuUsage(since.cpu);
  const megabytes = Math.round(process.memoryUsage.rss() / 1e6);
  const figures = [
    seconds.toFixed(2),
    Math.round(ROUTES / seconds),
    (user / 1e6).toFixed(2),
    (system / 1e6).toFixed(2),
    megabytes,
  ];
  console.log(name.padEnd(22) + figures.map((figure) => String(figure).padStart(10)).join(""));
}

function v4(index: number): Prefix {
  return Prefix.of(IpAddress.v4(0x14000000 + (index << 8)), 24); // 20.0.0.0/24 and on
}

function v6(index: number): Prefix {
  return Prefix.of(IpAddress.v6(0x2a000000 + (index >>> 16), index << 16, 0, 0), 48);
}
