import { err, ok, type Result } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import { found } from "./scalars.js";

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, μs: 1e-6, ns: 1e-9 };

/** A duration in the notation of Go, e.g. "1m30s"; whole seconds from `least` to `most`. */
export function duration(least: number, most: number): ParseValue<number> {
  const allowed = `a time such as "90s", "2m" or "1m30s", from ${least}s to ${most}s`;
  return (scalar) => {
    if (scalar.type === "integer" || scalar.type === "float") {
      return err({ message: `${scalar.written} has no unit`, allowed, remedy: `write ${scalar.written}s` });
    }
    const seconds = parseDuration(scalar.written);
    if (!seconds.ok || seconds.value < least || seconds.value > most)
      return err({ message: `${found(scalar.written)} is not allowed`, allowed });
    return seconds;
  };
}

/** @returns whole seconds, rounded half away from zero */
export function parseDuration(text: string): Result<number, string> {
  const number = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|μs|ns))+|0)$/.exec(text);
  if (!number) return err(`"${text}" is no duration`);
  let seconds = 0;
  for (const [, amount, unit] of number[2]!.matchAll(/(\d+\.?\d*|\.\d+)([a-zµμ]+)/g)) seconds += Number(amount) * SECONDS[unit!]!;
  const rounded = Math.floor(seconds + 0.5 + 1e-9); // 0.5 may come out a hair below
  return ok(number[1] === "-" && rounded > 0 ? -rounded : rounded);
}
