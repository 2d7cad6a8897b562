import { type Command, Option } from "commander";
import { AdminClient, type KeyReply, type KeySettings } from "../admin-client.js";
import { type DataOption, dataArgument, dataOption } from "../terminal/data-option.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { addresses, expiry, publicKeyFile, scopes } from "../terminal/key-values.js";
import { oneOf } from "../terminal/option-values.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { tableOf } from "../terminal/table.js";

type Options = DataOption & OutputOptions;

/** Settings as options; what was not given is left out. */
interface SettingsOptions {
  readonly label?: string;
  readonly scopes?: readonly string[];
  readonly readOnly?: true;
  readonly expires?: number | "never";
  readonly ip?: readonly string[];
  readonly rateLimits?: "standard" | "none";
}

/** `buttonwood keys`. */
export function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .summary("create, list, change and revoke API keys")
    .description("API keys of a running exchange. A key belongs to one account; requests are signed with it.")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood keys                                       all keys; secrets are never shown again\n" +
        "  buttonwood keys create alice --label bot              a new key; its secret is shown once\n" +
        "  buttonwood keys create alice --expires 30d --ip 203.0.113.7\n" +
        "  buttonwood keys edit KEY --expires never --ip any     what was not named stays\n" +
        "  buttonwood keys revoke KEY                            takes effect at once, open sessions included\n",
    );
  addList(keys);
  addCreate(keys);
  addShow(keys);
  addEdit(keys);
  addRevoke(keys);
}

function addList(keys: Command): void {
  keys
    .command("list", { isDefault: true })
    .summary("all keys (the default)")
    .description("Lists every key with what it may, from where and until when; secrets are never shown.")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(async (options: Options) => {
      const list = await new AdminClient(options.data).keys();
      printResult(options, { keys: list }, () =>
        tableOf(
          ["key", "account", "label", "kind", "may", "addresses", "ends", "limits", "created"].map(
            (title) => ({
              title,
            }),
          ),
          list.map((key) => [
            key.apiKey,
            key.accountName,
            key.label,
            key.kind,
            key.scopes.join(" "),
            key.addresses.join(" ") || "anywhere",
            endOf(key),
            key.rateLimits,
            timeText(key.createdMs),
          ]),
        ),
      );
    });
}

function addCreate(keys: Command): void {
  settingsOf(keys.command("create").argument("<ACCOUNT>", "the account's name"))
    .summary("a new key for an account")
    .description(
      "Makes a key and its secret. The secret is shown this once and can't be read back. With --public-key requests " +
        "are signed with the private key that belongs to it (Ed25519), and there is no secret.",
    )
    .option("--read-only", "the same as --scopes READ")
    .option("--public-key <FILE>", "an Ed25519 public key in PEM", publicKeyFile)
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood keys create alice --label bot\n" +
        "  buttonwood keys create alice --scopes READ --expires 30d\n" +
        "  buttonwood keys create alice --ip 203.0.113.7 --ip 2001:db8::/32\n" +
        "  buttonwood keys create maker --rate-limits none       for a market maker or a benchmark\n" +
        "  openssl genpkey -algorithm ed25519 -out own.pem && openssl pkey -in own.pem -pubout -out own.pub\n" +
        "  buttonwood keys create alice --public-key own.pub\n",
    )
    .action(async (account: string, options: Options & SettingsOptions & { publicKey?: string }) => {
      const key = await new AdminClient(options.data).createKey({
        account,
        label: "",
        scopes: ["READ", "TRADE"],
        ...settings(options),
        ...(options.publicKey === undefined ? {} : { publicKey: options.publicKey }),
      });
      printResult(options, key, () =>
        key.secretKey === ""
          ? `apiKey     ${key.apiKey}\nRequests are signed with the private key that belongs to the public one.`
          : `apiKey     ${key.apiKey}\nsecretKey  ${key.secretKey}\n` +
            `The secret is shown this once: keep it where only ${account}'s programs can read it.`,
      );
    });
}

function addShow(keys: Command): void {
  keys
    .command("show")
    .argument("<KEY>", "the apiKey")
    .summary("one key, without its secret")
    .description("Shows what a key may, from where and until when. Its secret can't be read back.")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(async (apiKey: string, options: Options) => {
      const key = (await new AdminClient(options.data).keys()).find((entry) => entry.apiKey === apiKey);
      if (key === undefined) {
        throw new CommandFailure(
          `there is no key ${apiKey}.`,
          "It was revoked, or never made here.",
          `\`buttonwood keys${dataArgument(options.data)}\` lists what there is.`,
        );
      }
      printResult(options, key, () => textOf(key));
    });
}

function addEdit(keys: Command): void {
  settingsOf(keys.command("edit").argument("<KEY>", "the apiKey"))
    .summary("change a key")
    .description(
      "Changes what is named and leaves the rest. It takes effect at once: what the key may no longer do ends, open " +
        "sessions included.",
    )
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood keys edit KEY --expires 2027-01-31\n" +
        "  buttonwood keys edit KEY --ip 203.0.113.0/24          in the place of those it had\n" +
        "  buttonwood keys edit KEY --expires never --ip any --rate-limits standard\n",
    )
    .action(async (apiKey: string, options: Options & SettingsOptions) => {
      const changes = settings(options);
      if (Object.keys(changes).length === 0) {
        throw new CommandFailure(
          "nothing to change was named.",
          "The key is as it was.",
          "`buttonwood keys edit --help` shows what can be changed.",
          ExitCode.USAGE,
        );
      }
      const key = await new AdminClient(options.data).editKey(apiKey, changes);
      printResult(options, key, () => textOf(key));
    });
}

function addRevoke(keys: Command): void {
  keys
    .command("revoke")
    .argument("<KEY>", "the apiKey")
    .summary("end a key at once")
    .description("Ends a key for good, and what it has opened: event streams and sessions.")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(async (apiKey: string, options: Options) => {
      await new AdminClient(options.data).revokeKey(apiKey);
      printResult(options, { apiKey, revoked: true }, () => `Key ${apiKey} is revoked.`);
    });
}

/** The options that both make and change a key. */
function settingsOf(command: Command): Command {
  return command
    .option("--label <TEXT>", "what it is for")
    .option("--scopes <LIST>", "what it may do: READ, TRADE or READ,TRADE", scopes)
    .option("--expires <WHEN>", "when it ends: a span like 30d, a date like 2027-01-31, or never", expiry)
    .option(
      "--ip <ADDRESS[/BITS]>",
      "where it may be used from; give it again for more; any for anywhere",
      addresses,
    )
    .addOption(
      new Option(
        "--rate-limits <NAME>",
        "standard, or none for market makers and benchmarks: neither requests nor orders are counted",
      ).argParser(oneOf("standard", "none")),
    );
}

function settings({ label, readOnly, expires, ip, rateLimits, ...options }: SettingsOptions): KeySettings {
  const named = readOnly === true ? ["READ"] : options.scopes;
  return {
    ...(label === undefined ? {} : { label }),
    ...(named === undefined ? {} : { scopes: named }),
    ...(expires === undefined ? {} : { expiresMs: expires === "never" ? null : expires }),
    ...(ip === undefined ? {} : { addresses: ip }),
    ...(rateLimits === undefined ? {} : { rateLimits }),
  };
}

function textOf(key: KeyReply): string {
  const rows = [
    ["apiKey", key.apiKey],
    ["account", `${key.accountName} (${key.account})`],
    ["label", key.label || "none"],
    ["kind", key.kind],
    ["may", key.scopes.join(" ")],
    ["addresses", key.addresses.join(" ") || "anywhere"],
    ["ends", endOf(key)],
    ["limits", key.rateLimits],
    ["created", timeText(key.createdMs)],
  ];
  return rows.map(([name, value]) => `${name!.padEnd(11)}${value}`).join("\n");
}

function endOf({ expiresMs, expired }: KeyReply): string {
  if (expiresMs === null) return "never";
  return `${timeText(expiresMs)}${expired ? " (it has)" : ""}`;
}

/** UTC, to the minute. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
