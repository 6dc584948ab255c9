// A scene in plain words, where a test needs one before any real scene is there.
import type { Scene } from '../../../src/scenes/scene.ts';

const plain = (id: string, title: string, question: string): Scene => ({
  id,
  title,
  question,
  mount(root, context) {
    const list = document.createElement('ul');
    list.style.padding = '20px';
    root.append(list);
    return {
      update(world) {
        list.replaceChildren(
          ...world.operations.slice(-20).map((operation) => {
            const item = document.createElement('li');
            const button = document.createElement('button');
            button.textContent = operation.label;
            button.onclick = () => context.onOpen(operation.seq);
            item.append(button);
            return item;
          }),
        );
      },
      describe: (world) =>
        [...world.containers.values()].map((container) => `Container ${container.name} is ${container.state}.`),
      resize: () => undefined,
      destroy: () => list.remove(),
    };
  },
});

export const scenes: readonly Scene[] = [
  plain('request', 'Request', 'Who asked whom, and how long did it take?'),
  plain('processes', 'Processes', 'Which processes run, and what can each of them see?'),
  plain('layers', 'Layers', 'Which files does a container see, and where do its changes go?'),
  plain('cgroups', 'Cgroups', 'How much may each container use, and how much does it?'),
  plain('network', 'Network', 'Which way does a packet go?'),
];
