// The schema of the store, as the steps that led to it. A step that was released is never edited; a change is a new
// step at the end. `migrations` in the database says which have run.

/**
 * - `flows`: what runs now; a row per existing flow.
 * - `versions`: what was deployed, rolled back or deleted, when and by whom; outlives its flow.
 * - `artefacts`: what is known of each file in the artefact folder.
 * - `tokens`: names and sha256 hashes of the tokens that may call the API.
 * - `settings`: what was drawn once for this data folder.
 */
const initial = `
  CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE tokens (
    name TEXT PRIMARY KEY,
    hash BLOB NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE artefacts (
    digest TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    graph_digest TEXT NOT NULL,
    graph BLOB NOT NULL,
    uploaded_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE versions (
    flow TEXT NOT NULL,
    generation INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('deploy', 'rollback', 'delete')),
    artefact TEXT CHECK ((artefact IS NULL) = (action = 'delete')),
    rolled_back_to INTEGER,
    options TEXT NOT NULL,
    at TEXT NOT NULL,
    by TEXT NOT NULL,
    PRIMARY KEY (flow, generation)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE flows (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    FOREIGN KEY (name, generation) REFERENCES versions (flow, generation)
  ) STRICT, WITHOUT ROWID;
`;

/** `note`: why the gateway itself put a version in place. */
const notes = "ALTER TABLE versions ADD COLUMN note TEXT;";

export const migrations: readonly string[] = [initial, notes];
