import { DEFAULT_HOLD_TIME_SECONDS, type FamilyName, familyOf, type Neighbor, type SpeakerOptions } from "./speaker.js";

/** A bgpd.conf (FRR 8) for these options. */
export function frrConfiguration(options: SpeakerOptions): string {
  const lines = [
    "frr defaults traditional",
    `router bgp ${options.asNumber}`,
    ` bgp router-id ${options.routerId}`,
    " no bgp ebgp-requires-policy",
    " no bgp network import-check",
    " no bgp default ipv4-unicast",
    ...gracefulRestart(options),
    ...(options.neighbors.some(({ localAddress }) => localAddress.startsWith("127.")) ? [" bgp allow-martian-nexthop"] : []),
    ...options.neighbors.flatMap(neighborLines),
    ...addressFamily("ipv4", options),
    ...addressFamily("ipv6", options),
    ...options.neighbors.flatMap(({ prependAs }) => (prependAs === undefined ? [] : prependLines(prependAs))),
  ];
  return `${lines.join("\n")}\n`;
}

/** Without these lines FRR helps others, and does not restart gracefully itself. */
function gracefulRestart({ restartTimeSeconds }: SpeakerOptions): readonly string[] {
  if (restartTimeSeconds === undefined) return [];
  return [
    " bgp graceful-restart",
    " bgp graceful-restart preserve-fw-state",
    ` bgp graceful-restart restart-time ${restartTimeSeconds}`,
  ];
}

function neighborLines(neighbor: Neighbor): readonly string[] {
  const hold = neighbor.holdTimeSeconds ?? DEFAULT_HOLD_TIME_SECONDS;
  const words = [
    `remote-as ${neighbor.asNumber}`,
    `update-source ${neighbor.localAddress}`,
    `timers ${Math.max(1, Math.floor(hold / 3))} ${hold}`,
    "timers connect 2",
    ...distance(neighbor),
    ...(neighbor.port === undefined ? [] : [`port ${neighbor.port}`]),
    ...(neighbor.passive === true ? ["passive"] : []),
    ...(neighbor.password === undefined ? [] : [`password ${neighbor.password}`]),
  ];
  return words.map((word) => ` neighbor ${neighbor.address} ${word}`);
}

function distance({ hops, ttlSecurityHops }: Neighbor): readonly string[] {
  if (ttlSecurityHops !== undefined) return [`ttl-security hops ${ttlSecurityHops}`];
  return hops === undefined ? ["disable-connected-check"] : [`ebgp-multihop ${hops}`];
}

function prependMap(asNumber: number): string {
  return `prepend-${asNumber}`;
}

function prependLines(asNumber: number): readonly string[] {
  return [`route-map ${prependMap(asNumber)} permit 10`, ` set as-path prepend ${asNumber}`, "exit"];
}

function addressFamily(family: FamilyName, options: SpeakerOptions): readonly string[] {
  const neighbors = options.neighbors.filter((neighbor) => familyOf(neighbor.address) === family);
  return [
    ` address-family ${family} unicast`,
    ...(options.networks ?? []).filter((prefix) => familyOf(prefix) === family).map((prefix) => `  network ${prefix}`),
    ...neighbors.flatMap((neighbor) => [
      `  neighbor ${neighbor.address} activate`,
      ...(neighbor.prependAs === undefined
        ? []
        : [`  neighbor ${neighbor.address} route-map ${prependMap(neighbor.prependAs)} out`]),
      ...(neighbor.addPath === true ? [`  neighbor ${neighbor.address} addpath-tx-all-paths`] : []),
      ...(neighbor.rrClient === true ? [`  neighbor ${neighbor.address} route-reflector-client`] : []),
    ]),
    " exit-address-family",
  ];
}
