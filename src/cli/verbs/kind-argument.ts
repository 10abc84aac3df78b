import { type KindName, kindOfAlias, nearestAlias } from "../../resources/kind-names.js";
import { CommandFailure } from "../fail.js";

/** @throws CommandFailure in calicoctl's words */
export function kindArgument(word: string): KindName {
  const kind = kindOfAlias(word);
  if (kind) return kind;
  const meant = nearestAlias(word);
  throw new CommandFailure(`resource type '${word}' is not supported${meant ? `; did you mean ${meant}?` : ""}`);
}
