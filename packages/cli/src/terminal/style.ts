import type { WriteStream } from "node:tty";

/** Text effects on a stream: plain text when it is no terminal, or when NO_COLOR is set. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
}

/** Effects for a stream. `FORCE_COLOR` turns them on, `NO_COLOR` off, whatever the stream. */
export function styleOf(stream: NodeJS.WritableStream, env: NodeJS.ProcessEnv = process.env): Style {
  const wanted = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0";
  const refused = env.NO_COLOR !== undefined && env.NO_COLOR !== "";
  const enabled = !refused && (wanted || (stream as WriteStream).isTTY === true);
  const effect =
    (open: number, close: number) =>
    (text: string): string =>
      enabled ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: effect(1, 22),
    dim: effect(2, 22),
    green: effect(32, 39),
    red: effect(31, 39),
    yellow: effect(33, 39),
  };
}
