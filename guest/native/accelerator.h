// The machine's accelerator, if it has one (src/vm/machine/accelerator.ts): a PCI device whose region a program maps. A request's address,
// stored in the region, has the request done before the next instruction. Addresses are the program's own, and the device keeps nothing
// between two requests, so a process may fork with the mapping.
#ifndef DRYDOCK_ACCELERATOR_H
#define DRYDOCK_ACCELERATOR_H

#include <stddef.h>
#include <stdint.h>

// Looks for the device once in a process's life; others ask what was found.
int accelerator_find(void);

// How many of the blocks of 64 bytes were taken into the state: all, or those before a page that is not there (yet), or none.
size_t accelerator_hash(uint32_t h[8], const uint8_t *bytes, size_t blocks);

#define INFLATE_HISTORY 32768

// A raw DEFLATE stream (RFC 1951) between two calls: all zeros at its start. `window` holds the last 32 KB and then the latest output.
struct inflating {
    uint8_t state[336], *window;
    size_t history, bytes;      // of the window: behind INFLATE_HISTORY what came out last, before it what may be referred to
};

enum { INFLATE_MORE, INFLATE_END, INFLATE_BROKEN, INFLATE_FAILED };

// Inflates some of the bytes to the window and says how many it took; what it has not taken is to be given again, with what follows.
int accelerator_inflate(struct inflating *s, const uint8_t *bytes, size_t length, size_t *consumed);

#endif
