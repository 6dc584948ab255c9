// SHA-256, FIPS 180-4.
#ifndef DRYDOCK_SHA256_H
#define DRYDOCK_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t h[8];
    uint64_t length;
    uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const uint8_t *bytes, size_t length);
// Leaves s usable: it finishes a copy. 64 hex digits and a NUL.
void sha256_hex(const struct sha256 *s, char hex[65]);

#endif
