// Takes the compression off a stream that arrives in pieces: gzip (RFC 1952), zstd (RFC 8878), or none.
#ifndef DRYDOCK_DECODE_H
#define DRYDOCK_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "accelerator.h"
#include "zlib.h"

// Enough to tell every compression from a tar's first file name.
#define MAGIC_BYTES 10

struct decoder {
    enum { UNDECIDED, PLAIN, GZIP, ZSTD } coding;
    int unchecked;              // leave out the streams' own checksums: the caller compares digests
    int between;                // a gzip member or zstd frame has ended, another may follow
    uint8_t magic[MAGIC_BYTES];
    size_t magic_length;
    z_stream z;
    int z_open;
    // An unchecked gzip member goes through the accelerator, if there is one: zlib reads its header, its trailer is passed over.
    enum { BY_ZLIB, MEMBER_HEADER, MEMBER_BODY, MEMBER_TRAILER } member;
    struct inflating inflating;
    uint8_t rest[2048];         // of the body: input that is too short for a step
    size_t rest_length, trailer_left;
    struct ZSTD_DCtx_s *zstd;
    const char *what;           // of a failure
};

// What comes out; a negative answer ends the push with it.
typedef int decoder_sink(void *to, const uint8_t *bytes, size_t length);

// 0, the sink's answer, or -errno: -EOPNOTSUPP for another compression, -EBADMSG for broken bytes (d->what says more), -ENOMEM.
int decoder_push(struct decoder *d, const uint8_t *bytes, size_t length, decoder_sink *sink, void *to);

// Ends the stream: -EBADMSG if it was cut off.
int decoder_finish(struct decoder *d, decoder_sink *sink, void *to);

void decoder_free(struct decoder *d);

#endif
