/** Interface name patterns in which `*` stands for any text; answers are remembered by name. */
export class GlobSet {
  readonly #patterns: readonly RegExp[];
  readonly #answers = new Map<string, boolean>();
  #lastName: string | null = null;
  #lastAnswer = false;

  constructor(globs: readonly string[]) {
    this.#patterns = globs.map(patternOf);
  }

  /** True when one of the patterns matches the whole name. No name matches nothing. */
  matches(name: string | null): boolean {
    if (name === null) return false;
    if (name === this.#lastName) return this.#lastAnswer;
    const answer = this.#answers.get(name) ?? this.#ask(name);
    this.#lastName = name;
    this.#lastAnswer = answer;
    return answer;
  }

  #ask(name: string): boolean {
    const answer = this.#patterns.some((pattern) => pattern.test(name));
    if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear(); // a node may make workload interfaces for years
    this.#answers.set(name, answer);
    return answer;
  }
}

const MOST_ANSWERS = 4096;

function patternOf(glob: string): RegExp {
  const parts = glob.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
