// The page with a double behind it: for tests of the page alone. Served by Vite in tests, part of no build.
import { mount } from 'svelte';
import { scenes } from '../../../src/scenes/index.ts';
import App from '../../../src/ui/App.svelte';
import '../../../src/ui/tokens.css';
import '../../../src/ui/base.css';
import { connectDouble } from './machine.ts';
import { scenes as plainScenes } from './scenes.ts';

const target = document.getElementById('app');
if (target) mount(App, { target, props: { connect: connectDouble, scenes: scenes.length > 0 ? scenes : plainScenes } });
