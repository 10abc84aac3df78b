// Code points of the kernel's <linux/netlink.h>, <linux/rtnetlink.h>, <linux/if_link.h> and <linux/if_addr.h>.

export const MessageType = {
  Error: 2,
  Done: 3,
  NewLink: 16,
  DelLink: 17,
  GetLink: 18,
  NewAddress: 20,
  DelAddress: 21,
  GetAddress: 22,
  NewRoute: 24,
  DelRoute: 25,
  GetRoute: 26,
} as const;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_CAPPED = 0x100; // of an error
export const NLM_F_ACK_TLVS = 0x200; // of an error
export const NLM_F_REPLACE = 0x100; // of a new route
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_DUMP = 0x300; // of a get

export const RouteAttribute = {
  Destination: 1,
  OutInterface: 4,
  Gateway: 5,
  Priority: 6,
  PreferredSource: 7,
  Multipath: 9,
  Table: 15,
  Via: 18,
} as const;

export const RouteType = { Unicast: 1, Blackhole: 6 } as const;

/** rtm_protocol: who made a route. */
export const RouteProtocol = { Redirect: 1, Kernel: 2, Bird: 12 } as const;

export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_LINK = 253;
export const RT_SCOPE_NOWHERE = 255;

export const RTNH_F_ONLINK = 4;
export const RTM_F_CLONED = 0x200;

export const AF_INET = 2;
export const AF_INET6 = 10;

export const IFLA_IFNAME = 3;
export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
export const IFF_UP = 0x1;
export const IFF_LOWER_UP = 0x10000;

/** Octets of the fixed headers: nlmsghdr, rtmsg, rtattr, rtnexthop, ifinfomsg, ifaddrmsg. */
export const MESSAGE_HEADER = 16;
export const ROUTE_HEADER = 12;
export const ATTRIBUTE_HEADER = 4;
export const HOP_HEADER = 8;
export const LINK_HEADER = 16;
export const ADDRESS_HEADER = 8;

/** Every netlink message and attribute begins at a multiple of four octets. */
export function align4(length: number): number {
  return (length + 3) & ~3;
}
