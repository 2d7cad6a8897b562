import type { RunningExchange, StartExchangeOptions } from "@buttonwood/server";
import type { Command } from "commander";
import { AdminClient } from "../admin-client.js";
import { requireParent } from "../terminal/data-folder.js";
import { type DataOption, dataArgument, dataOption } from "../terminal/data-option.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { hasBrowser, openBrowser } from "../terminal/open-browser.js";
import { consoleAddress, oneOf, positiveNumber, wholeNumber } from "../terminal/option-values.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { startProgress } from "../terminal/progress.js";
import { styleOf } from "../terminal/style.js";
import { grouped } from "../terminal/table.js";
import { VERSION } from "../version.js";

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** System errors of making the data folder or its files. */
const FOLDER_ERRORS: ReadonlySet<string> = new Set(["EACCES", "EEXIST", "ENOENT", "ENOTDIR", "EPERM"]);

interface StartOptions extends DataOption, OutputOptions {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly tlsHost?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsSelfSigned?: boolean;
  /** Undefined: beside the clients' port; false: nowhere. */
  readonly console?: string | false;
  readonly demo?: boolean;
  readonly open?: boolean;
  readonly traces?: string;
  readonly traceRatio?: number;
  readonly limits: "published" | "none";
  readonly logLevel?: (typeof LOG_LEVELS)[number];
}

/** `buttonwood start`. */
export function addStart(program: Command): void {
  program
    .command("start")
    .summary("run an exchange")
    .description(
      "Runs a whole exchange in this process until it is told to stop (Ctrl-C or SIGTERM). The first start on an " +
        "empty folder lists five markets, opens and funds two demo accounts, and writes their keys and passwords.",
    )
    .option("--port <N>", "where clients connect; 0 takes a free one", wholeNumber(0, 65_535), 8080)
    .option("--host <ADDRESS>", "the address to listen on; 0.0.0.0 for all", "127.0.0.1")
    .option("--tls-cert <FILE>", "HTTPS and WSS too, with this certificate in PEM, its own first")
    .option("--tls-key <FILE>", "the certificate's private key in PEM, not encrypted")
    .option("--tls-self-signed", "HTTPS and WSS for development, with a certificate made in the data folder")
    .option(
      "--tls-port <N>",
      "where clients connect over TLS; 0 takes a free one",
      wholeNumber(0, 65_535),
      8443,
    )
    .option("--tls-host <ADDRESS>", "the address to listen on over TLS (default: that of --host)")
    .option(
      "--console <HOST:PORT>",
      "where operators sign in (default: this machine, one port above that of clients)",
      consoleAddress,
    )
    .option("--no-console", "no console: operators use the command line")
    .addOption(dataOption())
    .option(
      "--demo",
      "simulated traders, with a day of history on a new exchange, and sign-in as alice with one click",
    )
    .option("--open", "open the trading terminal in the browser, where a person sits before one")
    .option("--no-open", "don't (the default)")
    .option(
      "--limits <NAME>",
      "rate limits of clients: published (as Binance Spot's), or none",
      oneOf("published", "none"),
      "published",
    )
    .option("--traces <URL>", "send traces of requests to a collector that takes OTLP over HTTP")
    .option(
      "--trace-ratio <SHARE>",
      "share of the requests that are followed (default: 0.01)",
      positiveNumber(1),
    )
    .option("--log-level <LEVEL>", `what goes to stderr: ${LOG_LEVELS.join(", ")}`, oneOf(...LOG_LEVELS))
    .option("--json", "one JSON object on stdout as soon as orders are taken")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood start                              port 8080, data in ./data\n" +
        "  buttonwood start --port 8099 --data ../mine   somewhere else\n" +
        "  buttonwood start --demo                       with simulated traders\n" +
        "  buttonwood start --limits none                for programs that send all they can\n" +
        "  buttonwood start --traces http://localhost:4318 --trace-ratio 1\n" +
        "                                                where the time of every request goes\n" +
        "  buttonwood start --tls-self-signed            https://localhost:8443 too\n" +
        "  buttonwood start --tls-cert exchange.crt --tls-key exchange.key --tls-host 0.0.0.0\n" +
        "                                                TLS for everyone, plain HTTP for this machine\n",
    )
    .action(runStart);
}

async function runStart(options: StartOptions): Promise<void> {
  requireParent(options.data);
  const tls = tlsOptions(options);
  const { startExchange } = await import("@buttonwood/server");
  const progress = startProgress("recovering", 1);
  let exchange: RunningExchange;
  try {
    exchange = await startExchange({
      dataFolder: options.data,
      host: options.host,
      port: options.port,
      tls,
      console: consoleOption(options),
      demo: options.demo === true,
      limits: options.limits,
      tracing: { url: options.traces, ratio: options.traceRatio },
      // A person at a terminal reads what matters; a supervisor's log takes everything worth keeping.
      logLevel: options.logLevel ?? (process.stderr.isTTY === true ? "warn" : "info"),
      version: VERSION,
      onRecovery: ({ sequence, target }) =>
        progress.update(
          target === 0 ? 1 : sequence / target,
          `${grouped(sequence)} of ${grouped(target)} commands`,
        ),
      onFatal: (error) => {
        process.stderr.write(
          `error: ${error.message}\n` +
            "  The exchange has stopped. What it acknowledged is in the journal; what it did not, it never said.\n" +
            "  Start it again: it recovers from the journal, and says so if that can't be read.\n",
        );
        process.exit(ExitCode.FAILED);
      },
    });
  } catch (error) {
    throw await failureOf(error as NodeJS.ErrnoException, options);
  } finally {
    progress.stop();
  }
  exchange.closeOnSignals();
  // A person who pressed Ctrl-C wants to know that it ended well; a supervisor reads the exit code.
  if (process.stderr.isTTY === true) {
    process.once("exit", (code) => {
      if (code === 0) process.stderr.write("Stopped; everything that was acknowledged is on disk.\n");
    });
  }
  // Elsewhere a hang-up means that the terminal is gone, and ends the exchange with it.
  if (tls !== undefined && process.stdin.isTTY !== true)
    process.on("SIGHUP", () => exchange.reloadCertificate());
  const { url, port, dataFolder, demoKeysFile, symbols, accounts, isFirstStart, sequence } = exchange;
  const result = {
    url,
    port,
    tls: exchange.tls,
    consoleUrl: exchange.consoleUrl,
    dataFolder,
    demoKeysFile,
    symbols,
    accounts,
    isFirstStart,
    sequence,
  };
  printResult(options, { ...result, pid: process.pid }, () => textOf(exchange, options));
  const { platform, env: environment, stdout } = process;
  const mayOpen = hasBrowser({ platform, environment, isTerminal: stdout.isTTY === true });
  if (options.open === true && mayOpen && !(await openBrowser(url))) {
    process.stderr.write(`No browser could be opened: open ${url} yourself.\n`);
  }
}

/** Where the options ask for the console. */
function consoleOption({ console: text, port }: StartOptions): StartExchangeOptions["console"] {
  if (text === false) return undefined;
  if (text === undefined) {
    // Its place is a convenience: when another program has it, any other will do.
    return { host: "127.0.0.1", port: port === 0 || port === 65_535 ? 0 : port + 1, orAnyPort: true };
  }
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, "$1"), port: Number(text.slice(colon + 1)) };
}

/** What the options ask for over TLS; undefined for nothing. */
function tlsOptions(options: StartOptions): StartExchangeOptions["tls"] {
  const { tlsCert, tlsKey, tlsSelfSigned = false, tlsPort, tlsHost = options.host } = options;
  const nothingDone = "The exchange has not started, and nothing was changed.";
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new CommandFailure(
      `${tlsCert === undefined ? "--tls-key was given without --tls-cert" : "--tls-cert was given without --tls-key"}.`,
      nothingDone,
      "Name the certificate with --tls-cert and its private key with --tls-key.",
      ExitCode.USAGE,
    );
  }
  if (tlsCert === undefined || tlsKey === undefined) {
    if (!tlsSelfSigned) return undefined;
    return { host: tlsHost, port: tlsPort, files: undefined };
  }
  if (tlsSelfSigned) {
    throw new CommandFailure(
      "--tls-self-signed and --tls-cert exclude each other: one certificate is shown.",
      nothingDone,
      "Leave out --tls-self-signed to use the certificate of --tls-cert.",
      ExitCode.USAGE,
    );
  }
  return { host: tlsHost, port: tlsPort, files: { certificateFile: tlsCert, keyFile: tlsKey } };
}

function textOf(exchange: RunningExchange, options: StartOptions): string {
  const style = styleOf(process.stdout);
  const { url } = exchange;
  const symbol = exchange.symbols.includes("BTCUSDT") ? "BTCUSDT" : (exchange.symbols[0] ?? "BTCUSDT");
  const more = dataArgument(options.data);
  const list = (names: readonly string[]): string =>
    names.length <= 12 ? names.join(" ") : `${names.slice(0, 12).join(" ")} … (${names.length})`;
  return [
    style.green(`Buttonwood is open: ${style.bold(url)}`),
    "",
    `  API       ${url}/api/v3 (as Binance Spot v3), streams on ${url.replace("http", "ws")}/ws`,
    ...tlsLines(exchange, options),
    `  health    ${url}/health/ready, metrics on ${url}/metrics`,
    `  data      ${exchange.dataFolder}, ${
      exchange.isFirstStart ? "new" : `recovered up to sequence ${grouped(exchange.sequence)}`
    }`,
    `  terminal  ${url}, in a browser: charts, books, orders`,
    ...(exchange.consoleUrl === undefined
      ? []
      : [
          `  console   ${exchange.consoleUrl}, for operators: \`npx buttonwood users create NAME --role OPERATOR${more}\``,
        ]),
    `  docs      ${url}/docs, where calls can be tried`,
    `  markets   ${list(exchange.symbols)}`,
    `  accounts  ${list(exchange.accounts)}; keys and passwords of alice and bob in ${exchange.demoKeysFile}`,
    "",
    "Try next, in a second terminal:",
    `  curl '${url}/api/v3/depth?symbol=${symbol}&limit=5'`,
    `  npx buttonwood accounts${more}`,
    `  npx buttonwood deposit alice USD 1000${more}`,
    `  npx buttonwood verify${more}`,
    "",
    style.dim("Ctrl-C stops it; nothing that was acknowledged is lost, however it stops."),
  ].join("\n");
}

function tlsLines({ tls }: RunningExchange, options: StartOptions): string[] {
  if (tls === undefined) return [];
  const trust =
    options.tlsSelfSigned === true
      ? `; clients trust it with NODE_EXTRA_CA_CERTS=${tls.certificateFile}`
      : "";
  return [`  TLS       ${tls.url}/api/v3, streams on ${tls.url.replace("http", "ws")}/ws${trust}`];
}

/** What each failure of a start means, and what to do. */
async function failureOf(error: NodeJS.ErrnoException, options: StartOptions): Promise<Error> {
  const { message } = error;
  const consolePort =
    typeof options.console === "string" ? Number(options.console.replace(/^.*:/, "")) : undefined;
  const isOfConsole =
    error.syscall === "listen" &&
    (error as { port?: number }).port === consolePort &&
    consolePort !== options.port &&
    consolePort !== options.tlsPort;
  if (isOfConsole) {
    return new CommandFailure(
      `the operator's console can't listen on ${options.console} (${message}).`,
      "The exchange has stopped again; what its data folder holds stays as it is.",
      "Choose another address with --console HOST:PORT, or start without one: --no-console.",
    );
  }
  // A listener's error names its port; of the two listeners this tells which one.
  const isTls = (error as { port?: number }).port === options.tlsPort && options.tlsPort !== options.port;
  const [hostFlag, portFlag] = isTls ? ["--tls-host", "--tls-port"] : ["--host", "--port"];
  const host = isTls ? (options.tlsHost ?? options.host) : options.host;
  const port = isTls ? options.tlsPort : options.port;
  if (error.code === "EADDRINUSE") {
    const own = await new AdminClient(options.data).status().catch(() => undefined);
    if (own?.url != null && new URL(own.url).port === String(options.port)) {
      return new CommandFailure(
        `the exchange on ${options.data} runs already, at ${own.url}.`,
        "This one has not started, and nothing was changed.",
        "Use the one that runs, or start another with a --port and a --data of its own.",
      );
    }
    return new CommandFailure(
      `port ${port} on ${host} is taken by another program.`,
      `The exchange has not started; ${options.data} was not touched.`,
      `Stop that program, or choose another port: ${portFlag} ${port === 8099 ? 8098 : 8099}.`,
    );
  }
  if (error.syscall === "listen" || error.syscall === "getaddrinfo") {
    return new CommandFailure(
      `it can't listen on ${host}:${port} (${message}).`,
      `The exchange has not started; ${options.data} was not touched.`,
      `Choose a ${hostFlag} of this machine, and a ${portFlag} that this user may use: above 1023 for most.`,
    );
  }
  if (error.syscall !== undefined && FOLDER_ERRORS.has(error.code ?? "")) {
    return new CommandFailure(
      `${options.data} can't be used as a data folder (${message}).`,
      "The exchange has not started.",
      "Name a folder with --data that this user may write to, on a disk with room.",
    );
  }
  if (/^(ENOSPC|EDQUOT|EROFS|EIO|SQLITE_(FULL|IOERR|READONLY|CANTOPEN).*)$/.test(error.code ?? "")) {
    return new CommandFailure(
      `it can't write to ${options.data} (${message}).`,
      "The exchange has not started; what it acknowledged before is in the journal.",
      "Make room on the disk, or see that it is whole and may be written to, then start again.",
    );
  }
  switch (error.name) {
    case "DataFolderLockedError":
      return new CommandFailure(
        message,
        "Nothing was changed.",
        `See what runs there: \`buttonwood accounts${dataArgument(options.data)}\`.`,
      );
    case "ReplayDiffersError":
      return new CommandFailure(
        message,
        "The rows are whole, but this program makes something else of them than the one that wrote them: another version, or a bug. Nothing was changed.",
        `Start the version that wrote ${options.data}; if this is it, keep the folder as it is and report this with what \`buttonwood verify${dataArgument(options.data)}\` says.`,
      );
    case "DamagedJournalError":
      return new CommandFailure(
        message,
        "The journal is not what was written, so the exchange refuses to start: it never shortens or repairs it silently.",
        `Keep ${options.data} as it is, run \`buttonwood verify --data ${options.data}\` for the whole finding, and restore a copy that verifies.`,
      );
    case "ProjectionUnusableError":
      return new CommandFailure(
        message,
        "Only the query tables are unusable; the journal, which is the truth, is not touched by this.",
        `Run \`buttonwood rebuild --data ${options.data}\`, then start again.`,
      );
    case "TracingOptionError":
      return new CommandFailure(
        message,
        "The exchange has not started, and nothing was changed.",
        (error as Error & { remedy: string }).remedy,
        ExitCode.USAGE,
      );
    case "ConsoleExposedError":
      return new CommandFailure(
        message,
        "The exchange has not started, and nothing was changed.",
        "Give it TLS with --tls-cert and --tls-key, or listen on 127.0.0.1 and reach it through a proxy with TLS or an SSH tunnel.",
      );
    case "CertificateError":
      return new CommandFailure(
        message,
        "The exchange has not started, and no data was touched.",
        (error as Error & { remedy: string }).remedy,
      );
    case "KeyFileError":
      return new CommandFailure(
        message,
        "The exchange has not started: without its keys and users nobody could sign in. The journal is not touched by this.",
        "Once it runs, `buttonwood keys create ACCOUNT` makes new keys, and `buttonwood users create LOGIN` users.",
      );
    case "JournalFailedError":
      return new CommandFailure(
        message,
        "The exchange has not started.",
        "Put right what is named, then start again.",
      );
    default:
      return error;
  }
}
