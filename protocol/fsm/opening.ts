import type { Negotiated } from "../capabilities/negotiate.js";
import type { OpenMessage } from "../messages/open.js";
import { AS_TRANS } from "../net/asn.js";
import { acceptOpen } from "./accept-open.js";
import type { Action, Transition } from "./action.js";
import { failed } from "./ending.js";
import type { SessionConfig } from "./session-config.js";
import type { Active, Connect, State } from "./state.js";
import { KEEPALIVE, startTimer, stopTimer, to } from "./steps.js";

// From a TCP connection to OpenConfirm: what Connect, Active and OpenSent share (RFC 4271 §8.2.2).

/** A connection stands: with DelayOpen the peer's OPEN is waited for first, else ours goes out. */
export function connectionStands(state: Connect | Active, config: SessionConfig): Transition {
  if (config.delayOpenSeconds === 0) return sendOpen(state, config);
  return to({ ...state, delayOpen: true }, stopTimer("ConnectRetryTimer"), startTimer("DelayOpenTimer", config.delayOpenSeconds));
}

/** Our OPEN goes out, and the HoldTimer gets its large value. */
export function sendOpen(state: Connect | Active, config: SessionConfig): Transition {
  return to(
    { name: "OpenSent", connectRetryCounter: state.connectRetryCounter },
    stopTimer("ConnectRetryTimer"),
    stopTimer("DelayOpenTimer"),
    { type: "send", message: ourOpen(config) },
    startTimer("HoldTimer", config.openHoldSeconds),
  );
}

/** BGPOpen with DelayOpenTimer running (Event 20): the peer was first; our OPEN and the KEEPALIVE leave together. */
export function openWhileDelaying(state: Connect | Active, open: OpenMessage, config: SessionConfig): Transition {
  const accepted = acceptOpen(open, config);
  if (!accepted.ok) return failed(state, accepted.error, config, config.sendNotificationWithoutOpen);
  return to(
    openConfirm(state, accepted.value),
    stopTimer("ConnectRetryTimer"),
    stopTimer("DelayOpenTimer"),
    { type: "send", message: ourOpen(config) },
    ...confirm(accepted.value, config),
  );
}

/** BGPOpen (Event 19) in OpenSent. */
export function openReceived(state: State, open: OpenMessage, config: SessionConfig): Transition {
  const accepted = acceptOpen(open, config);
  if (!accepted.ok) return failed(state, accepted.error, config);
  return to(openConfirm(state, accepted.value), ...confirm(accepted.value, config));
}

function openConfirm(state: State, negotiated: Negotiated): State {
  return { name: "OpenConfirm", connectRetryCounter: state.connectRetryCounter, negotiated };
}

/** A negotiated hold time of zero means no KEEPALIVEs and no timers (§4.2, RFC 9687 §4.3). */
function confirm(negotiated: Negotiated, config: SessionConfig): Action[] {
  const { holdTimeSeconds, keepaliveSeconds } = negotiated;
  const actions: Action[] = [{ type: "session-negotiated", negotiated }, KEEPALIVE];
  if (holdTimeSeconds === 0) return [...actions, stopTimer("HoldTimer")];
  actions.push(startTimer("KeepaliveTimer", keepaliveSeconds), startTimer("HoldTimer", holdTimeSeconds));
  if (config.sendHoldSeconds > 0) {
    actions.push({ type: "guard-sending", seconds: Math.max(config.sendHoldSeconds, 2 * holdTimeSeconds) });
  }
  return actions;
}

function ourOpen({ open }: SessionConfig): OpenMessage {
  const { asNumber, holdTimeSeconds, routerId, capabilities } = open;
  return { type: "open", version: 4, myAs: asNumber > 0xffff ? AS_TRANS : asNumber, holdTimeSeconds, routerId, capabilities };
}
