/** The operator's routes about people who sign in with a password. */
import type { FastifyInstance } from "fastify";
import { Type } from "#typebox";
import type { ExchangeCatalog } from "../catalog.js";
import { toMs } from "../endpoint.js";
import type { People } from "../people/people.js";
import { PeopleErrors, PeopleRefusal } from "../people/people-errors.js";
import { Role, type User } from "../people/people-store.js";
import { AdminError } from "./admin-error.js";
import * as schemas from "./schemas.js";

export interface UserRouteParts {
  readonly people: People;
  readonly catalog: ExchangeCatalog;
  /** The number of an account that trades. Throws {@link AdminError}. */
  readonly traderOf: (reference: number | string) => number;
}

export function addUserRoutes(app: FastifyInstance, { people, catalog, traderOf }: UserRouteParts): void {
  const { AdminRoute } = schemas;

  const reply = (user: User): schemas.UserReply => ({
    login: user.login,
    role: user.role,
    account: user.role === Role.TRADER ? user.account : null,
    accountName: user.role === Role.TRADER ? (catalog.accounts.get(user.account)?.name ?? "") : "",
    totp: user.totp !== null,
    disabled: user.isDisabled,
    demo: user.isDemo,
    createdMs: toMs(user.createdUs),
  });

  app.get(AdminRoute.USERS, { schema: { response: { 200: Type.Array(schemas.UserReply) } } }, async () =>
    (await people.list()).map(reply),
  );
  app.post(
    AdminRoute.USERS,
    {
      config: { action: "CREATE_USER" },
      schema: { body: schemas.CreateUserBody, response: { 201: schemas.UserReply } },
    },
    async (request, answer) => {
      const { login, role, account, password } = request.body as schemas.CreateUserBody;
      const isTrader = role === Role.TRADER;
      if (isTrader !== (account !== undefined)) {
        throw new AdminError(
          400,
          "INVALID_VALUE",
          isTrader ? "A trader needs an account." : "Only traders have an account.",
          "Name an account, or the role OBSERVER or OPERATOR; not both.",
        );
      }
      const user = await people
        .create({
          login,
          role: role as Role,
          password,
          ...(account === undefined ? {} : { account: traderOf(account) }),
        })
        .catch(refusePassword);
      if (user === undefined) {
        throw new AdminError(409, "NAME_TAKEN", `There is a user ${login} already.`, "Choose another login.");
      }
      return answer.status(201).send(reply(user));
    },
  );
  app.patch(
    `${AdminRoute.USERS}/:login`,
    {
      config: { action: "EDIT_USER" },
      schema: { body: schemas.EditUserBody, response: { 200: schemas.UserReply } },
    },
    async (request) => {
      const { login } = request.params as { login: string };
      const { password, disabled } = request.body as schemas.EditUserBody;
      // The schema takes one change at a time.
      const isThere =
        password !== undefined
          ? await people.setPassword(login, password).catch(refusePassword)
          : disabled !== undefined
            ? await people.setDisabled(login, disabled)
            : await people.resetTotp(login);
      const user = isThere ? await people.find(login) : undefined;
      if (user !== undefined) return reply(user);
      throw new AdminError(404, "UNKNOWN_USER", `There is no user ${login}.`, "GET /v1/users lists them.");
    },
  );
}

/** What the house refuses of a password is the operator's to put right. */
function refusePassword(error: unknown): never {
  if (!(error instanceof PeopleRefusal)) throw error;
  throw new AdminError(error.status, error.code, error.message, PeopleErrors[error.code].hint);
}
