import { mustRun } from "../../src/lab/command.js";

/** Every route of this machine, as text, without the seconds that a route by router advertisement has left. */
export async function machineRoutes(): Promise<string> {
  return (await mustRun("ip", ["route", "show", "table", "all"])).replaceAll(/ expires \d+sec/g, "");
}
