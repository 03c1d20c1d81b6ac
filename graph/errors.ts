// The one registry of error codes. Every error that a user can meet has its line here, with what it means and
// what to do; docs/reference/errors.md is generated from it.

export interface ErrorEntry {
  /** What happened, as one sentence. */
  readonly meaning: string;
  /** What the reader can do about it. */
  readonly remedy: string;
  /** Its messages say so themselves, with the particulars: beside one, the remedy would say nothing new. */
  readonly isTold?: true;
}

export const errorRegistry = {
  FF_API_BODY_SYNTAX: {
    meaning: "The request body is not well-formed JSON, or nests too deep.",
    remedy: "Send the JSON document that the route describes in /v1/openapi.json.",
  },
  FF_API_BODY_TOO_LARGE: {
    meaning: "The request body is larger than the gateway accepts.",
    remedy: "Send a smaller artefact, or raise the gateway's limit.",
  },
  FF_API_BUSY: {
    meaning:
      "Too many writes wait for the same flow or driver, or other clients take recordings or backups, or the gateway ends.",
    remedy: "Try again after the time in Retry-After; nothing was changed.",
  },
  FF_API_CSRF: {
    meaning: "A write came with a session's cookie but without its CSRF value.",
    remedy: "Send the `csrf` of POST or GET /v1/session as X-CSRF-Token, or a bearer token in place of the cookie.",
  },
  FF_API_DIGEST_MISMATCH: {
    meaning: "The digest in the URL is not that of the body.",
    remedy: "Compute the sha256 of exactly the bytes that are sent.",
  },
  FF_API_FORBIDDEN: {
    meaning: "The token is valid, but its role does not allow the call.",
    remedy: "Use a token with the role that the message names; an admin can make one.",
  },
  FF_API_INTERNAL: {
    meaning: "The gateway failed in a way that it did not foresee.",
    remedy: "Look for the request id in the gateway's log and report what it says.",
  },
  FF_API_MEDIA_TYPE: {
    meaning: "The body's Content-Type is not one that the route takes.",
    remedy: "Send application/wasm for artefacts and application/json for all else.",
  },
  FF_API_NOT_FOUND: {
    meaning: "The flow, version, artefact or driver does not exist on this gateway.",
    remedy: "Check the name, and that the request goes to the right gateway.",
  },
  FF_API_NOT_RUNNING: {
    meaning: "The flow exists but does not run, so it has no counters.",
    remedy: "Read the flow's `reason` and deploy a version that starts.",
  },
  FF_API_PRECONDITION_FAILED: {
    meaning: "The flow or driver is at another generation than the request expects.",
    remedy: "Read it again, look at what changed, and repeat; a request carries its current ETag.",
  },
  FF_API_PRECONDITION_REQUIRED: {
    meaning: "A write came without If-Match or If-None-Match.",
    remedy: "Send the generation that was read as If-Match, or If-None-Match: * to create.",
  },
  FF_API_REQUEST_INVALID: {
    meaning: "A part of the request is not of the shape that the route describes.",
    remedy: "Correct the fields that the diagnostics name.",
    isTold: true,
  },
  FF_API_ROUTE_UNKNOWN: {
    meaning: "The gateway has no such route or method.",
    remedy: "Compare the method and path with /v1/openapi.json.",
  },
  FF_API_UNAUTHORIZED: {
    meaning: "The request carries no valid bearer token.",
    remedy:
      "Give a token of this gateway that has not expired; a request carries it as `Authorization: Bearer <token>`.",
  },
  FF_API_TOO_MANY_LOGINS: {
    meaning: "Too many requests from this address carried a token that is not valid; it is refused for a while.",
    remedy:
      "Find the client that sends an old or mistyped token and stop it, then try again after the time in Retry-After.",
  },
  FF_ARTEFACT_IMPORT: {
    meaning: "The artefact imports something; a Flow.wasm is whole by itself.",
    remedy: "Deploy what fusion made; a module of other origin has to be a node of a graph.",
  },
  FF_ARTEFACT_INVALID: {
    meaning: "The file is not a fused flow: an export, a custom section or its content is missing.",
    remedy: "Make the artefact with `flowfusion fuse` or let the Pulumi provider make it.",
  },
  FF_ARTEFACT_LIMIT: {
    meaning: "The artefact is larger, in one of its measures, than a gateway accepts.",
    remedy: "Use fewer or smaller nodes, or raise the flow's limit that the message names.",
  },
  FF_ARTEFACT_RESERVED: {
    meaning: "The artefact exports a name that the gateway reserves for itself.",
    remedy: "Rename the export in the node that brings it; `ff_fuel`, `ff_call` and the like belong to the gateway.",
  },
  FF_ARTEFACT_START: {
    meaning: "The artefact has a start function, which would run before the gateway grants any fuel.",
    remedy: "Deploy what fusion made; it calls start functions of nodes from `configure`.",
  },
  FF_AUDIT_UNWRITTEN: {
    meaning: "A write took effect but could not be entered in the audit log.",
    remedy: "Check the space and rights of the gateway's data folder; the gateway's log has the call.",
  },
  FF_BACKUP_FOLDER: {
    meaning: "The folder that a backup is to be restored into is not empty.",
    remedy: "Name a folder that is empty or not there; move the old one aside first.",
  },
  FF_BACKUP_INVALID: {
    meaning: "The file is no whole backup of a gateway.",
    remedy: "Take another backup; this one was cut, damaged or is something else.",
  },
  FF_CLI_FILE: {
    meaning: "A file that was named on the command line cannot be read or written.",
    remedy: "Check the path and its permissions; a JSON file must be well-formed.",
    isTold: true,
  },
  FF_CONNECTION_IN_USE: {
    meaning: "The connection to delete is named by flows that run, or by the version before one that is on trial.",
    remedy: "Let these flows name another connection, or delete them first; wait for trials to end.",
  },
  FF_CONNECTION_INVALID: {
    meaning: "A connection does not hold together: its URL, login, certificates or headers.",
    remedy: "Mend the fields that the diagnostics name; nothing was changed.",
    isTold: true,
  },
  FF_CONNECTION_SECRETS: {
    meaning: "A connection is to lead elsewhere, and its secrets were not given again.",
    remedy: "Send all its secrets with the change, or `secrets: {}` for none.",
  },
  FF_CLI_PULUMI: {
    meaning: "The Pulumi CLI is missing, or failed at what a command asked of it.",
    remedy:
      "Install the Pulumi CLI where it is missing; else its own words are in the message, and `pulumi preview` in the same folder shows more.",
  },
  FF_CLI_WASMTIME: {
    meaning: "A flow cannot be compiled ahead of time: there is no wasmtime on this machine, or it failed.",
    remedy: "Install wasmtime so that it is on PATH, or its Python package; the message has what it said.",
    isTold: true,
  },
  FF_CONFIG_INVALID: {
    meaning: "The gateway's configuration file cannot be used.",
    remedy: "Mend each place that the message names; nothing was started.",
    isTold: true,
  },
  FF_DEPLOY_ARTEFACT_UNKNOWN: {
    meaning: "The artefact to deploy is not in the gateway's store.",
    remedy: "Upload it with PUT /v1/artefacts/{digest} first.",
  },
  FF_DEPLOY_COMMIT: {
    meaning: "The new version ran but could not be recorded, so the one before was put back.",
    remedy: "Check the space and rights of the gateway's data folder, then deploy again.",
  },
  FF_DEPLOY_CONNECTION: {
    meaning: "A sink names a connection that this gateway does not have, or one of another kind.",
    remedy: "Make the connection with PUT /v1/connections/{name}, or name another.",
  },
  FF_DEPLOY_CONNECTION_CHANGED: {
    meaning:
      "A connection that the new version names was changed or deleted while it was deployed; the version before was put back.",
    remedy: "Deploy it again.",
  },
  FF_DEPLOY_INTERRUPTED: {
    meaning: "The gateway ended before the trial of the new version was over; the version was recorded.",
    remedy:
      "It runs without a trial once the gateway runs again: look at it then, and go back with `flowfusion rollback` where it does worse.",
  },
  FF_DEPLOY_LIMITS: {
    meaning: "The flow asks for more than the gateway grants one flow.",
    remedy: "Ask for less, or start the gateway with higher limits.",
  },
  FF_DEPLOY_NO_VERSION: {
    meaning: "The flow has no such version to go back to.",
    remedy: "Name a generation that `flowfusion deployments list` shows as deployed; the last 20 versions are kept.",
  },
  FF_DEPLOY_NOTHING_BEFORE: {
    meaning: "No version is on trial, so that no version before is kept ready.",
    remedy: "Roll back to a version by its generation, or deploy another one.",
  },
  FF_DEPLOY_SINK: {
    meaning: "A sink node names an endpoint that the gateway cannot use.",
    remedy: "Mend the property that the message names.",
    isTold: true,
  },
  FF_DEPLOY_SUPERSEDED: {
    meaning: "Another version took the place of the new one, or the flow was deleted, before its trial was over.",
    remedy: "Read the flow and its versions: somebody else deployed, rolled back or deleted it meanwhile.",
  },
  FF_DEPLOY_UNHEALTHY: {
    meaning: "The new version ran worse than the health gate allows, and was rolled back with its state.",
    remedy: "Mend what the message names; if it is meant to be so, raise the threshold in options.healthThresholds.",
  },
  FF_DEVELOPMENT_MODULES: {
    meaning: "A flow is to run node by node, and the gateway does not have the modules of all its nodes.",
    remedy: "Upload the modules that the message names with PUT /v1/modules/{digest}; `flowfusion trace` does so.",
  },
  FF_DRAFT_FAILED: {
    meaning: "A draft could not be fused within the time and memory that the gateway gives it.",
    remedy: "Make the flow smaller, or fuse it with `flowfusion fuse` and upload the artefact.",
  },
  FF_DRAFT_UNSIGNED: {
    meaning: "The gateway runs signed releases only, so it fuses no drafts.",
    remedy:
      "Fuse with `flowfusion fuse`, have a publisher sign the artefact with `flowfusion release sign`, and deploy that.",
  },
  FF_DRIVER_CONFIG: {
    meaning: "A driver's configuration or secrets are not as its kind demands.",
    remedy: "Correct what the diagnostics name; docs/reference/drivers has a page for each kind.",
  },
  FF_DRIVER_KIND: {
    meaning: "There is no driver of that kind.",
    remedy: "Use one of the kinds of GET /v1/driver-kinds; a driver of your own pushes to the gateway's address.",
  },
  FF_DRIVER_SECRETS: {
    meaning: "A driver is to connect elsewhere, or to trust another there, and its secrets were not given again.",
    remedy: "Give each of its secrets with the change, or null for none.",
  },
  FF_EXPR_LIMIT: {
    meaning: "An expression, or all those of one node, are larger than what is compiled.",
    remedy: "Split the expression over several nodes.",
  },
  FF_EXPR_SYNTAX: {
    meaning: "An expression is not written as the language demands, or uses a part of it that is not compiled.",
    remedy: "Mend the place that line and column name; docs/guides/expressions.md shows the language.",
  },
  FF_EXPR_TYPE: {
    meaning: "An expression applies an operator or a function to values that it is not defined for.",
    remedy:
      "Convert one side with int(…) or double(…), or write a literal of the other type: 2.0 is a double, 2 an int.",
  },
  FF_EXPR_UNKNOWN: {
    meaning: "An expression names a variable or a function that does not exist.",
    remedy: "Use value, quality, timestamp or topic, and the functions of docs/guides/expressions.md.",
  },
  FF_FLOW_CONFIGURE: {
    meaning: "A node refused its properties, while the flow was fused or when it was started.",
    remedy: "Read the reason that the node gives, and mend the named property.",
    isTold: true,
  },
  FF_FLOW_STATE_REFUSED: {
    meaning: "A saved state is damaged, or a node refused its part of it.",
    remedy: "Keep the running flow; to begin anew, delete the flow and deploy it again.",
  },
  FF_FLOW_TRAP: {
    meaning: "A node stopped the flow while it was started or while its state was handed over.",
    remedy: "Mend the named node; `flowfusion node test` and the node's log show what it did.",
  },
  FF_FUSE_LINK: {
    meaning: "The linker refused a module or the linked result.",
    remedy:
      "Inspect the modules with `flowfusion inspect`; a module that passes and does not link is a fault of Flow Fusion.",
  },
  FF_GATEWAY_ANSWER: {
    meaning: "The endpoint answered with something that no gateway of this version sends.",
    remedy: "Check that the endpoint is a gateway and that no proxy answers in its place.",
  },
  FF_GATEWAY_ENDPOINT: {
    meaning: "The gateway's endpoint is not a usable URL.",
    remedy: "Give the gateway's http or https origin, for example http://127.0.0.1:7480.",
  },
  FF_GATEWAY_LISTEN: {
    meaning: "The gateway cannot listen on the address given.",
    remedy: "Give a free port, and for an address beyond loopback a certificate and its key.",
  },
  FF_GATEWAY_TLS: {
    meaning: "A certificate or key file for the control API is not usable.",
    remedy: "Mend the file that the message names; certificates and keys are in PEM, the key for its owner alone.",
  },
  FF_GATEWAY_TOKEN: {
    meaning:
      "The token given to the gateway is too short, holds characters that a header cannot carry, or is another's.",
    remedy: "Give another, long and random, or none to let the gateway draw one.",
  },
  FF_GATEWAY_OTHER: {
    meaning: "Another gateway answers at the endpoint than the one that is meant.",
    remedy:
      "Correct the endpoint; where the gateway was set up anew, `pulumi refresh` its Gateway and look at the plan.",
  },
  FF_GATEWAY_CLIENT_CERTIFICATE: {
    meaning: "The gateway asks for a client certificate, and got none that it trusts.",
    remedy: "Show a certificate that its authority for clients signed, and the key of it; both are in PEM.",
  },
  FF_GATEWAY_TRUST: {
    meaning: "What was given to trust a gateway's certificate, or to show one to it, is not usable.",
    remedy:
      "Give certificates and keys in PEM, in a program their text and not their path, a key together with its certificate, a fingerprint as 64 hexadecimal digits.",
  },
  FF_GATEWAY_UNREACHABLE: {
    meaning: "No answer came from the gateway.",
    remedy: "Check that the gateway runs, that the endpoint is right, and that no proxy or firewall stands between.",
  },
  FF_GATEWAY_UNTRUSTED: {
    meaning: "The gateway's certificate is not one that is trusted here.",
    remedy: "Give the certificate of the authority that signed it, or the fingerprint of the gateway's own.",
  },
  FF_GRAPH_BAD_ID: {
    meaning: "A node id, port name or flow name is not spelled as one.",
    remedy: "Use a lower-case letter, then up to 62 of a-z, 0-9, _ and -.",
  },
  FF_GRAPH_CYCLE: {
    meaning: "The wires form a cycle; a message would run through it for ever.",
    remedy: "Remove one of the wires between the nodes that the message names.",
  },
  FF_GRAPH_DUPLICATE_WIRE: {
    meaning: "The same wire is declared twice.",
    remedy: "Remove one of the two; to deliver a message twice, put a fan_out between.",
  },
  FF_GRAPH_EMPTY: {
    meaning: "The graph has no node.",
    remedy: "Declare at least one node.",
  },
  FF_GRAPH_INVALID: {
    meaning: "The graph is well-formed, but cannot run as declared.",
    remedy: "Mend each of the problems that the error lists; each has a path and a code of its own.",
    isTold: true,
  },
  FF_GRAPH_LIMIT: {
    meaning: "A part of the graph is larger than allowed.",
    remedy: "Split the flow in two, or shorten the part that the path names.",
  },
  FF_GRAPH_MODULE_UNFIT: {
    meaning: "The module that a node type stands for cannot serve as that type.",
    remedy: "Give the module under the name in its manifest, and build it to the limits of the node contract.",
  },
  FF_GRAPH_PORT_TYPES: {
    meaning: "A wire joins two ports whose types do not fit.",
    remedy: "Wire tag to tag and message to message, or use a port of type any.",
  },
  FF_GRAPH_PROPERTY: {
    meaning: "A property of a node is missing, unknown or not as the node's schema demands.",
    remedy: "Correct the property that the path names; the node's documentation lists what it takes.",
  },
  FF_GRAPH_PROPERTY_NAME: {
    meaning: "A property has a name that no property may have.",
    remedy: "Choose another name: at most 255 characters, and not `__proto__`.",
  },
  FF_GRAPH_SHAPE: {
    meaning: "A part of the graph document is not of the expected kind.",
    remedy: "Put there what the message says is expected.",
    isTold: true,
  },
  FF_GRAPH_SYNTAX: {
    meaning: "The graph document is not of the expected shape.",
    remedy: "Compare the part that the path names with the example in the documentation.",
  },
  FF_GRAPH_UNKNOWN_NODE: {
    meaning: "A wire begins or ends at a node that the graph does not declare.",
    remedy: "Declare the node, or correct its id in the wire.",
  },
  FF_GRAPH_UNKNOWN_PORT: {
    meaning: "A wire begins or ends at a port that the node does not have.",
    remedy: "Use one of the ports that the message lists.",
  },
  FF_GRAPH_UNKNOWN_TYPE: {
    meaning: "No module is known for a node's type.",
    remedy:
      "Correct the type, or give the module that provides it: a `NodeModule` in the program, `--module` on the command line.",
  },
  FF_GRAPH_UNWIRED_INPUT: {
    meaning: "An input that a node needs has no wire.",
    remedy: "Wire an output to it, or remove the node.",
  },
  FF_IMPORT_NODE_RED: {
    meaning: "A file is no export of Node-RED.",
    remedy: "Export the flows with Node-RED's menu, Export, as JSON, and give that file as it is.",
  },
  FF_MODULE_COMPONENT: {
    meaning: "The component is not one of the node world, or cannot be reduced to one core module.",
    remedy: "Build it against wit/node.wit, world `node`, with exports alone; the message shows what differs.",
  },
  FF_MODULE_EXPORT: {
    meaning: "A node module lacks an export of the node contract, or gives it another type.",
    remedy: "Compare the module's exports with the node contract; `flowfusion inspect` prints both.",
  },
  FF_MODULE_FEATURE: {
    meaning: "The module uses a WebAssembly feature that fusion does not accept.",
    remedy: "Compile with that feature switched off; the message names the feature and the place.",
  },
  FF_MODULE_IMPORT: {
    meaning: "A node module imports what nobody gives it; a node is pure, and has a part of WASI at most.",
    remedy: "Remove the call that brings the import, or compile without that library; the message names the import.",
  },
  FF_MODULE_LIMIT: {
    meaning: "The module is larger, in one of its measures, than fusion accepts.",
    remedy: "Optimise the module for size, or split the node in two.",
  },
  FF_MODULE_MALFORMED: {
    meaning: "The bytes are not one whole and valid WebAssembly module.",
    remedy: "Build the file again and check that it was transferred whole; the message names the byte.",
  },
  FF_MODULE_MANIFEST: {
    meaning: "The manifest of a module is missing or not valid.",
    remedy:
      "Correct the parts of the manifest that are named; `flowfusion node pack --manifest FILE` puts one into a module.",
  },
  FF_NODE_BUILD: {
    meaning: "The compiler refused the source of a node.",
    remedy: "Mend what the compiler's own message says.",
    isTold: true,
  },
  FF_NODE_FOLDER: {
    meaning: "A folder is not that of a node, or a new one cannot be made there.",
    remedy:
      "Name a folder with a manifest.json and sources of one language; for a new node, a name and a folder that is not there yet.",
  },
  FF_NODE_TABLE: {
    meaning: "The table of inputs and expected outputs is not of the expected shape.",
    remedy: "Correct the part that the path names; the guide of the node's language shows a table.",
  },
  FF_NODE_TOOLCHAIN: {
    meaning: "A compiler that the node needs is not installed.",
    remedy: "Install it as the message says and start again.",
    isTold: true,
  },
  FF_NODE_TYPE_REFUSED: {
    meaning: "A module cannot be made a node type of the gateway.",
    remedy: "Upload the module first and use the name in its manifest; a built-in type keeps its own module.",
  },
  FF_OUTBOUND_REFUSED: {
    meaning: "The gateway is not allowed to connect to an endpoint that a sink or driver names.",
    remedy: "Name another endpoint, or let whoever runs the gateway add a rule for this one.",
  },
  FF_OUTBOUND_RULE: {
    meaning: "A rule for outbound connections is not well-formed.",
    remedy: "Write any, loopback, a host, *.domain, an address or address/prefix, and :port if wanted.",
  },
  FF_PACKAGE_MISSING: {
    meaning: "What was asked for needs an npm package that is not installed, as few need it.",
    remedy: "Install the package that the message names, in your project or beside the one that printed it.",
    isTold: true,
  },
  FF_PROVIDER_CHANGED: {
    meaning: "What the gateway keeps under the name is not at the generation that the stack knows.",
    remedy: "Run `pulumi refresh`, look at what is different, and run `pulumi up` again.",
  },
  FF_PROVIDER_EXISTS: {
    meaning: "The gateway already keeps something under the name that is to be created.",
    remedy: "Import it into the stack, or give the new one another name.",
  },
  FF_PROVIDER_FLOW_CHANGED: {
    meaning: "The flow on the gateway is not the version that the stack knows.",
    remedy: "Run `pulumi refresh`, look at what is different, and run `pulumi up` again.",
  },
  FF_PROVIDER_FLOW_EXISTS: {
    meaning: "The gateway already has a flow of the name that is to be created.",
    remedy: "Import that flow into the stack, or give the new one another name.",
  },
  FF_PROVIDER_GATEWAY: {
    meaning: "The provider does not know which gateway a resource is on, or has no token for it.",
    remedy: "To import, give the resource's URL as the id and the token in FLOWFUSION_TOKEN.",
  },
  FF_PROVIDER_GATEWAY_DIFFERS: {
    meaning: "A gateway is not what the program declares: its version, its identity or its own configuration.",
    remedy: "Change the gateway's configuration file and start it again, or declare what it is.",
  },
  FF_PROVIDER_INPUT: {
    meaning: "An input of the resource is missing or not of the right kind.",
    remedy: "Correct the input that the path names.",
  },
  FF_PROVIDER_MODULE: {
    meaning: "A custom module cannot be read, or is not the node type it is given for.",
    remedy: "Check the file of the FileAsset and the `name` in its manifest.",
  },
  FF_PROVIDER_OUTCOME_UNKNOWN: {
    meaning: "A change was sent, but whether it took effect could not be found out.",
    remedy: "Run `pulumi refresh` when the gateway can be reached again.",
  },
  FF_PROVIDER_SECRET: {
    meaning: "A secret was given for something that others can read, such as Flow.wasm or a driver's configuration.",
    remedy: "Give it where `secrets` has a place for it, or wrap the value in pulumi.unsecret() if it may be read.",
  },
  FF_RECORDING_FILE: {
    meaning: "A recording of tags cannot be read.",
    remedy: "Check the path and its permissions.",
    isTold: true,
  },
  FF_RECORDING_INVALID: {
    meaning: "A recording of tags is not in a form that can be read.",
    remedy: "Give lines as the file sink writes them, or batches as drivers send them, each led by its length.",
  },
  FF_RELEASE_KEY: {
    meaning: "A key for signing releases, or for checking them, is not usable.",
    remedy: "Give an Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` writes it.",
  },
  FF_RELEASE_MISSING: {
    meaning: "The gateway asks for signed releases, and nobody signed this artefact for this flow.",
    remedy: "Sign it with `flowfusion release sign` and upload the bundle beside the artefact.",
  },
  FF_RELEASE_OLD: {
    meaning: "The artefact is a lower release than one that the flow ran before.",
    remedy:
      "Deploy a newer release; to go back on purpose, have the publisher sign the older artefact with a higher number.",
  },
  FF_RELEASE_UNTRUSTED: {
    meaning: "A release's signature is not of a publisher that the gateway trusts, or not of what it is used for.",
    remedy: "Have a trusted publisher sign it for this flow, or let whoever runs the gateway add the publisher's key.",
  },
  FF_SECRET_KEY: {
    meaning: "The key that seals the gateway's secrets is missing, malformed or open to others.",
    remedy: "Restore the key file, one key of 32 bytes a line as base64, and give it mode 0600.",
  },
  FF_SECRET_UNREADABLE: {
    meaning: "A stored secret does not open: the key is another, or the text was changed or moved.",
    remedy: "Put the key that sealed it back into the key file, or enter the secret again.",
  },
  FF_STORE_CORRUPT: {
    meaning: "A stored file is not what was written.",
    remedy: "Upload the artefact again, or restore the data folder from a backup.",
  },
  FF_STORE_HALF_RESTORED: {
    meaning: "A restore of a backup into the data folder did not come to its end.",
    remedy: "Run flowfusion gateway restore into the folder again; it clears away what the one before left.",
    isTold: true,
  },
  FF_STORE_LOCKED: {
    meaning: "Another gateway uses the data folder.",
    remedy: "Stop the other gateway or give this one a data folder of its own.",
    isTold: true,
  },
  FF_STORE_VERSION: {
    meaning: "The data folder was written by a newer gateway.",
    remedy: "Start that newer gateway, or use another data folder.",
  },
  FF_STORE_REPLACED: {
    meaning: "Somebody removed or replaced the gateway's database while the gateway runs.",
    remedy: "Stop the gateway, put its data folder in place, from a backup say, and start it; flows run on until then.",
  },
  FF_STORE_WRITE: {
    meaning: "The gateway's data folder cannot be written.",
    remedy: "Make space or mend the disk or its rights, then repeat; flows run on meanwhile.",
  },
  FF_TOKEN_INVALID: {
    meaning: "A token cannot be made or revoked as asked.",
    remedy: "Choose another name or end, or make another admin's token first, as the message says.",
    isTold: true,
  },
  FF_TRANSPORT_ADDRESS: {
    meaning: "An address of a PUSH or PULL socket is not well-formed.",
    remedy: "Write tcp://HOST:PORT or ipc://PATH; a socket path has at most 107 bytes.",
  },
  FF_TRANSPORT_LISTEN: {
    meaning: "A PUSH or PULL socket cannot listen on its address.",
    remedy: "Stop what uses the address, give another one, or check the rights of the folder of an ipc path.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorRegistry;

/** One problem of one place: `path` names the place (`nodes.hot.props.value`), the message says what, with numbers on both sides. */
export interface Diagnostic {
  readonly code: ErrorCode;
  readonly path: string;
  readonly message: string;
}

/** An operating error with a stable code. Callers branch on `code` and `diagnostics`, never on the text. */
export class FlowFusionError extends Error {
  readonly code: ErrorCode;
  readonly diagnostics: readonly Diagnostic[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FlowFusionError";
    this.code = code;
    this.diagnostics = options.diagnostics ?? [];
  }

  /** What to do about it, where the message does not say so already. */
  get remedy(): string | undefined {
    const { remedy, isTold }: ErrorEntry = errorRegistry[this.code];
    return isTold ? undefined : remedy;
  }

  /** Diagnostics that the message does not tell already: some messages list what is wrong, others leave that to them. */
  get untold(): readonly Diagnostic[] {
    return this.diagnostics.filter(({ message }) => !this.message.includes(message));
  }
}
