/** The dead man's switch: cancels everything of an account that says nothing any more. */
import { Reason } from "@buttonwood/protocol";
import { Type } from "#typebox";
import { Countdown } from "../documents/account-answers.js";
import { endpoint, Security, toMs } from "../endpoint.js";
import { refusalOf } from "../errors.js";
import { answered } from "./orders.js";

/** A day. */
const COUNTDOWN_MS_MAX = 86_400_000;

export const setCountdown = endpoint({
  summary: "Cancels all open orders of the account after a time, unless it is set again before.",
  security: Security.TRADE,
  weight: 10,
  parameters: Type.Object({ countdownTime: Type.Integer({ minimum: 0, maximum: COUNTDOWN_MS_MAX }) }),
  response: Countdown,
  handle: async (context, { countdownTime }, caller) => {
    const atUs = countdownTime === 0 ? 0 : context.clock.nowUs() + countdownTime * 1000;
    const outcome = await context.engine.submit({
      kind: "SET_COUNTDOWN",
      account: caller.account,
      deadlineUs: caller.deadlineUs,
      atUs,
    });
    answered(context, caller, outcome);
    if (outcome.reason !== Reason.OK) throw refusalOf(outcome.reason);
    return `{"countdownTime":${countdownTime},"cancelTime":${toMs(atUs)}}`;
  },
});
