import type { ActionPlan } from "./action.js";
import type { Account } from "./console-api.js";

const DECIMAL = "[0-9]{1,20}([.][0-9]{1,20})?";

interface Transferred {
  readonly repeated: boolean;
  readonly free: string;
  readonly locked: string;
  readonly asset: string;
}

export function freezePlan({ name, frozen }: Account): ActionPlan {
  return {
    title: frozen ? `Unfreeze ${name}` : `Freeze ${name}`,
    explain: () =>
      frozen
        ? `${name} may place orders and withdraw again from this moment on.`
        : `New orders and withdrawals of ${name} are refused from this moment on. Its open orders stay and can be canceled or reduced; it still receives.`,
    path: "/v1/account-status",
    body: () => ({ account: name, status: frozen ? "ACTIVE" : "FROZEN" }),
    isGrave: !frozen,
    say: (done) => `${name} is ${(done.value as Account).frozen ? "frozen" : "active"} now.`,
  };
}

const PAYMENTS = {
  deposit: {
    title: "Deposit to",
    path: "/v1/deposits",
    max: 36,
    label: "Amount",
    pattern: DECIMAL,
    explain: (name: string, amount: string, asset: string) =>
      `${amount || "…"} ${asset} are credited to ${name}: supply grows by as much.`,
  },
  withdraw: {
    title: "Withdraw from",
    path: "/v1/withdrawals",
    max: 36,
    label: "Amount",
    pattern: DECIMAL,
    explain: (name: string, amount: string, asset: string) =>
      `${amount || "…"} ${asset} are debited from what ${name} has free: supply shrinks by as much. What open orders hold is not touched.`,
  },
  adjust: {
    title: "Adjust",
    path: "/v1/adjustments",
    max: 31,
    label: "Amount, with a minus to take off",
    pattern: `[+\\-]?${DECIMAL}`,
    explain: (name: string, amount: string, asset: string) =>
      amount.startsWith("-")
        ? `${amount.slice(1) || "…"} ${asset} are taken off what ${name} has free, journaled as a withdrawal that begins with "adj: ".`
        : `${amount.replace(/^\+/, "") || "…"} ${asset} are added to ${name}, journaled as a deposit that begins with "adj: ".`,
  },
} as const;
export type PaymentAction = keyof typeof PAYMENTS;

export function paymentPlan(kind: PaymentAction, { name }: Account, assets: readonly string[]): ActionPlan {
  const { title, path, max, label, pattern, explain } = PAYMENTS[kind];
  return {
    title: `${title} ${name}`,
    fields: [
      { name: "asset", label: "Asset", choices: assets, initial: assets[0] ?? "" },
      { name: "amount", label, pattern },
    ],
    explain: ({ amount = "", asset = "" }) =>
      `${explain(name, amount, asset)} The reason stands in the journal; the same reason and amount take effect once.`,
    path,
    // By name, as the command line does: the audit log is read by people.
    body: (values) => ({ account: name, ...values }),
    reason: { name: "reference", max },
    say: (done) => {
      const { repeated, free, locked, asset } = done.value as Transferred;
      const has = `${name} has ${free} ${asset} free and ${locked} in orders.`;
      return repeated ? `It was done before with this reason; nothing changed. ${has}` : has;
    },
  };
}

export function openAccountPlan(): ActionPlan {
  return {
    title: "Open an account",
    fields: [{ name: "name", label: "Name, 1 to 36 characters", pattern: ".{1,36}" }],
    explain: ({ name }) => `${name || "The account"} is opened, empty and without keys.`,
    path: "/v1/accounts",
    body: (values) => values,
    say: (done) => `Account ${(done.value as Account).account} (${(done.value as Account).name}) is open.`,
  };
}

export function handoverPlan(partition: number, leader: string): ActionPlan {
  return {
    title: `Hand over partition ${partition}`,
    explain: () =>
      `${leader} answers what it has and gives the lease to its standby, which leads under the next epoch. Clients notice a pause of some ten milliseconds; nothing is lost.`,
    path: "/v1/handovers",
    body: () => ({ partition }),
    say: (done) => {
      const { from, to, epoch, tookMs } = done.value as {
        readonly from: string;
        readonly to: string;
        readonly epoch: number;
        readonly tookMs: number;
      };
      return `${to} leads in place of ${from}, under epoch ${epoch}, after ${tookMs} ms.`;
    },
  };
}
