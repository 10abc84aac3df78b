import type { Transition } from "./action.js";
import { active } from "./active.js";
import { connect } from "./connect.js";
import { established } from "./established.js";
import type { Event } from "./event.js";
import { idle } from "./idle.js";
import { openConfirm } from "./open-confirm.js";
import { openSent } from "./open-sent.js";
import type { SessionConfig } from "./session-config.js";
import type { State } from "./state.js";

/**
 * The BGP finite state machine (RFC 4271 §8) of one connection attempt, as a function: it starts no timer and sends no
 * byte, but answers with the next state and what is to be done. Every event is answered in every state.
 */
export function transition(state: State, event: Event, config: SessionConfig): Transition {
  switch (state.name) {
    case "Idle":
      return idle(state, event, config);
    case "Connect":
      return connect(state, event, config);
    case "Active":
      return active(state, event, config);
    case "OpenSent":
      return openSent(state, event, config);
    case "OpenConfirm":
      return openConfirm(state, event, config);
    case "Established":
      return established(state, event, config);
    default:
      return state satisfies never;
  }
}
