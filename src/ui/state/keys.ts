// The page's keys. Alt is the prefix, so that they work while the terminal has the keyboard; letters that readline uses
// with Alt (b f d u l c t y r . and digits with minus) are mostly left alone. `?` alone lists them outside of text fields.

export interface Key {
  /** `KeyboardEvent.code`, so that a Mac's Alt characters and other layouts do not matter. */
  readonly code: string;
  readonly shift?: boolean;
  readonly shown: string;
  readonly does: string;
  readonly group: 'Panes' | 'Scenes' | 'Time' | 'Page';
  readonly act: () => void;
}

/** The key that an event presses, if it is one of ours. */
export function keyPressed(keys: readonly Key[], event: KeyboardEvent): Key | undefined {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.getModifierState('AltGraph')) return undefined;
  return keys.find((key) => key.code === event.code && Boolean(key.shift) === event.shiftKey);
}

/** Is the person writing something, so that a plain character belongs there? */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches('input, textarea, select, [role="textbox"]') ||
    target.closest('.xterm, .monaco-editor') !== null
  );
}
