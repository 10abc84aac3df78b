import { describe, expect, test } from "vitest";
import { type Loaded, loadTexts } from "../../src/resources/load.js";
import { faultText } from "./given.js";

const load = (...documents: readonly string[]): Loaded => loadTexts({ "s.yaml": documents.join("---\n") });
const texts = ({ faults }: Loaded) => faults.map(faultText);

function service(spec: string, name = "web", metadata = "", rest = ""): string {
  return `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}${metadata}}\nspec: ${spec}\n${rest}`;
}

function slice(rest: string, metadata = "{name: web-x7, labels: {kubernetes.io/service-name: web}}"): string {
  return `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: ${metadata}\n${rest}\n`;
}

describe("a Service of Kubernetes", () => {
  const specOf = (loaded: Loaded, name = "default/web") => loaded.set.services.get(name)?.spec;

  test("is read as kubectl prints it, whatever else it has", () => {
    const loaded = load(
      `apiVersion: v1
kind: Service
metadata:
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
  creationTimestamp: "2026-01-01T00:00:00Z"
  name: web
  namespace: shop
  resourceVersion: "7"
  uid: 0b0e
spec:
  allocateLoadBalancerNodePorts: true
  clusterIP: 10.96.0.11
  clusterIPs: [10.96.0.11, "fd00:96::b"]
  externalIPs: [50.1.0.5]
  externalTrafficPolicy: Local
  healthCheckNodePort: 30100
  internalTrafficPolicy: Cluster
  ipFamilies: [IPv4, IPv6]
  ipFamilyPolicy: RequireDualStack
  loadBalancerIP: 80.15.0.1
  ports: [{name: http, nodePort: 30080, port: 80, protocol: TCP, targetPort: 8080}]
  selector: {app: web}
  sessionAffinity: None
  type: LoadBalancer
status:
  loadBalancer: {ingress: [{ip: 80.15.0.1, ipMode: VIP}, {hostname: lb.example}]}
`,
    );
    expect(texts(loaded)).toEqual([]);
    const found = loaded.set.services.get("shop/web")!;
    const { clusterIps, externalIps, loadBalancerIp, ingressIps, ...rest } = found.spec;
    expect([...clusterIps, ...externalIps, loadBalancerIp, ...ingressIps].map(String)).toEqual([
      "10.96.0.11",
      "fd00:96::b",
      "50.1.0.5",
      "80.15.0.1",
      "80.15.0.1",
    ]);
    expect(rest).toEqual({ type: "LoadBalancer", ipFamilies: [4, 6], externalTrafficPolicy: "Local" });
    expect(found.cause).toEqual({ kind: "Service", name: "shop/web", file: "s.yaml", line: 1 });
  });

  test("has what the API server would fill in: type, families, the policy of what is exposed", () => {
    expect(specOf(load(service('{clusterIP: "fd00:96::b"}')))).toMatchObject({
      type: "ClusterIP",
      ipFamilies: [6],
      externalTrafficPolicy: null,
    });
    expect(specOf(load(service("{type: NodePort, clusterIPs: [10.96.0.1]}")))).toMatchObject({
      externalTrafficPolicy: "Cluster",
    });
  });

  test.each(["{clusterIP: None}", "{clusterIPs: [None]}", '{clusterIP: ""}', "{type: ExternalName, externalName: a.example}"])(
    "without an address of its own has none: %s",
    (spec) => expect(specOf(load(service(spec)))?.clusterIps).toEqual([]),
  );

  test("of one name may be in every namespace, once in each; without one it is in default", () => {
    const loaded = load(service("{}"), service("{}", "web", ", namespace: shop"));
    expect(texts(loaded)).toEqual([]);
    expect([...loaded.set.services.keys()]).toEqual(["default/web", "shop/web"]);
    expect(texts(load(service("{}"), service("{}", "web", ", namespace: default")))).toEqual([
      expect.stringMatching(/^error: metadata.name there is another Service of this name at s.yaml:3 remove or rename/),
    ]);
  });

  test.each([
    ["{clusterIP: 10.96.0}", /^error: spec.clusterIP /],
    ["{clusterIP: none}", /^error: spec.clusterIP /],
    ["{clusterIPs: [10.96.0.1, fd00]}", /^error: spec.clusterIPs\[1\] /],
    ["{clusterIP: 10.96.0.1, clusterIPs: [10.96.0.2]}", /clusterIPs begins with 10.96.0.2, but clusterIP is 10.96.0.1/],
    ["{ipFamilies: [ipv4]}", /^error: spec.ipFamilies\[0\] "ipv4" is not allowed did you mean IPv4\?/],
    ["{type: Loadbalancer}", /^error: spec.type .* did you mean LoadBalancer\?/],
    ["{externalTrafficPolicy: local}", /^error: spec.externalTrafficPolicy .* did you mean Local\?/],
    ["{externalIPs: 50.1.0.5}", /^error: spec.externalIPs must be a list/],
    ["{externalIPs: [50.1.0.0/24]}", /^error: spec.externalIPs\[0\] /],
    ["{loadBalancerIP: lb.example}", /^error: spec.loadBalancerIP /],
  ])("is refused for %s", (spec, pattern) => expect(texts(load(service(spec)))).toEqual([expect.stringMatching(pattern)]));

  test("is refused with the place of the fault, under its full name", () => {
    const { faults } = load(
      service("{}", "web", ", namespace: shop", "status: {loadBalancer: {ingress: [{ip: 80.15.0.1}, {ip: 80.15.0}]}}\n"),
    );
    expect(faults).toMatchObject([
      { severity: "error", kind: "Service", name: "shop/web", field: "status.loadBalancer.ingress[1].ip", line: 5, column: 57 },
    ]);
  });

  test("needs a spec and a namespace that can be one", () => {
    expect(texts(load("apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"))).toEqual(["error: spec is required"]);
    expect(texts(load(service("{}", "web", ", namespace: a/b")))).toEqual([
      expect.stringMatching(/^error: metadata.namespace "a\/b"/),
    ]);
  });

  test("of Knative is another kind, and ignored with a warning", () =>
    expect(texts(load(service("{}").replace("v1", "serving.knative.dev/v1")))).toEqual([
      expect.stringMatching(/^warning: kind Service of serving.knative.dev\/v1 is no kind we know/),
    ]));
});

describe("an EndpointSlice of Kubernetes", () => {
  const specOf = (loaded: Loaded, name = "default/web-x7") => loaded.set.endpointSlices.get(name)?.spec;

  test("is read as kubectl prints it, whatever else it has", () => {
    const loaded = load(`addressType: IPv4
apiVersion: discovery.k8s.io/v1
endpoints:
- addresses: [10.244.1.5]
  conditions: {ready: true, serving: true, terminating: false}
  nodeName: n1
  targetRef: {kind: Pod, name: web-1, namespace: shop}
- addresses: [10.244.2.5]
  conditions: {ready: false, serving: true, terminating: true}
  nodeName: n2
- addresses: [10.244.3.5]
  hints: {forZones: [{name: z1}]}
  nodeName: n3
kind: EndpointSlice
metadata:
  generateName: web-
  labels: {endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io, kubernetes.io/service-name: web}
  name: web-x7
  namespace: shop
  ownerReferences: [{apiVersion: v1, kind: Service, name: web}]
ports: [{name: http, port: 8080, protocol: TCP}]
`);
    expect(texts(loaded)).toEqual([]);
    expect(specOf(loaded, "shop/web-x7")).toEqual({
      service: "shop/web",
      ipVersion: 4,
      isReady: true,
      readyOn: ["n1", "n3"],
    });
  });

  test("may have no endpoints, endpoints without a node, host names, and no Service", () => {
    const none = { service: "default/web", ipVersion: 6, isReady: false, readyOn: [] };
    expect(specOf(load(slice("addressType: IPv6\nendpoints: null")))).toEqual(none);
    expect(specOf(load(slice("addressType: IPv6\nendpoints: [{addresses: [x]}]")))).toEqual({ ...none, isReady: true });
    expect(specOf(load(slice("addressType: FQDN")))?.ipVersion).toBeNull();
    expect(specOf(load(slice("addressType: IPv4", "{name: web-x7}")))?.service).toBeNull();
  });

  test("comes in a list of kubectl together with its Service", () => {
    const items = [service("{clusterIP: 10.96.0.1}"), slice("addressType: IPv4")];
    const indented = items.map((item) => `- ${item.trimEnd().replaceAll("\n", "\n  ")}\n`).join("");
    const loaded = load(`apiVersion: v1\nkind: List\nmetadata: {resourceVersion: ""}\nitems:\n${indented}`);
    expect(texts(loaded)).toEqual([]);
    expect([loaded.set.services.size, loaded.set.endpointSlices.size]).toEqual([1, 1]);
  });

  test.each([
    ["endpoints: []", /^error: addressType is required/],
    ["addressType: ipv4", /^error: addressType "ipv4" is not allowed did you mean IPv4\?/],
    ["addressType: IPv4\nendpoints: {}", /^error: endpoints must be a list/],
    [
      "addressType: IPv4\nendpoints: [{conditions: {ready: sure}}]",
      /^error: endpoints\[0\].conditions.ready "sure" is no boolean/,
    ],
    ["addressType: IPv4\nendpoints: [{nodeName: [n1]}]", /^error: endpoints\[0\].nodeName must be a single value/],
  ])("is refused for %j", (rest, pattern) => expect(texts(load(slice(rest)))).toEqual([expect.stringMatching(pattern)]));

  test("of an apiVersion that Kubernetes has given up is an error, as it would be missed", () =>
    expect(load(slice("addressType: IPv4").replace("io/v1", "io/v1beta1")).faults).toMatchObject([
      { severity: "error", field: "apiVersion", allowed: "discovery.k8s.io/v1" },
    ]));
});
