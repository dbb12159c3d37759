/** Every named write there is. Adding one = a function in src/store and its line here. */
import { clearDemo } from "../store/demo.ts";
import { addDeviceCode, decideDeviceCode, dropDeviceCode, takeDeviceCode } from "../store/device-codes.ts";
import { addApproval, answerApproval, withdrawApproval } from "../store/approvals.ts";
import { addLogin, revokeLogin, setPassword, touchLogin } from "../store/logins.ts";
import { releaseLease, renewLease, takeLease } from "../store/locks.ts";
import { deleteMemory, undoMemory, writeMemory } from "../store/memory.ts";
import { addNonce, spendNonce } from "../store/nonces.ts";
import { addNotice, readNotices } from "../store/notices.ts";
import { recordHeartbeat } from "../store/presence.ts";
import { usePrices } from "../store/prices.ts";
import { deleteSession } from "../store/session-delete.ts";
import { patchSessions } from "../store/session-write.ts";
import { reindexAll } from "../store/reindex.ts";
import { putSetting } from "../store/settings.ts";
import { importMarks, importTombstones } from "../store/transfer.ts";
import { undeleteSession } from "../store/tombstones.ts";
import { addTurn, endTurn, turnRuns } from "../store/turns.ts";
import { addToken, revokeToken, touchToken } from "../store/tokens.ts";
import { addView, deleteView, patchView } from "../store/views.ts";

/** Name → (db, input, effects) → plain data. */
export const COMMANDS = {
  addLogin,
  revokeLogin,
  touchLogin,
  setPassword,
  addNonce,
  spendNonce,
  putSetting,
  addToken,
  revokeToken,
  touchToken,
  addDeviceCode,
  decideDeviceCode,
  takeDeviceCode,
  dropDeviceCode,
  recordHeartbeat,
  patchSessions,
  deleteSession,
  undeleteSession,
  clearDemo,
  reindexAll,
  importTombstones,
  importMarks,
  usePrices,
  writeMemory,
  deleteMemory,
  undoMemory,
  addNotice,
  readNotices,
  takeLease,
  renewLease,
  releaseLease,
  addTurn,
  turnRuns,
  endTurn,
  addApproval,
  answerApproval,
  withdrawApproval,
  addView,
  patchView,
  deleteView,
} as const;

export type Commands = typeof COMMANDS;
