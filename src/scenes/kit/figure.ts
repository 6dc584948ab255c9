// A picture as data: what a scene's layout answers, and what kit/draw.ts puts on the page. Pixels, from the top left.

/** The shared signs; each means the same thing in every scene. */
export type SignName =
  | 'room'
  | 'pill'
  | 'slab'
  | 'gauge'
  | 'bar'
  | 'plug'
  | 'door'
  | 'cable'
  | 'text'
  | 'ground'
  | 'packet'
  | 'arrow'
  | 'tick'
  | 'drum';

export interface Figure {
  /** Names the thing across pictures: the same key moves, a new one enters, a missing one leaves. */
  readonly key: string;
  readonly sign: SignName;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** A container's hue, 1 to 8. */
  readonly hue?: number;
  readonly title?: string;
  readonly detail?: string;
  /** A second line below title and detail, where there is height for it. */
  readonly note?: string;
  /** Space-separated words that the style sheet knows, e.g. `paused`, `shared`, `lit`. */
  readonly look?: string;
  /** Where it comes from when it enters. */
  readonly from?: { readonly x: number; readonly y: number };
  /** Corners of a cable or an arrow, absolute. */
  readonly points?: readonly (readonly [number, number])[];
  /** 0 to 1: how full a gauge is; `limited` puts a hard edge at its end. */
  readonly share?: number;
  readonly limited?: boolean;
  /** A click opens this event. */
  readonly opens?: number;
  /** A click offers this command. */
  readonly command?: string;
  /** A click opens this port in the browser pane. */
  readonly port?: number;
  /** What a screen reader and a hover say. */
  readonly says?: string;
}

export interface Picture {
  /** In drawing order: what comes later lies above. */
  readonly figures: readonly Figure[];
  /** Height that the picture needs, and width, if that may be more than the stage's; beyond the stage it scrolls. */
  readonly height: number;
  readonly width?: number;
}

/** Cut a text to what fits into `width` pixels at `size` pixels of type (monospace is 0.6 of the size wide). */
export function fit(text: string, width: number, size = 12, advance = 0.6): string {
  const room = Math.floor(width / (size * advance));
  return text.length <= room ? text : room <= 1 ? '' : `${text.slice(0, room - 1)}…`;
}

/** As `fit`, but what a path ends with is what tells it apart: its beginning goes. */
export function fitEnd(text: string, width: number, size = 12, advance = 0.6): string {
  const room = Math.floor(width / (size * advance));
  return text.length <= room ? text : room <= 1 ? '' : `…${text.slice(1 - room)}`;
}
