// What the operating system or SQLite say when the data folder cannot be written, as an error that an operator can act on.

import { FlowFusionError } from "@flowfusion/graph";
import { errorCodeOf } from "../durable-file.ts";

const reasons: { readonly [code: string]: string } = {
  ENOSPC: "no space is left on the device",
  EDQUOT: "the quota is used up",
  EIO: "the device reports an input/output error",
  EROFS: "the file system is read-only",
  EACCES: "the gateway may not write there",
  EPERM: "the gateway may not write there",
  EEXIST: "a file, or a link that leads nowhere, is where a folder is to be",
  ENOTDIR: "a part of the path is a file",
  ENOENT: "the folder is not there, and cannot be made",
  ENAMETOOLONG: "the path is too long",
  ELOOP: "the path goes round in circles",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
};

/** SQLite's primary result codes. */
const sqliteReasons: { readonly [code: number]: string } = {
  8: "the database is read-only",
  10: "the device reports an input/output error",
  13: "no space is left on the device",
  14: "the database file cannot be opened",
};

const PRIMARY_CODE_MASK = 0xff;

/** The error as FF_STORE_WRITE where it tells of a disk that does not take what is written, else the error itself. */
export function asStoreError(error: unknown, what: string): unknown {
  const reason = reasonOf(error);
  if (reason === undefined) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new FlowFusionError("FF_STORE_WRITE", `${what} cannot be written: ${reason} (${why})`, { cause: error });
}

function reasonOf(error: unknown): string | undefined {
  const result = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  if (typeof result === "number") return sqliteReasons[result & PRIMARY_CODE_MASK];
  const code = errorCodeOf(error);
  return code === undefined ? undefined : reasons[code];
}
