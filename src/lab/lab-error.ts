/** Something the lab could not do: a command that failed, a condition that did not come true in time. The text is for people. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/** A process that had to be there has ended: waiting for it any longer is of no use. */
export class ProcessEnded extends LabError {}
