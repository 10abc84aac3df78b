import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { faultText, resource } from "./given.js";

const kubernetesNode = (annotations: string, rest = "", labels = "{}") =>
  `apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n  labels: ${labels}\n  annotations: {${annotations}}\n${rest}`;

describe("a Node of Kubernetes", () => {
  test("is read by Calico's annotations, whatever else it has", () => {
    const text = kubernetesNode(
      'projectcalico.org/IPv4Address: 10.0.0.1/24, projectcalico.org/IPv6Address: "fd00::1/64", projectcalico.org/ASNumber: "64513", projectcalico.org/RouteReflectorClusterID: 244.0.0.1, projectcalico.org/IPv4WireguardInterfaceAddr: 10.9.0.1, other/thing: x',
      "spec: {podCIDR: 10.1.0.0/24, podCIDRs: [10.1.0.0/24, 'fd01::/64'], taints: []}\nstatus: {capacity: {cpu: 2}}\n",
    );
    const { set, faults } = loadTexts({ "n.yaml": text });
    expect(faults).toEqual([]);
    const { bgp, wireguardIpv4, podCidrs } = set.nodes.get("a")!.spec;
    expect(
      [bgp?.ipv4?.address, bgp?.ipv4?.network, bgp?.ipv6?.address, bgp?.asNumber, wireguardIpv4, ...podCidrs].map(String),
    ).toEqual(["10.0.0.1", "10.0.0.0/24", "fd00::1", "64513", "10.9.0.1", "10.1.0.0/24", "fd01::/64"]);
    expect(bgp?.routeReflectorClusterId).toBe(0xf4000001);
  });

  test("without annotations has no BGP", () =>
    expect(loadTexts({ "n.yaml": kubernetesNode("") }).set.nodes.get("a")?.spec.bgp).toBeNull());

  test.each([
    ["ASNumber: abc", "asNumber"],
    ["IPv4Address: 10.0.0.256/24", "ipv4"],
    ['IPv4Address: "fd00::1"', "ipv4"],
    ["RouteReflectorClusterID: x", "routeReflectorClusterId"],
  ] as const)("counts the annotation %s as absent, with a warning", (annotation, field) => {
    const { set, faults } = loadTexts({
      "n.yaml": kubernetesNode(`projectcalico.org/IPv6Address: "fd00::1", projectcalico.org/${annotation}`),
    });
    expect(set.nodes.get("a")?.spec.bgp?.[field]).toBeNull();
    expect(faults.map(faultText)).toEqual([
      expect.stringMatching(/^warning: metadata.annotations\["projectcalico.org\/.*the annotation is ignored/),
    ]);
  });

  test("has Calico's labels from their annotation, where its own win", () => {
    const text = kubernetesNode(`projectcalico.org/labels: '{"rack":"1","x":"calico"}'`, "", "{x: kubernetes}");
    expect([...loadTexts({ "n.yaml": text }).set.nodes.get("a")!.labels]).toEqual([
      ["rack", "1"],
      ["x", "kubernetes"],
    ]);
  });

  test("and Calico's of the same name are one: Calico's spec, the labels of both", () => {
    const calico = resource("Node", "{bgp: {ipv4Address: 10.0.0.9/24}}", "a", ", labels: {rack: r, x: calico}");
    const kubernetes = kubernetesNode(
      "projectcalico.org/IPv4Address: 10.0.0.1/24",
      "spec: {podCIDRs: [10.1.0.0/24]}\n",
      "{x: kubernetes}",
    );
    for (const texts of [
      { "1.yaml": calico, "2.yaml": kubernetes },
      { "1.yaml": kubernetes, "2.yaml": calico },
    ]) {
      const { set, faults } = loadTexts(texts);
      expect(faults).toEqual([]);
      const node = set.nodes.get("a")!;
      expect(String(node.spec.bgp?.ipv4?.address)).toBe("10.0.0.9");
      expect(node.spec.podCidrs.map(String)).toEqual(["10.1.0.0/24"]);
      expect(new Map(node.labels)).toEqual(
        new Map([
          ["rack", "r"],
          ["x", "kubernetes"],
        ]),
      );
    }
  });
});
