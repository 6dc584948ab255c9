// The tabs beside the stage: terminals, the files, the browser, the kernel's log. And the one way in which a command
// written anywhere on the page (lesson, empty scene, help) gets into a terminal.
import type { Machine } from './machine.svelte.ts';
import type { Layout } from './layout.svelte.ts';

export type SideTab = {
  readonly key: string;
  readonly kind: 'terminal' | 'files' | 'browser' | 'kernel';
  readonly title: string;
};

/** What a terminal's view offers to the rest of the page. */
export interface TerminalHandle {
  focus(): void;
  /** As if typed. */
  type(text: string): void;
  find(): void;
}

export class Terminals {
  tabs = $state<SideTab[]>([{ key: 't1', kind: 'terminal', title: 'Terminal' }]);
  active = $state('t1');
  /** The address that the browser pane is asked to open next; `count` tells two equal wishes apart. */
  browse = $state.raw<{ url: string; count: number } | undefined>(undefined);
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
  #handles = new Map<string, TerminalHandle>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
  #waiting = new Map<string, string>();
  #lastTerminal = 't1';
  #count = 1;

  constructor(
    readonly machine: Machine,
    readonly layout: Layout,
  ) {}

  openTerminal(): void {
    this.#count++;
    const key = `t${this.#count}`;
    this.tabs.push({ key, kind: 'terminal', title: `Terminal ${this.#count}` });
    this.select(key);
  }

  /** Files, browser and kernel log are one each. */
  open(kind: 'files' | 'browser' | 'kernel'): void {
    const titles = { files: 'Files', browser: 'Browser', kernel: 'Kernel log' };
    if (!this.tabs.some((tab) => tab.key === kind)) this.tabs.push({ key: kind, kind, title: titles[kind] });
    this.select(kind);
  }

  openUrl(url: string): void {
    this.browse = { url, count: (this.browse?.count ?? 0) + 1 };
    this.open('browser');
  }

  select(key: string): void {
    this.active = key;
    if (key.startsWith('t')) this.#lastTerminal = key;
    this.layout.reveal('side');
  }

  close(key: string): void {
    const at = this.tabs.findIndex((tab) => tab.key === key);
    const terminals = this.tabs.filter((tab) => tab.kind === 'terminal');
    if (at < 0 || (terminals.length === 1 && terminals[0]?.key === key)) return;
    this.tabs.splice(at, 1);
    if (this.#lastTerminal === key) this.#lastTerminal = this.tabs.find((tab) => tab.kind === 'terminal')?.key ?? 't1';
    if (this.active === key) this.active = this.tabs[Math.max(0, at - 1)]?.key ?? this.#lastTerminal;
  }

  attach(key: string, handle: TerminalHandle): () => void {
    this.#handles.set(key, handle);
    const waiting = this.#waiting.get(key);
    if (waiting) handle.type(waiting);
    this.#waiting.delete(key);
    return () => {
      if (this.#handles.get(key) === handle) this.#handles.delete(key);
    };
  }

  /** Type a command into the terminal used last, and press Enter if it is to run. */
  run(command: string, enter = true): void {
    const key = this.#lastTerminal;
    this.select(key);
    const text = command + (enter ? '\r' : '');
    const handle = this.#handles.get(key);
    if (handle) {
      handle.type(text);
      handle.focus();
    } else this.#waiting.set(key, (this.#waiting.get(key) ?? '') + text);
  }

  focus(): void {
    this.select(this.#lastTerminal);
    this.#handles.get(this.#lastTerminal)?.focus();
  }

  find(): void {
    this.#handles.get(this.active)?.find();
  }
}
