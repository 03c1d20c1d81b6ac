// The gateway as a library: what the command line and the system tests start.

export type { HttpAddress } from "./agent/listen.ts";
export { readArchive } from "./backup/archive.ts";
export { type RestoreReport, restoreBackup } from "./backup/restore.ts";
export { checkSettings } from "./config/check-settings.ts";
export { examineConfig, readConfig, readToken } from "./config/config.ts";
export { startDataPlane, workersMax } from "./dataplane/index.ts";
export { Router } from "./dataplane/router/router.ts";
export {
  armFailpoint,
  disarmFailpoints,
  type Failpoint,
  type FailpointAction,
  failpointCells,
  failpointNames,
  watchFailpoints,
} from "./failpoints.ts";
export {
  type DataPlaneFactory,
  type Gateway,
  type GatewayOptions,
  startGateway,
} from "./gateway.ts";
export type { LogLevel, LogOptions } from "./observe/logging.ts";
