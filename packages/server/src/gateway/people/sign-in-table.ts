/** The routes about signing in, about passwords, one-time codes and sessions: the same for traders and operators. */
import { Type } from "#typebox";
import { toMs } from "../endpoint.js";
import { type AccountRoute, CLOSED, memberRoute, Nothing, openRoute, Who } from "./account-route.js";
import { PeopleRefusal } from "./people-errors.js";
import { csrfTokenOf, SESSION_IDLE_US, type Session } from "./sessions.js";

const Login = Type.String({ minLength: 1, maxLength: 64 });
/** Of any length that fits a request: how long one may be is checked where a new one is set. */
const Password = Type.String({ maxLength: 1_024 });
const Code = Type.String({ minLength: 1, maxLength: 32 });

/** What the page of somebody who is signed in needs to know. */
function sessionAnswer(session: Session, token: string, accountName: (account: number) => string): object {
  return {
    signedIn: true,
    user: session.user,
    role: session.role,
    account: session.account,
    accountName: accountName(session.account),
    hasTotp: session.hasTotp,
    csrfToken: csrfTokenOf(token),
    idleMs: toMs(SESSION_IDLE_US),
    endsMs: toMs(session.endsUs),
  };
}

export const SIGN_IN_ROUTES: readonly AccountRoute[] = [
  openRoute({
    method: "GET",
    path: "/account/v1/session",
    summary: "who is signed in, with the CSRF token of the session; keeps it in use",
    body: Nothing,
    call: async ({ people, isDemo, accountName }, { known }) => ({
      body:
        known === undefined
          ? { signedIn: false, demo: isDemo && (await people.hasDemoUser()) }
          : sessionAnswer(known.session, known.token, accountName),
    }),
  }),
  openRoute({
    method: "POST",
    path: "/account/v1/sign-in",
    summary: "opens a session; with `CODE_NEEDED` it is asked again with a code",
    body: Type.Object({ login: Login, password: Password, code: Type.Optional(Code) }, CLOSED),
    call: async ({ people, accountName }, { body, visitor, known, roles }) => {
      const { session, token } = await people.signIn(body, visitor, roles);
      // Whatever token the browser came with is no way into the session that begins.
      if (known !== undefined) await people.sessions.end(known.session.id);
      return { body: sessionAnswer(session, token, accountName), token };
    },
  }),
  openRoute({
    method: "POST",
    path: "/account/v1/demo-sign-in",
    summary:
      "opens a session of the demo trader, without a password; on a venue that is a demo, and nowhere else",
    isDemoOnly: true,
    body: Nothing,
    call: async ({ people, accountName }, { visitor, known }) => {
      const { session, token } = await people.signInAsDemo(visitor);
      if (known !== undefined) await people.sessions.end(known.session.id);
      return { body: sessionAnswer(session, token, accountName), token };
    },
  }),
  memberRoute({
    method: "POST",
    path: "/account/v1/sign-out",
    who: Who.SIGNED_IN,
    summary: "ends the session, with its keys and what they have opened",
    body: Nothing,
    call: async ({ people }, { known }) => {
      await people.sessions.end(known.session.id);
      return { token: null };
    },
  }),
  memberRoute({
    method: "POST",
    path: "/account/v1/password",
    who: Who.SIGNED_IN,
    summary: "sets another password, ends all other sessions, and renews this one",
    body: Type.Object({ password: Password, newPassword: Password }, CLOSED),
    call: async ({ people, accountName }, { body, known, visitor }) => {
      const token = await people.changePassword(known.session, body.password, body.newPassword, visitor);
      return { body: sessionAnswer(known.session, token, accountName), token };
    },
  }),
  memberRoute({
    method: "POST",
    path: "/account/v1/totp",
    who: Who.SIGNED_IN,
    summary: "begins to set one-time codes up: a secret, to be confirmed within 15 minutes",
    body: Type.Object({ password: Password }, CLOSED),
    call: async ({ people }, { body, known, visitor }) => ({
      body: await people.beginTotp(known.session, body.password, visitor),
    }),
  }),
  memberRoute({
    method: "POST",
    path: "/account/v1/totp/confirm",
    who: Who.SIGNED_IN,
    summary: "turns one-time codes on; answers the recovery codes, this once",
    body: Type.Object({ setup: Type.String({ minLength: 1, maxLength: 512 }), code: Code }, CLOSED),
    call: async ({ people, accountName }, { body, known, visitor }) => {
      const { token, recoveryCodes } = await people.confirmTotp(
        known.session,
        body.setup,
        body.code,
        visitor,
      );
      const session = { ...known.session, hasTotp: true };
      return { body: { ...sessionAnswer(session, token, accountName), recoveryCodes }, token };
    },
  }),
  memberRoute({
    method: "POST",
    path: "/account/v1/totp/off",
    who: Who.SIGNED_IN,
    summary: "asks for one-time codes no more",
    body: Type.Object({ password: Password }, CLOSED),
    call: async ({ people, accountName }, { body, known, visitor }) => {
      const token = await people.endTotp(known.session, body.password, visitor);
      return { body: sessionAnswer({ ...known.session, hasTotp: false }, token, accountName), token };
    },
  }),
  memberRoute({
    method: "GET",
    path: "/account/v1/sessions",
    who: Who.SIGNED_IN,
    summary: "the user's sessions",
    body: Nothing,
    call: async ({ people }, { known }) => ({
      body: (await people.sessions.ownOf(known.session)).map((session) => ({
        id: session.id,
        isThis: session.id === known.session.id,
        createdMs: toMs(session.createdUs),
        usedMs: toMs(session.usedUs),
        endsMs: toMs(session.endsUs),
        address: session.address,
        agent: session.agent,
      })),
    }),
  }),
  memberRoute({
    method: "DELETE",
    path: "/account/v1/sessions/:id",
    who: Who.SIGNED_IN,
    summary: "ends one of the user's sessions",
    body: Nothing,
    call: async ({ people }, { request, known }) => {
      const { id } = request.params as { id: string };
      const own = await people.sessions.ownOf(known.session);
      if (!own.some((session) => session.id === id)) throw new PeopleRefusal("UNKNOWN_SESSION");
      await people.sessions.end(id);
      return id === known.session.id ? { token: null } : {};
    },
  }),
];
