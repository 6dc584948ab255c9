// The platform of this machine: what an image must be made for. linux/386, since the guest is an i386 kernel.

export const ARCHITECTURE = '386';
export const OS = 'linux';

/** `linux/386`, `linux/386/…`, or a bare `linux`. */
export function isHostPlatform(text: string): boolean {
  const [os, architecture] = text.toLowerCase().split('/');
  return (
    os === OS &&
    (architecture === undefined || architecture === ARCHITECTURE || architecture === 'i386' || architecture === 'x86')
  );
}
