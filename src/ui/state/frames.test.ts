// The loop of frames: half of the main thread at most, every frame that is due, and time by the clock.
import { describe, expect, it } from 'vitest';
import type { WorldEvent } from '../../protocol/events.ts';
import { Timeline } from '../../sim/timeline.ts';
import { Frames, type Display } from './frames.ts';

const VSYNC_MS = 1000 / 60;

/** A display whose frames cost what a test says; time passes only here. */
class FakeDisplay implements Display {
  ms = 0;
  costMs = 4;
  busyMs = 0;
  frames = 0;
  #tasks: { atMs: number; act: () => void }[] = [];

  now(): number {
    return this.ms;
  }
  requestFrame(frame: () => void): void {
    const atMs = Math.ceil((this.ms + 0.01) / VSYNC_MS) * VSYNC_MS;
    this.later(() => {
      this.frames++;
      frame();
    }, atMs - this.ms);
  }
  painted(done: () => void): void {
    this.ms += this.costMs;
    this.busyMs += this.costMs;
    this.later(done, 0);
  }
  later(act: () => void, afterMs: number): void {
    this.#tasks.push({ atMs: this.ms + afterMs, act });
  }
  /** Lets time pass until `untilMs`, or until nothing is to be done. */
  run(untilMs: number): void {
    for (;;) {
      const next = this.#tasks.reduce<{ atMs: number; act: () => void } | undefined>(
        (first, task) => (first && first.atMs <= task.atMs ? first : task),
        undefined,
      );
      if (!next || next.atMs > untilMs) break;
      this.#tasks.splice(this.#tasks.indexOf(next), 1);
      this.ms = Math.max(this.ms, next.atMs);
      next.act();
    }
    this.ms = Math.max(this.ms, untilMs);
  }
}

const exec = (seq: number): WorldEvent => ({
  kind: 'process.exec',
  path: '/bin/true',
  seq,
  timeNs: seq,
  pid: 1,
  comm: 'true',
});
const execs = (from: number, count: number): WorldEvent[] => Array.from({ length: count }, (_, i) => exec(from + i));

describe('Frames', () => {
  it('draws every frame of the display while that is cheap', () => {
    const display = new FakeDisplay();
    const frames = new Frames(() => true, display);
    frames.start();
    display.run(1000);
    expect(display.frames).toBeGreaterThan(55);
    expect(frames.isHurried).toBe(false);
  });

  it.each([12, 40, 150, 400])('leaves half of the main thread alone when a frame costs %i ms', (costMs) => {
    const display = new FakeDisplay();
    display.costMs = costMs;
    const frames = new Frames(() => true, display);
    frames.start();
    display.run(20_000);
    expect(display.busyMs).toBeLessThan(10_500);
    expect(display.busyMs).toBeGreaterThan(5_000);
  });

  it('keeps to that also when it ends and is started again by every message', () => {
    const display = new FakeDisplay();
    display.costMs = 40;
    const frames = new Frames(() => false, display);
    for (let ms = 0; ms < 10_000; ms += 5) {
      display.run(ms);
      frames.start();
    }
    expect(display.busyMs).toBeLessThan(5_300);
    expect(frames.isHurried).toBe(true);
  });

  it('draws once more what came while the last frame was painted, and then no more', () => {
    const display = new FakeDisplay();
    let isStale = true;
    const frames = new Frames(() => {
      isStale = false;
      if (display.frames === 1)
        display.later(() => {
          isStale = true;
          frames.start();
        }, 0);
      return false;
    }, display);
    frames.start();
    display.run(1000);
    expect([isStale, display.frames]).toEqual([false, 2]);
  });

  it('draws nothing after stop, and draws again after start', () => {
    const display = new FakeDisplay();
    const frames = new Frames(() => true, display);
    frames.start();
    frames.stop();
    display.run(100);
    expect(display.frames - 1).toBeLessThanOrEqual(0);
    frames.start();
    display.run(1000);
    expect(display.frames).toBeGreaterThan(40);
  });
});

describe('a burst', () => {
  it.each([4, 150, 400])('is shown within its two seconds by the clock when a frame costs %i ms', (costMs) => {
    const display = new FakeDisplay();
    display.costMs = costMs;
    const timeline = new Timeline();
    const frames = new Frames((elapsedMs) => {
      timeline.advance(elapsedMs);
      return !timeline.caughtUp;
    }, display);
    timeline.push(execs(1, 1500));
    frames.start();
    display.run(1000);
    expect(timeline.position).toBeGreaterThan(0);
    expect(timeline.position).toBeLessThan(1400);
    display.run(2000 + 3 * costMs + VSYNC_MS);
    expect(timeline.caughtUp).toBe(true);
  });

  it('that goes on and on is never more than two seconds behind', () => {
    const display = new FakeDisplay();
    display.costMs = 60;
    const timeline = new Timeline();
    const frames = new Frames((elapsedMs) => {
      timeline.advance(elapsedMs);
      return !timeline.caughtUp;
    }, display);
    const pushed: { readonly length: number; readonly atMs: number }[] = [];
    for (let ms = 0, seq = 1; ms < 10_000; ms += 20, seq += 30) {
      display.run(ms);
      timeline.push(execs(seq, 30));
      pushed.push({ length: timeline.log.length, atMs: ms });
      frames.start();
      const due = pushed.findLast(({ atMs }) => atMs + 2000 + 200 < display.ms)?.length ?? 0;
      expect(timeline.position).toBeGreaterThanOrEqual(due);
    }
    display.run(13_000);
    expect(timeline.caughtUp).toBe(true);
  });

  it('shows its first operation at once, if there was nothing to show before', () => {
    const timeline = new Timeline();
    timeline.push(execs(1, 2), 1000);
    timeline.advance(1);
    expect(timeline.position).toBe(1);
    timeline.advance(60);
    timeline.push(execs(3, 1), 20);
    timeline.advance(1);
    expect(timeline.position).toBe(2);
    timeline.advance(40);
    expect(timeline.position).toBe(3);
  });

  it('of few operations is shown one after the other, each long enough to be read', () => {
    const timeline = new Timeline();
    timeline.push(execs(1, 10));
    const positions = Array.from({ length: 10 }, () => {
      timeline.advance(60);
      return timeline.position;
    });
    expect(positions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
