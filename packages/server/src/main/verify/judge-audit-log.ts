import type { ChainReport } from "../../gateway/audit/audit-log.js";
import type { CheckList } from "./report.js";

export const AUDIT_CHECK = "audit log: each entry follows the one before it";

/** Whether nothing of the audit log was changed or taken out. */
export function judgeAuditLog({ entries, head, problem }: ChainReport, list: CheckList): void {
  if (problem === undefined) list.passed(AUDIT_CHECK, `${entries} entries, head ${head.slice(0, 16)}`);
  else list.failed(AUDIT_CHECK, problem);
}
