// Where the panes stand and what they show; kept between visits. Sizes in pixels, the split as the terminal's share.
import { readStored, writeStored } from './stored.ts';

export type Theme = 'system' | 'dark' | 'light';
/** The panes that a narrow screen shows one at a time, and that can be maximised on a wide one. */
export type Pane = 'lesson' | 'side' | 'stage';

interface Kept {
  drawerOpen: boolean;
  drawerWidth: number;
  split: number;
  scene: string;
  theme: Theme;
  screenReader: boolean;
  typeScale: number;
}

const defaults: Kept = {
  drawerOpen: true,
  drawerWidth: 304,
  split: 0.4,
  scene: 'request',
  theme: 'system',
  screenReader: false,
  typeScale: 1,
};

function isKept(value: unknown): value is Partial<Kept> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(
    ([key, part]) => key in defaults && typeof part === typeof defaults[key as keyof Kept],
  );
}

export class Layout {
  kept = $state<Kept>({ ...defaults, ...readStored('layout', isKept) });
  /** Not kept: a page opens with everything in sight. */
  maximised = $state<Pane | undefined>(undefined);
  /** The one pane in sight under 1000 px. */
  narrowPane = $state<Pane>('side');
  narrow = $state(false);
  #systemDark = $state(true);
  reducedMotion = $state(false);

  /** Follow the window and the system's settings; answers what ends that. */
  attach(): () => void {
    const stops = [
      follow('(max-width: 999px)', (matches) => (this.narrow = matches)),
      follow('(prefers-color-scheme: dark)', (matches) => (this.#systemDark = matches)),
      follow('(prefers-reduced-motion: reduce)', (matches) => (this.reducedMotion = matches)),
    ];
    return () => stops.forEach((stop) => stop());
  }

  get theme(): 'dark' | 'light' {
    if (this.kept.theme !== 'system') return this.kept.theme;
    return this.#systemDark ? 'dark' : 'light';
  }

  toggleTheme(): void {
    this.kept.theme = this.theme === 'dark' ? 'light' : 'dark';
  }

  toggleMaximised(pane: Pane): void {
    this.maximised = this.maximised === pane ? undefined : pane;
  }

  /** Bring a pane into sight, whatever stands over it. */
  reveal(pane: Pane): void {
    this.narrowPane = pane;
    if (pane === 'lesson') this.kept.drawerOpen = true;
    if (this.maximised && this.maximised !== pane) this.maximised = undefined;
  }

  isShown(pane: Pane): boolean {
    if (this.narrow) return this.narrowPane === pane;
    if (pane === 'lesson') return this.kept.drawerOpen && !this.maximised;
    return this.maximised === undefined || this.maximised === pane;
  }

  save(): void {
    writeStored('layout', this.kept);
  }
}

function follow(query: string, set: (matches: boolean) => void): () => void {
  const list = matchMedia(query);
  const listener = (): void => set(list.matches);
  listener();
  list.addEventListener('change', listener);
  return () => list.removeEventListener('change', listener);
}
