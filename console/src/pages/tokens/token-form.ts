// What is written into the form of a new token, as the gateway takes it. Pure.

import type { TokenRequest } from "@flowfusion/client";

export const periods = ["30", "90", "365", "never"] as const;
export type Period = (typeof periods)[number];

const dayMs = 24 * 60 * 60 * 1_000;

export const isTokenName = (name: string): boolean => /^[a-z][a-z0-9_.-]{0,62}$/.test(name);

export function tokenRequest(name: string, role: TokenRequest["role"], period: Period, nowMs: number): TokenRequest {
  if (period === "never") return { name, role };
  return { name, role, expiresAt: new Date(nowMs + Number(period) * dayMs).toISOString() };
}
