// The runner itself: arguments, promise jobs, garbage collection. Used by the event loop and by main programs.

import { native } from './native.ts';

/** Arguments after the bundle's path. */
export const args = (): readonly string[] => native.args;

/** Path of the running bundle. */
export const bundlePath = (): string => native.bundle;

/** Runs promise jobs until none is left. */
export const runJobs = (): number => native.runJobs();

/** See Native.onUnhandledRejection. */
export const onUnhandledRejection = (hook: (promise: object, reason: unknown, handled: boolean) => void): void =>
  native.onUnhandledRejection(hook);

/** Collects cycles now. */
export const gc = (): void => native.gc();

/** Collects when this many bytes more than now are allocated; -1: never, which is how a forked child starts. */
export const collectAfter = (bytes: number): void => native.collectAfter(bytes);

export const memoryUsage = (): { heapBytes: number; objects: number } => native.memoryUsage();
