/** One test of a selector over the labels of a node (reference 3.1). */
export type SelectorNode =
  | { readonly type: "all" | "global" }
  | { readonly type: "has"; readonly label: string }
  | { readonly type: "compare"; readonly label: string; readonly operator: CompareOperator; readonly value: string }
  | { readonly type: "set"; readonly label: string; readonly not: boolean; readonly values: readonly string[] }
  | { readonly type: "not"; readonly operand: SelectorNode }
  | { readonly type: "and" | "or"; readonly operands: readonly SelectorNode[] };

export type CompareOperator = "==" | "!=" | "contains" | "starts with" | "ends with";
