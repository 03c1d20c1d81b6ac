// Drivers, as they travel over the API.

/** `backing_off`: started again soon; `finished`: no more to send; `failed`: cannot work as configured. */
export type DriverState = "starting" | "running" | "backing_off" | "finished" | "failed" | "stopped";

export interface DriverDeclaration {
  readonly kind: string;
  readonly config: { readonly [name: string]: unknown };
  /** Write-only. A name that is left out keeps its secret, null removes it. */
  readonly secrets?: { readonly [name: string]: string | null };
  /** Whether it is to run; true when absent. */
  readonly enabled?: boolean;
}

export interface DriverStatus {
  readonly name: string;
  readonly generation: number;
  readonly kind: string;
  readonly config: { readonly [name: string]: unknown };
  /** Names of those that are set. */
  readonly secrets: readonly string[];
  readonly enabled: boolean;
  readonly state: DriverState;
  /** Why it does not run. */
  readonly reason?: string;
  /** How the device does that it reads. */
  readonly device?: "connecting" | "connected" | "silent";
  readonly lastError?: string;
  readonly lastErrorAt?: string;
  /** Tags that are bad now; absent where none is. */
  readonly badTags?: { readonly count: number; readonly first: readonly string[] };
  /** Since the gateway started, as all counts up to `inDoubt`. */
  readonly updates: number;
  readonly bad: number;
  readonly dropped: number;
  /** That a gateway, this one or the one before, did not take when it or the driver ended: they waited. */
  readonly unsent: number;
  /** That were being written then: taken or lost, the driver cannot know. */
  readonly inDoubt: number;
  readonly updatesPerSecond: number;
  /** After crashes, of what it is declared as now. */
  readonly restarts: number;
  readonly startedAt?: string;
  readonly pid?: number;
  readonly rssBytes?: number;
  readonly changedAt: string;
  readonly changedBy: string;
}

export interface DriverLog {
  /** The newest, oldest first. */
  readonly lines: readonly {
    readonly at: string;
    readonly level: "info" | "warn" | "error";
    readonly message: string;
  }[];
}

export interface DriverKinds {
  readonly items: readonly {
    readonly kind: string;
    readonly summary: string;
    /** JSON Schema of the configuration. */
    readonly config: object;
    readonly secrets: { readonly [name: string]: string };
  }[];
}
