// The runner itself: arguments, promise jobs, garbage collection. Used by the event loop and by main programs.

import { native } from './native.ts'

/** Arguments after the bundle's path. */
export const args = (): readonly string[] => native.args

/** Path of the running bundle. */
export const bundlePath = (): string => native.bundle

/** Runs promise jobs until none is left. */
export const runJobs = (): number => native.runJobs()

/** See Native.onUnhandledRejection. */
export const onUnhandledRejection = (hook: (promise: object, reason: unknown, handled: boolean) => void): void =>
  native.onUnhandledRejection(hook)

/** Collects cycles now; with a threshold, sets how many allocated bytes start the next collection (-1: never). */
export const gc = (thresholdBytes?: number): void => native.gc(thresholdBytes)

export const memoryUsage = (): { heapBytes: number; objects: number } => native.memoryUsage()
