import { describe, expect, it } from 'vitest';
import { fileProblem, joinPath, languageOf, textOf } from './paths.ts';

describe('files of the guest', () => {
  it('joins and names', () => {
    expect(joinPath('/', 'etc')).toBe('/etc');
    expect(joinPath('/etc', 'hosts')).toBe('/etc/hosts');
    expect(languageOf('/root/Dockerfile')).toBe('dockerfile');
    expect(languageOf('/root/compose.yml')).toBe('yaml');
    expect(languageOf('/etc/passwd')).toBe('plaintext');
  });
  it('tells text from other bytes', () => {
    expect(textOf(new TextEncoder().encode('grüß'))).toBe('grüß');
    expect(textOf(Uint8Array.of(1, 0, 2))).toBeUndefined();
    expect(textOf(Uint8Array.of(0xff, 0xfe))).toBeUndefined();
  });
  it('says what to do when a disk is full', () => {
    expect(fileProblem('/a', { code: 'ENOSPC', message: '' }, 'save')).toContain('disk is full');
    expect(fileProblem('/a', new Error('odd'), 'open')).toContain('odd');
  });
});
