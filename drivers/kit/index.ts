// What drivers are made with, and what their supervisor needs to know of them.

export { type Checked, type ConfigProblem, checkConfig } from "./check-config.ts";
export { isoToNs, isUpdateTime, msToNs, steadyMs, wallClockNs } from "./clock.ts";
export { endpointOf } from "./endpoint.ts";
export { type DriverDescription, type DriverKind, defineKind, type Endpoint, type Secrets } from "./kind.ts";
export {
  type Answer,
  type BadTags,
  type DeviceState,
  type DriverLog,
  type DriverReport,
  type DriverStatus,
  exitCodes,
  type Question,
  type ReportLevel,
  reportCharsMax,
  type StartDocument,
  statusIntervalMs,
} from "./protocol.ts";
export { reconnectPolicy } from "./reconnect.ts";
export { ConfigError, type DriverContext, runDriver } from "./run-driver.ts";
export {
  choice,
  decimal,
  either,
  fixed,
  flag,
  integer,
  list,
  object,
  optional,
  type Schema,
  type SchemaKeywords,
  type Static,
  text,
} from "./schema.ts";
export { TagSet, type TagSetOptions } from "./tag-set.ts";
export { TagWriter, type TagWriterOptions, valueBytesMax } from "./tag-writer.ts";
