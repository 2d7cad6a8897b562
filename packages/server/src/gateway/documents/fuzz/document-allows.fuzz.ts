/** Whether a request is one that the document allows. Only such a one may be done. */
import { type OperationNote, type ParameterNote, Signing } from "./cells.fuzz.js";
import type { RequestPlan } from "./requests.fuzz.js";

/** What the document has against a request, or undefined. */
export function objection(operation: OperationNote, plan: RequestPlan): string | undefined {
  if (operation.isSigned && !maySign(operation, plan.signing)) return `it is signed by ${plan.signing}`;
  // Of what stands in a body of anything, nothing is known.
  if (plan.rawBody !== "") return undefined;
  const parameters = new Map(operation.parameters.map((parameter) => [parameter.name, parameter]));
  const seen = new Set<string>();
  for (const [name, encoded] of plan.pairs) {
    const parameter = parameters.get(name);
    if (parameter === undefined) return `it has the parameter ${name}`;
    if (seen.has(name)) return `it has ${name} twice`;
    seen.add(name);
    const value = decoded(encoded);
    if (value === undefined || !allows(parameter, value)) return `it has ${name}=${encoded}`;
  }
  for (const { name, required } of operation.parameters) {
    if (required && !seen.has(name)) return `it has no ${name}`;
  }
  return undefined;
}

function maySign({ scope }: OperationNote, signing: Signing): boolean {
  return signing === Signing.RIGHT || (signing === Signing.READ_ONLY_KEY && scope === "READ");
}

function decoded(encoded: string): string | undefined {
  // Stands for a number that is put in when the request is sent.
  if (encoded.startsWith("@")) return "1";
  try {
    const text = decodeURIComponent(encoded.replaceAll("+", " "));
    return text.startsWith("@") ? "1" : text;
  } catch {
    return undefined;
  }
}

function allows({ schema, clamps, mayBeEmpty }: ParameterNote, value: string): boolean {
  const {
    type,
    enum: members,
    pattern,
    minimum,
    maximum,
  } = schema as {
    type?: string;
    enum?: readonly string[];
    pattern?: string;
    minimum?: number;
    maximum?: number;
  };
  if (value === "") return mayBeEmpty;
  if (members !== undefined) return members.includes(value);
  switch (type) {
    case "boolean":
      return /^(?:true|false)$/i.test(value);
    case "integer":
    case "number": {
      const form = type === "integer" ? /^[0-9]{1,20}$/ : /^[0-9]{1,20}(?:\.[0-9]{1,3})?$/;
      const number = Number(value);
      return (
        form.test(value) &&
        number >= (minimum ?? 0) &&
        (clamps || number <= (maximum ?? Number.MAX_SAFE_INTEGER))
      );
    }
    case "string":
      return pattern === undefined || new RegExp(pattern).test(value);
    default:
      return false;
  }
}
