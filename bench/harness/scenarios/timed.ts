import type { Trial } from "../trial.js";

/** GoBGP needs a minute for a full table. */
const DEADLINE_SECONDS = 120;

interface Transfer {
  readonly senders: readonly number[];
  readonly stream: string;
  readonly receivers: readonly number[];
  readonly expected: Int32Array;
}

/** The senders send their stream. @returns seconds until every receiver holds exactly what it must */
export async function timed(trial: Trial, { senders, stream, receivers, expected }: Transfer): Promise<number> {
  const [from, until] = await Promise.all([trial.load.send(senders, stream), untilComplete(trial, receivers, expected)]);
  return until - from;
}

/** Waits until every receiver holds exactly what it must. @returns when; an error says what was wrong, and the daemon's last words */
export function untilComplete(trial: Trial, receivers: readonly number[], expected: Int32Array): Promise<number> {
  return trial.load.complete(receivers, expected, DEADLINE_SECONDS).catch(async (error: Error) => {
    const reports = await trial.load.report(receivers).catch(() => []);
    const told = reports.map(({ right, of, faults }) => `${right} of ${of} prefixes right, ${faults} faults`);
    throw new Error([error.message, ...told.slice(0, 3), trial.dut.logTail(3)].join("\n"));
  });
}
