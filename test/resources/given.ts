import { loadTexts } from "../../src/resources/load.js";
import type { ResourceFault } from "../../src/resources/resource-fault.js";

/** One resource as YAML; `spec` is a flow mapping. */
export function resource(kind: string, spec: string, name = kind === "Node" ? "a" : "tor", metadata = ""): string {
  return `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {name: ${name}${metadata}}\nspec: ${spec}\n`;
}

/** Faults of one file, each as `severity: field message remedy`. */
export function faultsOf(...documents: string[]): string[] {
  return loadTexts({ "given.yaml": documents.join("---\n") }).faults.map(faultText);
}

export function faultText({ severity, field, message, remedy }: ResourceFault): string {
  return `${severity}: ${[field, message, remedy].filter(Boolean).join(" ")}`;
}
