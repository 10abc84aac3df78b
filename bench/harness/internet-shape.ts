// What the Internet's tables look like, as counts by value. Facts measured on public data: prefix lengths on the full table of
// June 2026 (901,899 IPv4 and 160,147 IPv6 prefixes), sharing on one session with a full table (AS 3856, 2015: 577,737 routes
// in 89,479 UPDATEs), AS paths and communities on a RouteViews RIB (2014, seen from many peers).

/** Value → how often it was seen. */
export type Counts = Readonly<Record<number, number>>;

export const IPV4_PREFIX_LENGTHS: Counts = {
  ...{ 8: 16, 9: 13, 10: 38, 11: 103, 12: 299, 13: 581, 14: 1203, 15: 2100, 16: 13490, 17: 8235, 18: 13798, 19: 24870 },
  ...{ 20: 42611, 21: 50750, 22: 108623, 23: 96510, 24: 537698, 25: 20, 26: 3, 27: 11, 28: 18, 29: 17, 30: 3, 31: 3, 32: 886 },
};

export const IPV6_PREFIX_LENGTHS: Counts = {
  ...{ 20: 16, 24: 30, 28: 193, 29: 4371, 30: 650, 31: 284, 32: 22548, 33: 2926, 34: 2603, 35: 1043, 36: 5996, 37: 880 },
  ...{ 38: 1617, 39: 1377, 40: 13418, 41: 903, 42: 2301, 43: 1001, 44: 14365, 45: 1553, 46: 3039, 47: 3153, 48: 75488 },
  ...{ 56: 24, 58: 20, 64: 184, 112: 2, 124: 4, 126: 19, 127: 42, 128: 6 },
};

/**
 * Prefixes that share an attribute set. The measured buckets above ten stand at their mean. Sets of more than 500 prefixes
 * (82 of 89,479) are left out: a million prefixes then make about 180,000 sets, as they do today.
 */
export const PREFIXES_PER_SET: Counts = {
  ...{ 1: 44357, 2: 14140, 3: 6998, 4: 4860, 5: 3078, 6: 2171, 7: 1627, 8: 1540, 9: 1082, 10: 839 },
  ...{ 14: 4456, 31: 2783, 69: 878, 191: 591 },
};

/** AS numbers in AS_PATH, the neighbour's included. */
export const AS_PATH_LENGTHS: Counts = {
  ...{ 1: 131, 2: 10679, 3: 73213, 4: 93907, 5: 52216, 6: 19501, 7: 8673, 8: 4003, 9: 2063, 10: 1248, 11: 661, 12: 748 },
  ...{ 13: 902, 14: 911, 15: 521, 16: 405, 17: 112, 18: 38, 20: 21, 22: 13, 27: 6 },
};

export const COMMUNITIES_PER_ROUTE: Counts = {
  ...{ 0: 138002, 1: 30669, 2: 20277, 3: 7447, 4: 12047, 5: 27046, 6: 11226, 7: 6770, 8: 2795, 9: 2865, 10: 4758, 11: 1755 },
  ...{ 12: 985, 13: 1081, 14: 701, 15: 335, 16: 445, 17: 109, 18: 139, 19: 61, 20: 53, 22: 33, 28: 28, 32: 285 },
};

/** ORIGIN's values: IGP, EGP, INCOMPLETE. */
export const ORIGINS: Counts = { 0: 511254, 1: 1744, 2: 64739 };

/** One route in this many carries ATOMIC_AGGREGATE and AGGREGATOR. */
export const ROUTES_PER_AGGREGATE = 15;
