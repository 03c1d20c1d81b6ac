// How requests reach one gateway. Node.js and the browser each have a way of their own.

export interface Transport {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly fetch: Fetch;
  /** What shows who calls, for a request of this method. */
  credentials(method: string): { readonly [header: string]: string };
}

export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  /** Redirects are handed back, not followed. */
  readonly redirect: "manual";
}
