// SHA-256, FIPS 180-4. Written for the emulator, where every instruction that sets flags stores them in memory: `lea` adds without
// flags, rotations are nested, and Maj reuses a ^ b of the round before. A fifth fewer instructions than the plain form, a tenth less time;
// shifts instead of rotations, multiplications, and leaving out conditional parts were all slower (docs/decisions/speed.md). Where the
// machine has a hash accelerator, long runs of blocks go there.

#include "sha256.h"

#include <string.h>

#include "accelerator.h"

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#ifdef __i386__
static inline uint32_t add(uint32_t a, uint32_t b)
{
    uint32_t sum;
    __asm__("leal (%1,%2), %0" : "=r"(sum) : "r"(a), "r"(b));
    return sum;
}
#else
static inline uint32_t add(uint32_t a, uint32_t b) { return a + b; }
#endif

static inline uint32_t rotr(uint32_t x, int n) { return x >> n | x << (32 - n); }

// rotr 6 ^ rotr 11 ^ rotr 25, and rotr 2 ^ rotr 13 ^ rotr 22.
static inline uint32_t sum1(uint32_t e) { return rotr(rotr(rotr(e, 14) ^ e, 5) ^ e, 6); }
static inline uint32_t sum0(uint32_t a) { return rotr(rotr(rotr(a, 9) ^ a, 11) ^ a, 2); }

// One round; instead of moving the eight letters, the next one is called with them turned by one. Maj(a, b, c) = b ^ ((a ^ b) & (b ^ c)).
#define ROUND(a, b, c, d, e, f, g, h, i) \
    do { \
        uint32_t t1 = add(add(add(h, round_k[i]), add(w[i], sum1(e))), g ^ (e & (f ^ g))), ab = a ^ b; \
        d = add(d, t1); \
        h = add(add(t1, sum0(a)), b ^ (ab & bc)); \
        bc = ab; \
    } while (0)

#define EIGHT_ROUNDS(i) \
    ROUND(a, b, c, d, e, f, g, h, i); \
    ROUND(h, a, b, c, d, e, f, g, i + 1); \
    ROUND(g, h, a, b, c, d, e, f, i + 2); \
    ROUND(f, g, h, a, b, c, d, e, i + 3); \
    ROUND(e, f, g, h, a, b, c, d, i + 4); \
    ROUND(d, e, f, g, h, a, b, c, i + 5); \
    ROUND(c, d, e, f, g, h, a, b, i + 6); \
    ROUND(b, c, d, e, f, g, h, a, i + 7)

__attribute__((noinline)) static void compress(uint32_t state[8], const uint8_t *p)
{
    uint32_t w[16], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7], bc = b ^ c;
    for (int i = 0; i < 16; i++) {
        uint32_t raw;
        memcpy(&raw, p + 4 * i, 4);
        w[i] = __builtin_bswap32(raw);
    }
    for (const uint32_t *round_k = k;; round_k += 16) {
        EIGHT_ROUNDS(0);
        EIGHT_ROUNDS(8);
        if (round_k == k + 48)
            break;
        for (int i = 0; i < 16; i++) {
            uint32_t w1 = w[(i + 1) & 15], w14 = w[(i + 14) & 15];
            w[i] = add(add(w[i], rotr(w1, 7) ^ rotr(w1, 18) ^ w1 >> 3), add(w[(i + 9) & 15], rotr(w14, 17) ^ rotr(w14, 19) ^ w14 >> 10));
        }
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256_init(struct sha256 *s)
{
    static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    memcpy(s->h, start, sizeof start);
    s->length = 0;
}

// Looking for the accelerator is worth it for the first, asking it for the second number of blocks.
#define WORTH_LOOKING 64
#define WORTH_ASKING 4

static void compress_blocks(uint32_t h[8], const uint8_t *bytes, size_t blocks)
{
    static int found;
    if (!found && blocks >= WORTH_LOOKING)
        found = accelerator_find();
    for (int failed = 0; blocks > 0;) {
        int asked = found && failed < 2 && blocks >= WORTH_ASKING;
        size_t done = asked ? accelerator_hash(h, bytes, blocks) : 0;
        failed = done > 0 ? 0 : failed + asked;
        if (done == 0) {
            // Doing one here brings its pages in. Twice in a row: it does not work at all.
            compress(h, bytes);
            done = 1;
        }
        bytes += done * 64;
        blocks -= done;
    }
}

void sha256_update(struct sha256 *s, const uint8_t *bytes, size_t length)
{
    size_t have = s->length & 63;
    s->length += length;
    if (have) {
        size_t take = 64 - have < length ? 64 - have : length;
        memcpy(s->block + have, bytes, take);
        bytes += take;
        length -= take;
        if (have + take < 64)
            return;
        compress(s->h, s->block);
    }
    compress_blocks(s->h, bytes, length / 64);
    memcpy(s->block, bytes + (length & ~(size_t)63), length & 63);
}

void sha256_hex(const struct sha256 *s, char hex[65])
{
    struct sha256 last = *s;
    uint64_t bits = s->length * 8;
    uint8_t pad[72] = { 0x80 };
    size_t zeros = (119 - (s->length & 63)) & 63;
    for (int i = 0; i < 8; i++)
        pad[1 + zeros + i] = bits >> (56 - 8 * i);
    sha256_update(&last, pad, 1 + zeros + 8);
    for (int i = 0; i < 64; i++)
        hex[i] = "0123456789abcdef"[last.h[i / 8] >> (28 - 4 * (i % 8)) & 15];
    hex[64] = 0;
}
