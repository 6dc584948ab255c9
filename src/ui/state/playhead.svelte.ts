// The timeline as the page's components see it: the World at the playhead, and a loop of frames that runs only while the
// playhead is behind the present, at a rate that the computer has (frames.ts).
import type { WorldEvent } from '../../protocol/events.ts';
import { Timeline, type RecordedRun, type TimelineMode } from '../../sim/timeline.ts';
import type { World } from '../../sim/world.ts';
import { Frames } from './frames.ts';

/** A recorded run stands still while nobody can see it: no frame takes it on by more than this. */
const LONGEST_STEP_MS = 1_000;

export class Playhead {
  #timeline = new Timeline();
  #advancedAtMs = 0;
  readonly #frames = new Frames((elapsedMs) => this.#advance(elapsedMs));
  /** The World at the playhead. */
  world = $state.raw<World>(this.#timeline.world);
  mode = $state<TimelineMode>('live');
  position = $state(0);
  length = $state(0);
  caughtUp = $state(true);
  speed = $state(1);
  /** Counts jumps: a scene that sees it change draws anew instead of animating. */
  jumps = $state(0);

  /** Is there too much to draw for this computer to show it moving? */
  get isHurried(): boolean {
    return this.#frames.isHurried;
  }
  get log(): readonly WorldEvent[] {
    return this.#timeline.log;
  }

  /** The event of this number, if it is kept. */
  event(seq: number): WorldEvent | undefined {
    return this.#timeline.event(seq);
  }

  /** What stood before the page began to watch. */
  begin(past: readonly WorldEvent[]): void {
    this.#timeline.begin(past);
    this.jumps++;
    this.#reflect();
  }

  /** A recorded run, played from its beginning. */
  replay(run: RecordedRun): void {
    this.#timeline.begin(run.past);
    this.#timeline.push(run.events);
    this.#timeline.mode = 'playing';
    this.jumps++;
    this.#reflect();
    this.#run();
  }

  push(events: readonly WorldEvent[]): void {
    const worldWas = this.#timeline.world;
    this.#timeline.push(events, performance.now() - this.#advancedAtMs);
    // A long log forgets its beginning; a playhead standing there is moved on.
    if (this.#timeline.world !== worldWas) this.jumps++;
    // The next frame shows it: a message must not cost what a frame costs.
    if (this.#isAtRest) this.#reflect();
    else this.#run();
  }

  togglePause(): void {
    if (this.mode === 'paused') this.play();
    else this.#jumpTo(() => this.#timeline.seek(this.#timeline.position), false);
  }

  /** Go on from here at the chosen speed. */
  play(): void {
    this.#timeline.mode = 'playing';
    this.#reflect();
    this.#run();
  }

  live(): void {
    this.#jumpTo(() => this.#timeline.live(), true);
  }

  seek(position: number): void {
    this.#jumpTo(() => this.#timeline.seek(position), true);
  }

  /** One operation on (shown moving) or back (a cut). */
  step(direction: 1 | -1): void {
    this.#jumpTo(() => this.#timeline.step(direction), direction < 0);
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.#timeline.speed = speed;
  }

  export(): string {
    return this.#timeline.export();
  }

  /** A new machine: nothing of the old one is true any more. */
  reset(): void {
    this.#frames.stop();
    this.#timeline = new Timeline();
    this.#timeline.speed = this.speed;
    this.jumps++;
    this.#reflect();
  }

  #jumpTo(move: () => void, isCut: boolean): void {
    if (isCut) this.jumps++;
    move();
    this.#reflect();
    this.#run();
  }

  #run(): void {
    if (!this.#isAtRest) this.#frames.start();
  }

  /** One frame; answers whether another one is wanted. */
  #advance(elapsedMs: number): boolean {
    this.#timeline.advance(this.#timeline.mode === 'live' ? elapsedMs : Math.min(LONGEST_STEP_MS, elapsedMs));
    this.#advancedAtMs = performance.now();
    this.#reflect();
    return !this.#isAtRest;
  }

  get #isAtRest(): boolean {
    return this.#timeline.mode === 'paused' || (this.#timeline.caughtUp && this.#timeline.mode === 'live');
  }

  #reflect(): void {
    this.world = this.#timeline.world;
    this.mode = this.#timeline.mode;
    this.position = this.#timeline.position;
    this.length = this.#timeline.log.length;
    this.caughtUp = this.#timeline.caughtUp;
  }
}
