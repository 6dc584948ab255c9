// One xterm with its add-ons. Loaded by itself, so that the page's frame stands before it; knows no virtual machine.
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { terminalTheme } from './theme.ts';

export interface ScreenOptions {
  readonly readOnly: boolean;
  readonly screenReader: boolean;
  /** Keys that are the page's, not the terminal's. */
  isPageKey(event: KeyboardEvent): boolean;
  onLink(url: string): void;
}

export interface Screen {
  readonly terminal: Terminal;
  readonly search: SearchAddon;
  fit(): void;
  retheme(): void;
  dispose(): void;
}

export async function createScreen(element: HTMLElement, options: ScreenOptions): Promise<Screen> {
  // Cells are measured once; measured in a fallback font they would be wrong for ever.
  await document.fonts.load('14px "JetBrains Mono Variable"').catch(() => undefined);
  const terminal = new Terminal({
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--font-mono'),
    fontSize: fontSizeFor(element),
    lineHeight: 1.25,
    cursorBlink: false,
    cursorStyle: 'bar',
    cursorWidth: 2,
    scrollback: 5000,
    theme: terminalTheme(),
    screenReaderMode: options.screenReader,
    disableStdin: options.readOnly,
    convertEol: options.readOnly,
    allowProposedApi: true,
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon((_event, uri) => options.onLink(uri)));
  terminal.attachCustomKeyEventHandler((event) => !options.isPageKey(event) && !isClipboardKey(terminal, event));
  terminal.open(element);
  terminal.textarea?.setAttribute(
    'aria-label',
    options.readOnly
      ? 'Kernel log'
      : 'Terminal input. Tab goes to the shell: Alt+S leaves for the stage, Alt+L for the lesson, Alt+H lists all keys',
  );
  fit.fit();
  return {
    terminal,
    search,
    fit: () => {
      if (element.clientWidth <= 40 || element.clientHeight <= 40) return;
      const fontSize = fontSizeFor(element);
      if (terminal.options.fontSize !== fontSize) terminal.options.fontSize = fontSize;
      fit.fit();
    },
    retheme: () => (terminal.options.theme = terminalTheme()),
    dispose: () => terminal.dispose(),
  };
}

/** Docker's tables are wide: a narrow pane gets the smaller type, larger where the page's own type is. */
function fontSizeFor(element: HTMLElement): number {
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
  return Math.round((element.clientWidth < 560 * scale ? 12 : 14) * scale);
}

/** Ctrl+Shift+C copies the selection; Ctrl+Shift+V is left to the browser, whose paste event xterm hears. */
function isClipboardKey(terminal: Terminal, event: KeyboardEvent): boolean {
  if (!event.ctrlKey || !event.shiftKey || event.type !== 'keydown') return false;
  if (event.code === 'KeyC') {
    event.preventDefault();
    void navigator.clipboard?.writeText(terminal.getSelection()).catch(() => undefined);
    return true;
  }
  return event.code === 'KeyV';
}
