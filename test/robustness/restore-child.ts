// A restore as a process that dies at a failpoint. Usage: fork("restore-child.ts", [BACKUP, DATA_FOLDER, POINT, HITS]).

import { readFile } from "node:fs/promises";
import { armFailpoint, type Failpoint, failpointCells, restoreBackup, watchFailpoints } from "@flowfusion/engine";

const [backup = "", dataDir = "", point = "", hits = "1"] = process.argv.slice(2);
const failpoints = failpointCells();
armFailpoint(failpoints, point as Failpoint, "kill", Number(hits));
watchFailpoints(failpoints);
await restoreBackup(await readFile(backup), dataDir);
