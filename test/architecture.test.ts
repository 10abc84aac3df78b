import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const FOLDERS = ["protocol", "rib", "src"];

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
).filter((name) => name.endsWith(".ts"));
const sources = files.map((file) => ({ file, imports: importsOf(readFileSync(join(ROOT, file), "utf8")) }));

function importsOf(text: string): string[] {
  const statements = text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)";/gm);
  const calls = text.matchAll(/\b(?:import|new URL)\("([\w.@][^"]*)"/g);
  return [...statements, ...calls].map((match) => match[1] as string);
}

/** Imports of our own files, as paths from the root. */
function local(file: string, specifier: string): string {
  return relative(ROOT, resolve(ROOT, dirname(file), specifier));
}

function offenders(inFolder: string, allowed: (target: string) => boolean): string[] {
  return sources
    .filter(({ file }) => file.startsWith(`${inFolder}/`))
    .flatMap(({ file, imports }) =>
      imports
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => local(file, specifier))
        .filter((target) => !allowed(target))
        .map((target) => `${file} imports ${target}`),
    );
}

describe("data flows in one direction", () => {
  test("protocol/ sees only itself", () => expect(offenders("protocol", (target) => target.startsWith("protocol/"))).toEqual([]));

  test("rib/ sees itself and, of protocol/, values, NLRI and attributes: no messages, capabilities or FSM", () => {
    const allowed = /^(rib\/|protocol\/(net|nlri|attributes)\/|protocol\/result\.js$)/;
    expect(offenders("rib", (target) => allowed.test(target))).toEqual([]);
  });

  test("src/ sees nothing of test/ and bench/", () =>
    expect(offenders("src", (target) => /^(protocol|rib|src)\//.test(target))).toEqual([]));
});

describe("each library has one importer", () => {
  test.each([
    ["ip-address", ["protocol/net/text.ts"]],
    ["pino", ["src/observe/logger.ts"]],
    ["pino-pretty", ["src/observe/logger.ts"]],
    ["prom-client", ["src/observe/metrics.ts"]],
    ["yargs", ["src/cli/commands.ts", "src/cli/commands/options.ts"]],
  ])("%s", (library, importers) => {
    const found = sources.filter(({ imports }) => imports.includes(library)).map(({ file }) => file);
    expect(found.sort()).toEqual(importers);
  });

  test("koffi is used in src/sys/ alone", () => {
    const found = sources.filter(({ imports }) => imports.includes("koffi")).map(({ file }) => dirname(file));
    expect(new Set(found)).toEqual(new Set(["src/sys"]));
  });

  test("no library is used that package.json does not name", () => {
    const named = Object.keys(
      (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { dependencies: object }).dependencies,
    );
    const used = sources.flatMap(({ imports }) => imports.filter((name) => !name.startsWith(".") && !name.startsWith("node:")));
    expect([...new Set(used)].filter((name) => !named.includes(name))).toEqual([]);
  });
});

describe("documents tell the truth", () => {
  const documents = ["README.md", "ARCHITECTURE.md", "RFCS.md", "docs/migration.md"];

  test.each(documents)("every path that %s names exists", (document) => {
    const text = readFileSync(join(ROOT, document), "utf8");
    const paths = [
      ...text.matchAll(/\b((?:protocol|rib|src|test|bench|examples|packaging|scripts)\/[\w./{},*-]*[\w/}*])/g),
    ].flatMap((match) => expand(match[1] as string));
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });

  test("every npm script that README.md names exists", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = [
      ...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/npm (?:run )?(start|test|build|bench|corpus|lint)\b/g),
    ].map((match) => match[1] as string);
    expect(named).toContain("start");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** `a/{b,c}.ts` is two paths. */
function expand(path: string): string[] {
  const braces = /^(.*)\{([^}]*)\}(.*)$/.exec(path);
  return braces ? (braces[2] as string).split(",").flatMap((part) => expand(`${braces[1]}${part}${braces[3]}`)) : [path];
}

function exists(path: string): boolean {
  if (!path.includes("*")) return existsSync(join(ROOT, path));
  const pattern = new RegExp(`^${(path.split("/").pop() as string).replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
  const folder = join(ROOT, dirname(path));
  return existsSync(folder) && readdirSync(folder).some((name) => pattern.test(name));
}
