import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100; // USER_HZ is 100 on every Linux that Debian builds

/** What a daemon, all its processes and threads together, has used. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly peakBytes: number; // VmHWM
  readonly residentBytes: number; // VmRSS
}

/** @param pid of the process that was started; those it started count too */
export function processUsage(pid: number): ProcessUsage {
  const all = [pid, ...descendants(pid)].map(usageOf);
  const sum = (key: keyof ProcessUsage) => all.reduce((total, usage) => total + usage[key], 0);
  return { cpuSeconds: sum("cpuSeconds"), peakBytes: sum("peakBytes"), residentBytes: sum("residentBytes") };
}

function descendants(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function usageOf(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from field 3 of proc(5) on
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    peakBytes: bytes("VmHWM"),
    residentBytes: bytes("VmRSS"),
  };
}
