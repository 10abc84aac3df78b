import { gather, type Loaded } from "../gather.js";
import { type ParsedFile, parseFile } from "../parse-file.js";
import type { ResourceTexts } from "./resource-texts.js";

/** Loads texts that change a little from time to time, as the daemon loads the directory they will be in. */
export class SetCheck {
  readonly #namespace: string;
  #parsed = new Map<string, { readonly text: string; readonly file: ParsedFile }>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  load(texts: ResourceTexts): Loaded {
    const parsed = new Map<string, { readonly text: string; readonly file: ParsedFile }>();
    for (const [path, text] of texts.texts()) {
      const before = this.#parsed.get(path);
      parsed.set(path, before?.text === text ? before : { text, file: parseFile(path, text) });
    }
    this.#parsed = parsed;
    return gather(
      [...parsed.values()].map(({ file }) => file),
      [],
      this.#namespace,
    );
  }
}
