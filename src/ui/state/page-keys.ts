// The table of the page's keys; help shows it, App listens to it.
import type { Scene } from '../../scenes/scene.ts';
import type { Key } from './keys.ts';
import type { Layout, Pane } from './layout.svelte.ts';
import type { Machine } from './machine.svelte.ts';
import type { Terminals } from './terminals.svelte.ts';

interface Reach {
  readonly layout: Layout;
  readonly machine: Machine;
  readonly terminals: Terminals;
  readonly scenes: readonly Scene[];
  focusPane(pane: Pane): void;
  currentPane(): Pane;
  help(): void;
}

export function pageKeys({ layout, machine, terminals, scenes, focusPane, currentPane, help }: Reach): Key[] {
  const { playhead } = machine;
  const toggleLesson = (): void => {
    if (!layout.isShown('lesson')) focusPane('lesson');
    else if (!layout.narrow) layout.kept.drawerOpen = false;
    layout.save();
  };
  return [
    { code: 'KeyT', shown: 'Alt+T', does: 'go to the terminal', group: 'Panes', act: () => focusPane('side') },
    { code: 'KeyS', shown: 'Alt+S', does: 'go to the stage', group: 'Panes', act: () => focusPane('stage') },
    { code: 'KeyL', shown: 'Alt+L', does: 'show or hide the lesson', group: 'Panes', act: toggleLesson },
    {
      code: 'KeyM',
      shown: 'Alt+M',
      does: 'maximise this pane, and back',
      group: 'Panes',
      act: () => layout.toggleMaximised(currentPane()),
    },
    { code: 'KeyN', shown: 'Alt+N', does: 'new terminal', group: 'Panes', act: () => terminals.openTerminal() },
    { code: 'KeyE', shown: 'Alt+E', does: 'files in the machine', group: 'Panes', act: () => terminals.open('files') },
    {
      code: 'KeyW',
      shown: 'Alt+W',
      does: 'browser for published ports',
      group: 'Panes',
      act: () => terminals.open('browser'),
    },
    { code: 'KeyG', shown: 'Alt+G', does: 'the kernel’s log', group: 'Panes', act: () => terminals.open('kernel') },
    ...scenes.slice(0, 9).map((scene, i): Key => ({
      code: `Digit${i + 1}`,
      shown: `Alt+${i + 1}`,
      does: scene.title,
      group: 'Scenes',
      act: () => showScene(layout, scene),
    })),
    {
      code: 'KeyP',
      shown: 'Alt+P',
      does: 'pause the picture, or go on',
      group: 'Time',
      act: () => playhead.togglePause(),
    },
    { code: 'KeyJ', shown: 'Alt+J', does: 'one operation back', group: 'Time', act: () => playhead.step(-1) },
    { code: 'KeyK', shown: 'Alt+K', does: 'one operation on', group: 'Time', act: () => playhead.step(1) },
    { code: 'Digit0', shown: 'Alt+0', does: 'back to the present', group: 'Time', act: () => playhead.live() },
    { code: 'KeyC', shown: 'Alt+C', does: 'dark or light', group: 'Page', act: () => toggleTheme(layout) },
    { code: 'KeyH', shown: 'Alt+H', does: 'these keys (also ?)', group: 'Page', act: help },
  ];
}

function showScene(layout: Layout, scene: Scene): void {
  layout.kept.scene = scene.id;
  layout.reveal('stage');
  layout.save();
}

function toggleTheme(layout: Layout): void {
  layout.toggleTheme();
  layout.save();
}
