import type { Host } from "../../../src/lab/host.js";

/** The daemon under test, as every make of it is configured. */
export interface DutOptions {
  readonly asNumber: number;
  readonly address: string;
  readonly address6: string;
  readonly peers: readonly DutPeer[];
  readonly clusterId: string | null; // a route reflector
  readonly kernel: boolean; // puts routes into the kernel
}

export interface DutPeer {
  readonly address: string;
  readonly asNumber: number;
  readonly rrClient: boolean;
  readonly isTold: boolean; // gets routes; else nothing at all is announced to it
}

/** A make of daemon. */
export interface Dut {
  readonly name: string;
  /** What it calls its version, null when it is not installed. */
  version(): Promise<string | null>;
  /** Starts it there; it listens on port 179 soon after. */
  start(host: Host, options: DutOptions): Promise<RunningDut>;
}

export interface RunningDut {
  readonly pid: number;
  /** The end of its log. */
  logTail(lines: number): string;
  stop(): Promise<void>;
}
