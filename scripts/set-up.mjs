// What `npm start` and `npm test` do first: the right Node, the dependencies, the build. No dependencies of its own.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

/** Says a line about the set-up. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Says why it cannot go on, and ends with exit code 1. */
export function giveUp(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

export function checkNode() {
  const wanted = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).engines.node.replace(">=", "");
  const [major, minor] = wanted.split(".").map(Number);
  const [ourMajor, ourMinor] = process.versions.node.split(".").map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return;
  giveUp(`Node ${process.versions.node} is too old: Peregrine needs ${wanted} or later. See https://nodejs.org/en/download`);
}

/** Runs `npm ci` unless the dependencies are there and no older than the lock file. */
export function installDependencies() {
  const installed = join(ROOT, "node_modules", ".package-lock.json");
  if (existsSync(installed) && modified(installed) >= modified(join(ROOT, "package-lock.json"))) return;
  step("Installing dependencies (npm ci)", "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}

/** Compiles a TypeScript project and those it refers to, unless nothing has changed since the last time. */
export function build(project) {
  const stamp = join(ROOT, "dist", `.built-${project === "." ? "all" : project}`);
  if (existsSync(stamp) && sources().every((file) => modified(file) <= modified(stamp))) return;
  const begun = new Date();
  step("Compiling (tsc -b)", process.execPath, [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-b", project]);
  writeFileSync(stamp, "");
  utimesSync(stamp, begun, begun); // a file edited while the compiler ran is newer
}

/** Runs one step of the set-up with its output shown; a failure ends everything. */
export function step(title, command, args) {
  const begun = Date.now();
  say(`${title} …`);
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
  if (error !== undefined) giveUp(`${title}: ${error.message}`);
  if (status !== 0) giveUp(`${title} failed (exit code ${status}): ${command} ${args.join(" ")}`);
  say(`${title}: done in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}

function sources() {
  const folders = ["protocol", "rib", "src", "test", "bench"].flatMap(filesUnder).filter((file) => /\.(ts|json)$/.test(file));
  return [...folders, join(ROOT, "tsconfig.json"), join(ROOT, "package-lock.json")];
}

/** Paths of all files under a folder of the repository. */
export function filesUnder(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function modified(file) {
  return statSync(file).mtimeMs;
}
