// A lock between processes, so that two set-ups started at once do not install into each other: the second waits and then
// finds the work done. The lock is a file with the holder's process id, made whole by a hard link; one whose holder is
// dead is taken over.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { print } from "./progress.mjs";

const pollMs = 250;

/**
 * Runs `work` while holding the lock.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  let hasSaidSo = false;
  while (!tryLock(path)) {
    const holder = holderOf(path);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      takeOver(path, holder);
      continue;
    }
    if (!hasSaidSo) print(`- waiting for another set-up, process ${holder} (if there is none, delete ${path})`);
    hasSaidSo = true;
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function tryLock(path) {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {number | undefined}
 */
function holderOf(path) {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    return undefined;
  }
}

/**
 * Removes a dead holder's lock. Between looking and moving, another process may have taken it over already; then the file
 * that was moved away is that process's lock, and it goes back.
 * @param {string} path
 * @param {number} deadHolder
 */
function takeOver(path, deadHolder) {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    return;
  }
  if (holderOf(aside) !== deadHolder) linkSync(aside, path);
  rmSync(aside, { force: true });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && "code" in error && error.code === code;
}
