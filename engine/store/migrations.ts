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

/**
 * - `tokens` get a role and an end. Those there are were admin's.
 * - `audit`: who wrote what; entries are neither changed nor, but for the oldest, removed (AUDIT_ENTRIES_KEPT).
 * - `releases`: what publishers signed; `release_floors`: the highest that each flow ever ran, which outlives it.
 */
const accessControl = `
  ALTER TABLE tokens ADD COLUMN role TEXT NOT NULL DEFAULT 'admin' CHECK (role IN ('viewer', 'operator', 'admin'));
  ALTER TABLE tokens ADD COLUMN expires_at TEXT;
  ALTER TABLE tokens ADD COLUMN created_by TEXT NOT NULL DEFAULT 'the gateway''s start';
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    role TEXT NOT NULL,
    remote TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    status INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END;
  CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit
    WHEN OLD.seq > (SELECT max(seq) FROM audit) - 100000
    BEGIN SELECT RAISE(ABORT, 'an audit entry is not removed while it is one of the last 100000'); END;
  CREATE TABLE releases (
    flow TEXT NOT NULL,
    artefact TEXT NOT NULL,
    number INTEGER NOT NULL,
    bundle TEXT NOT NULL,
    PRIMARY KEY (flow, artefact)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE release_floors (
    flow TEXT PRIMARY KEY,
    number INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** - `drivers`: what is declared; without kind, config and secrets once it was deleted. */
const drivers = `
  CREATE TABLE drivers (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    kind TEXT,
    config TEXT CHECK ((config IS NULL) = (kind IS NULL)),
    secrets TEXT CHECK ((secrets IS NULL) = (kind IS NULL)),
    enabled INTEGER NOT NULL,
    at TEXT NOT NULL,
    by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** - `connections`: endpoints of sinks, secrets sealed; a row without settings is of a connection that was deleted. */
const connections = `
  CREATE TABLE connections (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    settings TEXT,
    secrets TEXT CHECK ((secrets IS NULL) = (settings IS NULL)),
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** `note`: why the gateway itself put a version in place. */
const notes = "ALTER TABLE versions ADD COLUMN note TEXT;";

/** - `node_types`: which uploaded module a node type is made of; a row without a module is of a type that was deleted. */
const nodeTypes = `
  CREATE TABLE node_types (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    module TEXT,
    manifest TEXT CHECK ((manifest IS NULL) = (module IS NULL)),
    size_bytes INTEGER NOT NULL,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** `via`: the tool that a version was put in place with. */
const tools = "ALTER TABLE versions ADD COLUMN via TEXT NOT NULL DEFAULT 'api';";

/** `resource`: the resource of a program that a version was put in place for. */
const resources = "ALTER TABLE versions ADD COLUMN resource TEXT;";

/** - `layouts`: where a flow's nodes are drawn; a row without a layout is of a flow that was deleted, or whose layout was. */
const layouts = `
  CREATE TABLE layouts (
    flow TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    layout TEXT,
    changed_at TEXT NOT NULL,
    changed_by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

export const migrations: readonly string[] = [
  ...[initial, accessControl, drivers, connections, notes, nodeTypes],
  ...[tools, layouts, resources],
];
