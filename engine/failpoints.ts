// Places where a test may end the process or make the disk fail: each stands right before the step that it is named
// after. Off, a failpoint is one comparison with undefined; nothing but an option of the gateway that tests give turns
// them on. What is armed lies in shared memory, so that the thread of a test's harness arms the data plane's as well.
//
//   cell 0   index of the armed point + 1; 0 when none is
//   cell 1   how many times it is still passed before it acts
//   cell 2   index of the action

/** In the order in which a deploy, a checkpoint, a deletion, a start, a backup and a restore of one meet them. */
export const failpointNames = [
  "artefact.write",
  "artefact.half-written",
  "artefact.fsync",
  "artefact.rename",
  "artefact.sync-folder",
  "artefact.row",
  "deploy.swap",
  "swap.preload-state",
  "swap.load-state",
  "swap.switch",
  "deploy.commit",
  "commit.inside",
  "commit.done",
  "checkpoint.save",
  "checkpoint.write",
  "checkpoint.half-written",
  "checkpoint.fsync",
  "checkpoint.rename",
  "checkpoint.sync-folder",
  "checkpoint.prune",
  "journal.append",
  "removal.stop",
  "removal.commit",
  "removal.forget",
  "removal.done",
  "migration.step",
  "migration.commit",
  "restore.flow",
  "backup.copy",
  "backup.copied",
  "unpack.write",
  "unpack.move",
  "unpack.database",
  "unpack.done",
  // Any file that must be durable, whatever it is: a disk that fails, fails for all.
  "disk.write",
  "disk.fsync",
] as const;

export type Failpoint = (typeof failpointNames)[number];

/** `kill`: as kill -9 does. The others: the step fails with this error of the operating system. */
const actions = ["kill", "EIO", "ENOSPC", "EROFS"] as const;
export type FailpointAction = (typeof actions)[number];

/** Shared by all threads of a gateway. */
export type FailpointCells = Int32Array<SharedArrayBuffer>;

let cells: FailpointCells | undefined;

export function failpointCells(): FailpointCells {
  return new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT));
}

/** Lets this thread look at the cells; undefined turns its failpoints off. */
export function watchFailpoints(shared: FailpointCells | undefined): void {
  cells = shared;
}

/** The `hits`-th time that a thread comes to the point, `action` happens; from then on each time, until it is disarmed. */
export function armFailpoint(shared: FailpointCells, point: Failpoint, action: FailpointAction, hits = 1): void {
  Atomics.store(shared, 1, hits - 1);
  Atomics.store(shared, 2, actions.indexOf(action));
  Atomics.store(shared, 0, failpointNames.indexOf(point) + 1);
}

export function disarmFailpoints(shared: FailpointCells): void {
  Atomics.store(shared, 0, 0);
}

export function failpoint(point: Failpoint): void {
  if (cells !== undefined) reach(cells, point);
}

function reach(shared: FailpointCells, point: Failpoint): void {
  if (Atomics.load(shared, 0) !== failpointNames.indexOf(point) + 1 || Atomics.sub(shared, 1, 1) > 0) return;
  const action = actions[Atomics.load(shared, 2)]!;
  if (action === "kill") {
    process.kill(process.pid, "SIGKILL");
    // The signal may take a moment to arrive; nothing more may happen meanwhile.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  throw Object.assign(new Error(`${action}: injected at ${point}`), { code: action, syscall: point });
}
