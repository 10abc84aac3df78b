/** A program that writes numbers into its explanations must not fill our memory. */
const MAX_TEXTS = 1000;

/** Why the kernel refused routes: each text once, as a number that fits a column. 0 is no error. */
export class ErrorTexts {
  readonly #texts = ["", "refused for one of too many reasons to keep"];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length >= MAX_TEXTS) return 1;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  text(error: number): string {
    return this.#texts[error];
  }
}
