import { resolve } from "node:path";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import { parseIpAddress } from "../../protocol/net/text.js";
import { Daemon } from "../daemon.js";
import type { LogLevel } from "../observe/log-level.js";
import { createLogger } from "../observe/logger.js";
import type { RunOptions } from "../run-options.js";
import { ServiceManager } from "../service-manager.js";
import { calicoEnvironment } from "./calico-environment.js";
import { CommandFailure, UsageError } from "./fail.js";

/** The command line of `peregrine run`, as yargs hands it over. */
export interface RunArguments {
  readonly node: string;
  readonly resources: string;
  readonly state: string;
  readonly control: string;
  readonly api?: string | undefined;
  readonly listen?: readonly string[] | undefined;
  readonly port?: number | undefined;
  readonly kernel: RunOptions["kernel"];
  readonly routeProtocol: number;
  readonly flushOnExit: boolean;
  readonly strictSecrets: boolean;
  readonly routePriorities: "on" | "off";
  readonly logLevel: LogLevel;
}

/** Why each signal ends the daemon, in the words that peers and the log get. */
const REASONS = {
  SIGTERM: "node is shutting down",
  SIGINT: "stopped by its operator",
  SIGQUIT: "node is restarting",
} as const;

type StopSignal = keyof typeof REASONS;

/** `peregrine run`: ends on SIGTERM and SIGINT for good, on SIGQUIT to be started again. */
export async function run(args: RunArguments): Promise<number> {
  const options = parse(args);
  const log = await createLogger(args.logLevel);
  const asked = stopSignal(); // from here on: the first who sees the daemon listen may stop it
  const started = await Daemon.start(options, log);
  if (!started.ok) throw new CommandFailure(started.error);
  const daemon = started.value;
  const service = ServiceManager.fromEnvironment(process.env, log);
  service.ready(`node ${options.node}`);
  const signal = await asked;
  service.stopping();
  await daemon.stop(REASONS[signal], signal === "SIGQUIT" ? "restart" : "shutdown");
  service.close();
  return 0;
}

function stopSignal(): Promise<StopSignal> {
  return new Promise((settle) => {
    for (const signal of Object.keys(REASONS) as StopSignal[]) process.once(signal, () => settle(signal));
  });
}

function parse(args: RunArguments): RunOptions {
  return {
    node: args.node,
    resources: resolve(args.resources),
    state: resolve(args.state),
    ...calicoEnvironment(),
    control: resolve(args.control),
    api: args.api === undefined ? null : parseEndpoint(args.api),
    listenAddresses: args.listen === undefined ? null : args.listen.map(parseListen),
    port: args.port === undefined ? null : parseNumber("--port", args.port, 65535),
    kernel: args.kernel,
    routeProtocol: parseNumber("--route-protocol", args.routeProtocol, 255),
    flushOnExit: args.flushOnExit,
    strictSecrets: args.strictSecrets,
    routePriorities: args.routePriorities === "on",
  };
}

function parseListen(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (!address.ok) throw new UsageError(`--listen: ${address.error}`);
  return address.value;
}

function parseEndpoint(text: string): { host: string; port: number } {
  const match = /^(?:\[(.+)\]|([^:]*)):(\d+)$/.exec(text);
  const address = match && parseIpAddress(match[1] ?? match[2] ?? "");
  if (!match || !address?.ok) throw new UsageError(`--api ${text}: write ADDR:PORT or [ADDR6]:PORT, e.g. 127.0.0.1:9179`);
  return { host: address.value.toString(), port: parseNumber("--api", Number(match[3]), 65535) };
}

function parseNumber(option: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UsageError(`${option}: ${value} is not a number from 1 to ${most}`);
}
