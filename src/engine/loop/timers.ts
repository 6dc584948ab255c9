// Timers of the event loop: a list sorted by deadline. The loop asks for the next deadline and runs what is due.

import { monotonicMs } from '../sys/time.ts';
import { setAbortTimer } from './abort.ts';

export interface Timer {
  deadlineMs: number;
  repeatMs: number;
  callback: () => void;
  active: boolean;
}

let timers: Timer[] = [];

function insert(timer: Timer): void {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timers[middle] as Timer).deadlineMs <= timer.deadlineMs) low = middle + 1;
    else high = middle;
  }
  timers.splice(low, 0, timer);
}

/** Calls callback once after ms. */
export function setTimeout(callback: () => void, ms = 0): Timer {
  const timer: Timer = { deadlineMs: monotonicMs() + Math.max(0, ms), repeatMs: 0, callback, active: true };
  insert(timer);
  return timer;
}

/** Calls callback every ms until cleared. */
export function setInterval(callback: () => void, ms: number): Timer {
  const timer = setTimeout(callback, ms);
  timer.repeatMs = Math.max(1, ms);
  return timer;
}

/** Cancels a timer; undefined is nothing to do. */
export function clearTimeout(timer: Timer | undefined): void {
  if (!timer?.active) return;
  timer.active = false;
  const at = timers.indexOf(timer);
  if (at >= 0) timers.splice(at, 1);
}

export const clearInterval = clearTimeout;

/** Milliseconds until the next timer is due (0 if overdue), -1 if there is none. */
export function untilNextTimer(): number {
  const first = timers[0];
  return first ? Math.max(0, Math.ceil(first.deadlineMs - monotonicMs())) : -1;
}

/** Runs the timers that are due now; between two of them, afterEach. */
export function runDueTimers(afterEach: () => void): void {
  const first = timers[0];
  if (!first) return;
  const now = monotonicMs();
  if (first.deadlineMs > now) return;
  // A timer set by a callback of this round waits for the next round, even with 0 ms.
  const due = timers.filter((t) => t.deadlineMs <= now);
  timers = timers.slice(due.length);
  for (const timer of due) {
    if (!timer.active) continue;
    if (timer.repeatMs > 0) {
      timer.deadlineMs = now + timer.repeatMs;
      insert(timer);
    } else timer.active = false;
    timer.callback();
    afterEach();
  }
}

/** A forked child starts without its parent's timers. Gives a function that brings them back. */
export function forgetTimers(): () => void {
  const parents = timers;
  timers = [];
  return () => void (timers = parents);
}

setAbortTimer(setTimeout);
