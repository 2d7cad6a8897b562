/**
 * What is tried: every operation of the OpenAPI document × every one of its parameters × every way to send it right
 * or wrong, and every way to sign it wrong. A run goes round all of them.
 */
import type { Json } from "../components.js";
import { pointerPart } from "../testing/answer-check.js";

/** How the parameter of a cell is sent. */
export const Fault = {
  VALID: "VALID",
  BOUNDARY: "BOUNDARY",
  WRONG_TYPE: "WRONG_TYPE",
  WRONG_FORM: "WRONG_FORM",
  EMPTY: "EMPTY",
  MISSING: "MISSING",
  TWICE: "TWICE",
  HUGE: "HUGE",
  UNICODE: "UNICODE",
  BROKEN_ENCODING: "BROKEN_ENCODING",
} as const;
export type Fault = (typeof Fault)[keyof typeof Fault];

/** What is tried with a whole request. */
export const Whole = {
  EXAMPLE: "EXAMPLE",
  RANDOM: "RANDOM",
  /** Several parameters at once are anything. */
  MIXED: "MIXED",
  UNKNOWN_PARAMETER: "UNKNOWN_PARAMETER",
  TOO_MANY: "TOO_MANY",
  BODY_OF_ANYTHING: "BODY_OF_ANYTHING",
  OTHER_PATH: "OTHER_PATH",
} as const;
export type Whole = (typeof Whole)[keyof typeof Whole];

export const Signing = {
  RIGHT: "RIGHT",
  NO_KEY: "NO_KEY",
  KEY_OF_NO_FORM: "KEY_OF_NO_FORM",
  UNKNOWN_KEY: "UNKNOWN_KEY",
  READ_ONLY_KEY: "READ_ONLY_KEY",
  NO_SIGNATURE: "NO_SIGNATURE",
  EMPTY_SIGNATURE: "EMPTY_SIGNATURE",
  OTHERS_SECRET: "OTHERS_SECRET",
  CHANGED_BYTE: "CHANGED_BYTE",
  ANY_TEXT: "ANY_TEXT",
  TWICE: "TWICE",
} as const;
export type Signing = (typeof Signing)[keyof typeof Signing];

export interface ParameterNote {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Readonly<Record<string, Json>>;
  /** A value above its maximum counts as the maximum. */
  readonly clamps: boolean;
  /** Empty it counts as not sent. */
  readonly mayBeEmpty: boolean;
}

export interface OperationNote {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly isSigned: boolean;
  /** What a key must be allowed; none for what is not signed. */
  readonly scope: string | undefined;
  readonly parameters: readonly ParameterNote[];
  readonly examples: readonly Readonly<Record<string, string>>[];
  readonly answer: AnswerNote;
  /** Refusals that the document tells of, by status. */
  readonly refusals: ReadonlyMap<number, AnswerNote>;
}

/** What the document says of an answer. */
export interface AnswerNote {
  /** Without its charset. */
  readonly mediaType: string;
  /** Where its schema stands, as a JSON pointer. */
  readonly schema: string;
  /** Names of its headers, in lower case. */
  readonly headers: readonly string[];
}

export interface Cell {
  readonly operation: OperationNote;
  readonly whole: Whole | undefined;
  readonly parameter: ParameterNote | undefined;
  readonly fault: Fault;
  readonly signing: Signing;
}

/** Whether all of it is as the document says, so that what it asks for may be done. */
export function isSound({ whole, fault, signing }: Cell): boolean {
  const isWholeSound = whole === undefined || whole === Whole.EXAMPLE || whole === Whole.RANDOM;
  return isWholeSound && fault === Fault.VALID && signing === Signing.RIGHT;
}

export function cellName({ operation, whole, parameter, fault, signing }: Cell): string {
  const what = whole ?? (parameter === undefined ? `signing ${signing}` : `${parameter.name} ${fault}`);
  return `${operation.method} ${operation.path}: ${what}`;
}

interface DocumentParameter {
  readonly $ref?: string;
  readonly name: string;
  readonly required: boolean;
  readonly schema: Readonly<Record<string, Json>>;
  readonly "x-clamps"?: boolean;
  readonly allowEmptyValue?: boolean;
}
interface DocumentAnswer {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content: Readonly<Record<string, unknown>>;
}
interface DocumentOperation {
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly DocumentParameter[];
  readonly responses: Readonly<Record<string, DocumentAnswer>>;
  readonly "x-scope"?: string;
  readonly "x-examples"?: readonly { readonly parameters: Readonly<Record<string, string>> }[];
}

/** The operations of a document, but those about health, which take nothing. */
export function operationsOf(document: Readonly<Record<string, Json>>): OperationNote[] {
  const paths = document.paths as unknown as Record<string, Record<string, DocumentOperation>>;
  const { parameters: shared, responses: sharedAnswers } = document.components as unknown as {
    parameters: Record<string, DocumentParameter>;
    responses: Record<string, DocumentAnswer>;
  };
  const noteOf = (answer: DocumentAnswer, pointer: string): AnswerNote => {
    if (answer.$ref !== undefined) {
      return noteOf(sharedAnswers[answer.$ref.split("/").at(-1)!]!, answer.$ref.slice(1));
    }
    const mediaType = Object.keys(answer.content)[0]!;
    return {
      mediaType,
      schema: `${pointer}/content/${pointerPart(mediaType)}/schema`,
      headers: Object.keys(answer.headers ?? {}).map((name) => name.toLowerCase()),
    };
  };
  const operations: OperationNote[] = [];
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (operation["x-examples"] === undefined) continue;
      const answers = Object.entries(operation.responses).map(([status, answer]) => {
        const pointer = `/paths/${pointerPart(path)}/${method}/responses/${status}`;
        return [Number(status), noteOf(answer, pointer)] as const;
      });
      operations.push({
        method: method.toUpperCase() as OperationNote["method"],
        path,
        isSigned: operation.security.some((scheme) => "signature" in scheme),
        scope: operation["x-scope"],
        parameters: (operation.parameters ?? [])
          .map((entry) => (entry.$ref === undefined ? entry : shared[entry.$ref.split("/").at(-1)!]!))
          .map((entry) => ({
            ...entry,
            clamps: entry["x-clamps"] === true,
            mayBeEmpty: entry.allowEmptyValue === true,
          })),
        examples: operation["x-examples"].map(({ parameters }) => parameters),
        answer: answers.find(([status]) => status === 200)![1],
        refusals: new Map(answers.filter(([status]) => status !== 200)),
      });
    }
  }
  return operations;
}

/** All cells, those of one operation beside each other. */
export function cellsOf(operations: readonly OperationNote[]): Cell[] {
  const cells: Cell[] = [];
  for (const operation of operations) {
    const cell = (more: Partial<Cell>): void => {
      cells.push({
        operation,
        whole: undefined,
        parameter: undefined,
        fault: Fault.VALID,
        signing: Signing.RIGHT,
        ...more,
      });
    };
    for (const whole of Object.values(Whole)) cell({ whole });
    for (const parameter of operation.parameters) {
      for (const fault of Object.values(Fault)) cell({ parameter, fault });
    }
    if (!operation.isSigned) continue;
    for (const signing of Object.values(Signing)) cell({ signing });
  }
  return cells;
}
