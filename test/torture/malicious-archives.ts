// Archives that want out of the directory that they are unpacked in. Those who unpack them: test/vm/archives.test.ts.
import { paxHeader, tarEntry, type TarEntry } from './tar.ts';

/** What an archive may hold to get at /outside. Those with `refused` are refused in these words. */
export const ESCAPES: Readonly<Record<string, { entries: readonly (TarEntry | Uint8Array)[]; refused?: RegExp }>> = {
  'a name with ..': {
    entries: [{ name: '../../../../../../outside/dir/file', content: 'owned' }],
    refused: /"\.\.\/\.\.\/.*" is outside of "\//,
  },
  'a name with .. in the middle': {
    entries: [{ name: 'a/../../../../../../../outside/new', content: 'owned' }],
    refused: /is outside of/,
  },
  'an absolute name': { entries: [{ name: '/outside/dir/file', content: 'owned' }] },
  'a pax path with ..': {
    entries: [paxHeader({ path: '../../../../outside/dir/file' }), { name: 'x', content: 'owned' }],
    refused: /is outside of/,
  },
  'a file through an absolute symlink': {
    entries: [
      { name: 'l', type: '2', link: '/outside/dir' },
      { name: 'l/file', content: 'owned' },
      { name: 'l/new', content: 'owned' },
    ],
    refused: /open .*: no such file or directory/,
  },
  'a file through a relative symlink': {
    entries: [
      { name: 'l', type: '2', link: '../../../../../../../../outside/dir' },
      { name: 'l/file', content: 'owned' },
    ],
    refused: /open .*: no such file or directory/,
  },
  'a file over a symlink': {
    entries: [
      { name: 'l', type: '2', link: '/outside/dir/file' },
      { name: 'l', content: 'owned' },
    ],
  },
  'a directory over a symlink, and its mode': {
    entries: [
      { name: 'l', type: '2', link: '/outside' },
      { name: 'l', type: '5', mode: 0o777 },
      { name: 'l/secret', content: 'owned' },
    ],
  },
  'symlinks in a chain': {
    entries: [
      { name: 'a', type: '2', link: '..' },
      { name: 'b', type: '2', link: 'a/..' },
      { name: 'c', type: '2', link: 'b/../../../../outside' },
      { name: 'c/dir/file', content: 'owned' },
    ],
    refused: /open .*: no such file or directory/,
  },
  'a hard link to outside': {
    entries: [{ name: 'h', type: '1', link: '../../../../../../outside/secret' }],
    refused: /invalid hardlink/,
  },
  'an absolute hard link': {
    entries: [{ name: 'h', type: '1', link: '/outside/secret' }],
    refused: /link .*no such file or directory/,
  },
  'a hard link through a symlink, written to': {
    entries: [
      { name: 'l', type: '2', link: '/outside' },
      { name: 'h', type: '1', link: 'l/secret' },
      { name: 'h', content: 'owned' },
    ],
    refused: /link .*no such file or directory/,
  },
  'a white-out of outside': {
    entries: [
      { name: 'l', type: '2', link: '/outside' },
      { name: 'l/.wh.dir', content: '' },
      { name: 'l/.wh..wh..opq', content: '' },
    ],
    refused: /open .*: no such file or directory/,
  },
  'a negative size in base 256': {
    entries: [
      { name: 'f', content: 'x', size: Uint8Array.of(0xff, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0) },
    ],
    refused: /invalid tar header/,
  },
  'a size of many exabytes': {
    entries: [{ name: 'f', content: 'x', size: Uint8Array.of(0x80, 0, 0, 0, 0x70, 0, 0, 0, 0, 0, 0, 0) }],
    refused: /unexpected EOF/,
  },
  'a size that is no number': {
    entries: [{ name: 'f', content: 'x', size: '-7          ' }],
    refused: /invalid tar header/,
  },
  'a pax size below zero': {
    entries: [paxHeader({ size: '-1' }), { name: 'f', content: 'x' }],
    refused: /invalid tar header/,
  },
  'a pax header without records': {
    entries: [
      { name: 'p', type: 'x', content: 'no records here' },
      { name: 'f', content: 'x' },
    ],
    refused: /invalid tar header/,
  },
  'a pax header of 200 MB': {
    entries: [{ name: 'p', type: 'x', content: 'x', size: '01400000000\0' }],
    refused: /header field too long/,
  },
  'an archive that ends in a header': {
    entries: [tarEntry({ name: 'f', content: 'x' }).subarray(0, 300)],
    refused: /invalid tar header|unexpected EOF/,
  },
};
