/**
 * Messages captured on the loopback from other daemons, whole, header included. The peer was AS 65009 with the
 * capabilities multiprotocol IPv4 and IPv6, route refresh, four-octet AS numbers; for BIRD also ADD-PATH (receive, IPv4);
 * for FRR AS 65001, so that session is internal.
 */

/** BIRD 2.0.12, AS 4200000001, two static IPv4 routes, `add paths tx`, one static IPv6 route. */
export const BIRD = {
  open: "ffffffffffffffffffffffffffffffff004101045ba000f0c00002012402220104000100010104000200010200400200784104fa56ea0145040001010246004700",
  keepalive: "ffffffffffffffffffffffffffffffff001304",
  updateWithPathIds:
    "ffffffffffffffffffffffffffffffff005d0200000035400101004002060201fa56ea01400304c0000201c00804fde90064c010080002fde900000007c0200c0000fde900000001000000020000000219c63364000000000218cb0071",
  endOfRibIpv4: "ffffffffffffffffffffffffffffffff00170200000000",
  updateIpv6:
    "ffffffffffffffffffffffffffffffff004b0200000034900e001c0002011020010db8000000000000000000000001003020010db80001400101004002060201fa56ea0180040400000032",
  endOfRibIpv6: "ffffffffffffffffffffffffffffffff001d0200000006800f03000201",
} as const;

/** FRR 8.4.4 (bgpd), AS 65001, internal, with an aggregate. It uses Extended Length for an empty AS_PATH. */
export const FRR = {
  open: "ffffffffffffffffffffffffffffffff00710104fde900b4c00002035402060104000100010206010400020001020280000202020002024600020641040000fde902020600020a450800010101000201010206490402766d0002044002c0780210470e0001018000000000020180000000",
  updateIpv6:
    "ffffffffffffffffffffffffffffffff004d0200000036900e001c0002011020010db8000000000000000000000003003020010db8000340010100500200008004040000000040050400000064",
  updateWithCommunities:
    "ffffffffffffffffffffffffffffffff0048020000002840010100500200004003047f0000018004040000001e40050400000064c00808fde900c8ffffff0119c000028018cb0071",
  updateOfAggregate:
    "ffffffffffffffffffffffffffffffff0046020000002b40010100500200004003047f0000018004040000000040050400000064400600c007080000fde9c000020316cb0070",
} as const;

/** GoBGP 3.10.0, AS 65003, routes added with `gobgp global rib add`. NEXT_HOP comes after LARGE_COMMUNITY. */
export const GOBGP = {
  open: "ffffffffffffffffffffffffffffffff00410104fdeb005ac00002042402220200490402766d0001040001000101040002000141040000fdeb0506000100010002",
  updateOutOfOrder:
    "ffffffffffffffffffffffffffffffff005402000000394001010240020e02030000fdeb0000fe4c0000fe4d80040400000005c00804fdeb0001c0200c0000fdeb0000000100000002400304c000020418cb0071",
  updateIpv6:
    "ffffffffffffffffffffffffffffffff0043020000002c4001010240020602010000fdeb800e1c0002011020010db8000000000000000000000004003020010db80004",
} as const;
