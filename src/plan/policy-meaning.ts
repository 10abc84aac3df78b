import type { Policy, Statement } from "../../rib/policy/policy.js";

const known = new WeakMap<Policy, string>();
const knownStatements = new WeakMap<Statement, string>(); // many sessions share them, and they may be long

/** Text that is the same for policies that decide the same way statement by statement, whatever their names. */
export function policyMeaning(policy: Policy): string {
  let text = known.get(policy);
  if (text === undefined) {
    text = `${policy.statements.map(statementMeaning).join("\n")}\n${policy.otherwise}`;
    known.set(policy, text);
  }
  return text;
}

/** The names of the statements that `policy` has and `other` has not. */
export function statementsOnlyIn(policy: Policy, other: Policy): string {
  const meanings = new Set(other.statements.map(statementMeaning));
  const names = policy.statements.filter((statement) => !meanings.has(statementMeaning(statement))).map(({ name }) => name);
  return names.length === 0 ? "nothing more" : names.join(", ");
}

function statementMeaning(statement: Statement): string {
  const { conditions, modifications, verdict } = statement;
  const text = knownStatements.get(statement) ?? JSON.stringify([conditions, modifications, verdict]);
  knownStatements.set(statement, text);
  return text;
}
