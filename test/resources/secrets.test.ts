import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { renderFaults } from "../../src/resources/render-fault.js";
import { SecretValue } from "../../src/resources/secret-value.js";
import { faultText } from "./given.js";

const secret = (body: string, metadata = "") => `apiVersion: v1\nkind: Secret\nmetadata: {name: s${metadata}}\n${body}\n`;
const revealed = (text: string) => loadTexts({ "s.yaml": text }).set.secrets.get("s")?.spec.values.get("k")?.reveal();

describe("a Secret", () => {
  test("has base64 in data", () => expect(revealed(secret("data: {k: cGFzc3dvcmQ=}"))).toBe("password"));
  test("has plain text in stringData, which wins", () =>
    expect(revealed(secret("data: {k: cGFzc3dvcmQ=}\nstringData: {k: other}"))).toBe("other"));
  test("keeps base64 that looks like a number", () =>
    expect(revealed(secret("data: {k: 1234}"))).toBe(Buffer.from("1234", "base64").toString()));
  test("may have a type, and be of the agent's namespace", () =>
    expect(revealed(secret("type: Opaque\nstringData: {k: pw}", ", namespace: kube-system"))).toBe("pw"));

  test.each([
    ["base64 that is none", "data: {k: hunter2!}", /error: data.k is no base64/],
    ["a number as text", "stringData: {k: 0123}", /error: stringData.k is no text put the value in quotes/],
    ["a line break at the end", `data: {k: ${Buffer.from("pw\n").toString("base64")}}`, /warning: data.k ends with a line break/],
    ["an unknown field", "stringDatas: {k: hunter2}", /error: stringDatas unknown field did you mean "stringData"/],
  ])("is told of %s", (_what, body, message) => {
    expect(faultText(loadTexts({ "s.yaml": secret(body) }).faults[0]!)).toMatch(message);
  });

  test("of another namespace is left out with a warning", () => {
    const { set, faults } = loadTexts({ "s.yaml": secret("stringData: {k: pw}", ", namespace: default") });
    expect(set.secrets.size).toBe(0);
    expect(faults.map(faultText)).toEqual([
      "warning: metadata.name a Secret of the namespace default is not used passwords are looked for in kube-system",
    ]);
  });

  test("of the namespace asked for is used", () => {
    const { set } = loadTexts({ "s.yaml": secret("stringData: {k: pw}", ", namespace: bgp") }, { namespace: "bgp" });
    expect(set.secrets.size).toBe(1);
  });

  test("that a password refers to and is not there is a warning", () => {
    const peer =
      "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: p}\nspec: {peerIP: 1.2.3.4, asNumber: 1, password: {secretKeyRef: {name: s, key: k}}}\n";
    const told = (text: string) => loadTexts({ "p.yaml": peer, "s.yaml": text }).faults.map(faultText);
    expect(told("")[0]).toMatch(/^warning: spec.password there is no Secret named "s": there will be no password/);
    expect(told(secret("stringData: {other: x}"))[0]).toMatch(/^warning: spec.password the Secret s has no key k/);
    expect(told(secret("stringData: {k: x}"))).toEqual([]);
  });
});

describe("a secret value never shows", () => {
  const value = new SecretValue("hunter2");

  test("in text, JSON or inspection", () => {
    const shown = [
      String(value),
      `${value}`,
      JSON.stringify({ value }),
      inspect(value),
      inspect({ deep: [value] }),
      Object.values(value).join(),
    ];
    expect(shown.join()).not.toContain("hunter2");
    expect(value.reveal()).toBe("hunter2");
  });

  test("in its digest, which tells equal values from others", () => {
    expect(value.digest()).toBe(new SecretValue("hunter2").digest());
    expect(value.digest()).not.toBe(new SecretValue("hunter3").digest());
    expect(value.digest()).not.toContain("hunter2");
  });

  test.each([
    ["wrong base64", secret("data:\n  k: hunter2!")],
    ["an unknown field beside it", secret("stringData: {k: hunter2}, nope: 1")],
    ["an unknown field in its line", `{apiVersion: v1, kind: Secret, metadata: {name: s}, stringDatas: {k: hunter2}}`],
    ["a field that is no object", secret("stringData: hunter2")],
    ["a list as a value", secret("stringData: {k: [hunter2]}")],
    ["a broken line of YAML", secret('stringData:\n  k: "hunter2\n  j: x')],
    ["a tab", secret("stringData:\n\tk: hunter2")],
    ["a misspelt kind", secret("stringData: {k: hunter2}").replace("kind: Secret", "kind: Secrett")],
    [
      "a password written into the peer",
      "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: p}\nspec: {peerIP: 1.2.3.4, asNumbr: 1, password: hunter2}",
    ],
    [
      "a password written into the reference",
      "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: p}\nspec:\n  password: {secretKeyRef: hunter2}",
    ],
    [
      "a bad neighbour in one line of JSON",
      JSON.stringify({
        apiVersion: "v1",
        kind: "List",
        items: [
          { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { k: "hunter2" } },
          { apiVersion: "v1", kind: "Node", metadata: { nam: "x" } },
        ],
      }),
    ],
  ])("in the faults: %s", (_what, text) => {
    const { faults } = loadTexts({ "s.yaml": text });
    expect(faults.length).toBeGreaterThan(0);
    expect(renderFaults(faults) + JSON.stringify(faults)).not.toContain("hunter2");
  });
});
