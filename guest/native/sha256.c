// SHA-256, FIPS 180-4. The message schedule is kept in a ring of sixteen words, which suits a CPU with few registers.

#include "sha256.h"

#include <string.h>

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

static inline uint32_t rotr(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void compress(uint32_t h[8], const uint8_t *p)
{
    uint32_t w[16], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], x = h[7];
    for (int t = 0; t < 64; t++) {
        uint32_t wt;
        if (t < 16) {
            uint32_t raw;
            memcpy(&raw, p + 4 * t, 4);
            wt = __builtin_bswap32(raw);
        } else {
            uint32_t w15 = w[(t + 1) & 15], w2 = w[(t + 14) & 15];
            wt = w[t & 15] + (rotr(w15, 7) ^ rotr(w15, 18) ^ w15 >> 3) + w[(t + 9) & 15] + (rotr(w2, 17) ^ rotr(w2, 19) ^ w2 >> 10);
        }
        w[t & 15] = wt;
        uint32_t t1 = x + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (g ^ (e & (f ^ g))) + k[t] + wt;
        uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) | (c & (a | b)));
        x = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e, h[5] += f, h[6] += g, h[7] += x;
}

void sha256_init(struct sha256 *s)
{
    static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    memcpy(s->h, start, sizeof start);
    s->length = 0;
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
    for (; length >= 64; bytes += 64, length -= 64)
        compress(s->h, bytes);
    memcpy(s->block, bytes, length);
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
