import { LOG_LEVELS } from "../../observe/log-level.js";
import {
  type Cli,
  control,
  defaultOf,
  env,
  envBoolean,
  node,
  numberOf,
  type Run,
  resources,
  routePriorities,
  state,
} from "./options.js";

export function addDaemonCommands(cli: Cli, run: Run): void {
  cli.command(
    "run",
    "Run the daemon for one node",
    (y) =>
      y
        .options({
          node,
          resources,
          state,
          control,
          api: { type: "string", describe: "ADDR:PORT for /metrics, /healthz and /readyz", ...defaultOf(env("API")) },
          listen: {
            type: "string",
            array: true,
            describe: "Listen on these addresses instead of those of BGPConfiguration bindMode",
            ...defaultOf(env("LISTEN")?.split(",")),
          },
          port: {
            type: "number",
            describe: "TCP port instead of BGPConfiguration listenPort",
            ...defaultOf(numberOf(env("PORT"))),
          },
          kernel: {
            choices: ["on", "off", "observe"] as const,
            describe: "Program the kernel's routes, leave the kernel alone, or only read it",
            default: (env("KERNEL") ?? "on") as "on" | "off" | "observe",
          },
          "route-protocol": {
            type: "number",
            describe:
              "Protocol number that marks our routes in the kernel; routes that bear it at the start are taken over (12 is BIRD's)",
            default: numberOf(env("ROUTE_PROTOCOL")) ?? 179,
          },
          "flush-on-exit": {
            type: "boolean",
            describe: "Remove our routes from the kernel at stop (which is then never a graceful restart)",
            default: envBoolean("FLUSH_ON_EXIT"),
          },
          "strict-secrets": {
            type: "boolean",
            describe: "A missing password Secret is an error, not a session without a password",
            default: envBoolean("STRICT_SECRETS"),
          },
          "route-priorities": routePriorities,
          "log-level": {
            choices: LOG_LEVELS,
            describe: "Least severe level that is logged",
            default: (env("LOG_LEVEL") ?? "info") as "info",
          },
        })
        .example("$0 run --node node-a --resources ./resources", "as root, on node-a")
        .example(
          "$0 run --node node-a --resources ./resources --kernel off --port 1790 --control ./c.sock",
          "try it without root",
        )
        .example("$0 run --node node-a --route-protocol 12", "in place of BIRD, whose routes it takes over")
        .example("$0 run --route-priorities off", "beside nodes that run Calico 3.31 or older")
        .epilogue(
          "SIGTERM and SIGINT end it for good: peers forget our routes. SIGQUIT ends it to be started again: peers keep them.",
        ),
    async (args) => run((await import("../run.js")).run(args)),
  );
  cli.command(
    "lab",
    "Run a network of real speakers in namespaces (on 127.0.0.0/8 without root)",
    (y) =>
      y.options({
        once: { type: "boolean", describe: "Stop after the demonstration", default: false },
        keep: { type: "boolean", describe: "Leave logs and configuration files behind", default: false },
      }),
    async (args) => run((await import("../../lab/run-lab.js")).runLab(args)),
  );
}
