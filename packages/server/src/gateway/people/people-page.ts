/** The tables of `docs/reference/people.md`: its routes and refusals, as the lists in the code have them. */
import { Who } from "./account-route.js";
import { PeopleErrors } from "./people-errors.js";
import { Role } from "./people-store.js";
import { accountRoutes } from "./sign-in-routes.js";

const CALLERS: Readonly<Record<Who, string>> = {
  [Who.ANYONE]: "everybody",
  [Who.SIGNED_IN]: "who is signed in",
  [Who.TRADER]: "traders",
};

export function routesTable(): string {
  const rows = accountRoutes(Object.values(Role), true).map(
    ({ method, path, who, summary }) => `| \`${method} ${path}\` | ${CALLERS[who]} | ${summary} |`,
  );
  return ["| route | for | what it does |", "| --- | --- | --- |", ...rows].join("\n");
}

export function refusalsTable(): string {
  const rows = Object.entries(PeopleErrors).map(
    ([code, { status, message, hint }]) => `| \`${code}\` | ${status} | ${message} | ${hint} |`,
  );
  return ["| code | status | message | hint |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
