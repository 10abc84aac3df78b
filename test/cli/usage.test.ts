import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { commandLine, peregrine } from "../daemon/support.js";

const RUN = ["run", "--node", "n1", "--resources", "."];

describe("a command line that cannot be meant: exit code 2, what is wrong and where to look, nothing on stdout", () => {
  test.each([
    [[], "Name a command."],
    [["frobnicate"], "Unknown argument: frobnicate"],
    [["stauts"], "Did you mean status?"],
    [["status", "--frob"], "Unknown argument: frob"],
    [["node", "show"], 'Choices: "status"'],
    [["explain"], "Not enough non-option arguments"],
    [["validate"], "Name a directory, or a file with -f."],
    [["validate", ".", "-f", "x"], "Name a directory, or a file with -f."],
    [["get"], "Name a kind, or a file with -f."],
    [["get", "node", "-f", "x"], "mutually exclusive"],
    [["get", "nodes", "-l", "rack ="], "--selector: "],
    [["create"], "Missing required argument: filename"],
    [["delete"], "Name a kind, or a file with -f."],
    [["delete", "nodes"], "Name at least one resource."],
    [["patch", "node", "n"], "Missing required argument: patch"],
    [["patch", "node", "n", "-p", "{}", "-t", "x"], 'Choices: "strategic", "merge", "json"'],
    [["label", "node", "n"], "Not enough non-option arguments"],
    [["label", "node", "n", "a=b", "--remove", "--overwrite"], "exclude each other"],
    [["routes", "--in", "192.0.2.1", "--out", "192.0.2.2"], "mutually exclusive"],
    [["routes", "--in", "192.0.2.1", "--kernel"], "mutually exclusive"],
    [["status", "-o", "xml"], 'Choices: "table", "wide", "json", "yaml"'],
    [["decode", "--peer", "x"], 'Choices: "ebgp", "ibgp"'],
    [["status", "--control", "a", "--control", "b"], "--control is given more than once"],
    [[...RUN, "--port", "abc"], "--port: NaN is not a number from 1 to 65535"],
    [[...RUN, "--port", "0"], "--port: 0 is not a number from 1 to 65535"],
    [[...RUN, "--port", "179.5"], "--port: 179.5 is not"],
    [[...RUN, "--route-protocol", "256"], "--route-protocol: 256 is not a number from 1 to 255"],
    [[...RUN, "--listen", "localhost"], '--listen: "localhost" is no'],
    [[...RUN, "--api", "9179"], "write ADDR:PORT or [ADDR6]:PORT"],
    [[...RUN, "--api", "127.0.0.1:99999"], "--api: 99999 is not a number from 1 to 65535"],
    [[...RUN, "--kernel", "perhaps"], 'Choices: "on", "off", "observe"'],
  ])("%j", async (words, message) => {
    const { code, stdout, stderr } = await commandLine(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/See "peregrine --help"\.\n$/);
  });

  test.each([
    [{ PEREGRINE_KERNEL: "perhaps" }, 'Choices: "on", "off", "observe"'],
    [{ PEREGRINE_STRICT_SECRETS: "yes" }, "PEREGRINE_STRICT_SECRETS: yes is not true or false"],
  ])("environment %j", async (environment, message) => {
    const { code, stderr } = await peregrine(RUN, "", environment);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

test.each([["status"], ["node", "status"], ["peer"], ["routes"], ["explain", "10.0.0.0/8"]])(
  "%s without a daemon: exit code 1, and how to start or name one",
  async (...words) => {
    const { code, stdout, stderr } = await commandLine([...words.filter(Boolean), "--control", "/nowhere/control.sock"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^No peregrine daemon answers at \/nowhere\/control\.sock\. Start it .*--control PATH\.\n$/);
  },
);

test("--version and --help are answers: exit code 0, on stdout", async () => {
  const [version, help] = await Promise.all([peregrine(["--version"]), peregrine(["status", "--help"])]);
  expect(version).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("--control"), stderr: "" });
});

test("every command that README.md types or names is one", async () => {
  const { stdout: help } = await peregrine(["--help"]);
  const commands = new Set([...help.matchAll(/^ {2}peregrine ([a-z]+)/gm)].map(([, command]) => command));
  const text = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const named = [...text.matchAll(/(?:^[\w-]*[$#] |`|\$\()peregrine ([a-z]+(?:\\\|[a-z]+)*)/gm)].flatMap(([, words]) =>
    words!.split("\\|"),
  );
  expect(new Set(named).size).toBeGreaterThan(10);
  expect(named.filter((command) => !commands.has(command))).toEqual([]);
});
