// See decode.h.

#include "decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ZSTD_STATIC_LINKING_ONLY
#include "zstd.h"
#include "zstd_errors.h"

// A frame may ask for a window of up to 32 MB; zstd's own default of 128 MB is half of the machine.
#define ZSTD_WINDOW_LOG_MAX 25

static uint8_t window[64 * 1024];

static int fail(struct decoder *d, int error, const char *what)
{
    d->what = what;
    return -error;
}

static int starts_with(const struct decoder *d, const char *magic, size_t length)
{
    return d->magic_length >= length && memcmp(d->magic, magic, length) == 0;
}

// A zstd stream may begin with frames that are to be passed over.
static int skippable_frame(const struct decoder *d)
{
    return d->magic_length >= 4 && (d->magic[0] & 0xf0) == 0x50 && memcmp(d->magic + 1, "\x2a\x4d\x18", 3) == 0;
}

// The numbers that each format begins with; bzip2's second six bytes are those of its first block, or of its end.
static int decide(struct decoder *d)
{
    if (starts_with(d, "\x1f\x8b", 2)) {
        if (inflateInit2(&d->z, 15 + 16) != Z_OK)
            return fail(d, ENOMEM, "inflate");
        if (d->unchecked)
            inflateValidate(&d->z, 0);
        d->member = d->unchecked && accelerator_find() ? MEMBER_HEADER : BY_ZLIB;
        d->z_open = 1;
        d->coding = GZIP;
    } else if (starts_with(d, "\x28\xb5\x2f\xfd", 4) || skippable_frame(d)) {
        d->zstd = ZSTD_createDCtx();
        if (!d->zstd)
            return fail(d, ENOMEM, "zstd");
        ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
        if (d->unchecked)
            ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_forceIgnoreChecksum, ZSTD_d_ignoreChecksum);
        d->coding = ZSTD;
    } else if (starts_with(d, "\xfd" "7zXZ\0", 6)
               || (starts_with(d, "BZh", 3) && d->magic_length == MAGIC_BYTES
                   && (memcmp(d->magic + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 || memcmp(d->magic + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0))) {
        return fail(d, EOPNOTSUPP, "compression other than gzip and zstd");
    } else {
        d->coding = PLAIN;
    }
    return 0;
}

static int push_gzip(struct decoder *d, const uint8_t *bytes, size_t length, decoder_sink *sink, void *to)
{
    d->z.next_in = (uint8_t *)bytes;
    d->z.avail_in = length;
    // A full window means that more may come out without any input.
    for (int full = 0; d->z.avail_in > 0 || full;) {
        if (d->between) {
            if (d->z.avail_in == 0)
                break;
            inflateReset(&d->z);
            if (d->unchecked)
                inflateValidate(&d->z, 0);
            d->between = 0;
        }
        d->z.next_out = window;
        d->z.avail_out = sizeof window;
        int result = inflate(&d->z, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return fail(d, EBADMSG, d->z.msg ? d->z.msg : "gzip");
        int pushed = sink(to, window, sizeof window - d->z.avail_out);
        if (pushed < 0)
            return pushed;
        full = d->z.avail_out == 0;
        if (result == Z_STREAM_END) {
            d->between = 1;
            full = 0;
        } else if (result == Z_BUF_ERROR) {
            break;
        }
    }
    return 0;
}

// The member's body, some of it: bytes taken of these, or a failure. What is left over from before goes first, with some of the new bytes.
static long inflate_body(struct decoder *d, const uint8_t *bytes, size_t length, decoder_sink *sink, void *to)
{
    size_t old = d->rest_length, joined = 0, consumed;
    if (old > 0) {
        joined = sizeof d->rest - old < length ? sizeof d->rest - old : length;
        memcpy(d->rest + old, bytes, joined);
    }
    const uint8_t *input = old > 0 ? d->rest : bytes;
    size_t given = old > 0 ? old + joined : length;
    int result = accelerator_inflate(&d->inflating, input, given, &consumed);
    if (result == INFLATE_BROKEN)
        return fail(d, EBADMSG, "gzip");
    if (result == INFLATE_FAILED)
        return fail(d, EIO, "accelerator");
    int pushed = sink(to, d->inflating.window + INFLATE_HISTORY, d->inflating.bytes);
    if (pushed < 0)
        return pushed;
    if (result == INFLATE_END) {
        d->member = MEMBER_TRAILER;
        d->trailer_left = 8;
    } else if (consumed == 0 && d->inflating.bytes == 0) {
        // No step in it: kept whole until more comes. The longest one is a block's head, some 600 bytes.
        if (given > sizeof d->rest || (old > 0 && given == sizeof d->rest))
            return fail(d, EBADMSG, "gzip");
        if (old == 0)
            memcpy(d->rest, bytes, length);
        d->rest_length = given;
        return old > 0 ? (long)joined : (long)length;
    }
    // What was too little for a step lies within the next one.
    if (consumed < old)
        return fail(d, EBADMSG, "gzip");
    d->rest_length = 0;
    return consumed - old;
}

static int push_members(struct decoder *d, const uint8_t *bytes, size_t length, decoder_sink *sink, void *to)
{
    while (length > 0) {
        size_t taken;
        if (d->member == MEMBER_HEADER) {
            uint8_t none;
            d->z.next_in = (uint8_t *)bytes;
            d->z.avail_in = length;
            d->z.next_out = &none;
            d->z.avail_out = 1;
            d->between = 0;
            int result = inflate(&d->z, Z_BLOCK);
            if (result != Z_OK && result != Z_BUF_ERROR)
                return fail(d, EBADMSG, d->z.msg ? d->z.msg : "gzip");
            taken = length - d->z.avail_in;
            if (d->z.data_type & 128) {
                d->member = MEMBER_BODY;
                memset(d->inflating.state, 0, sizeof d->inflating.state);
                d->inflating.history = d->inflating.bytes = 0;
            }
        } else if (d->member == MEMBER_BODY) {
            long result = inflate_body(d, bytes, length, sink, to);
            if (result < 0)
                return result;
            taken = result;
        } else {
            // Checksum and length.
            taken = length < d->trailer_left ? length : d->trailer_left;
            d->trailer_left -= taken;
            if (d->trailer_left == 0) {
                d->between = 1;
                d->member = MEMBER_HEADER;
                inflateReset(&d->z);
                inflateValidate(&d->z, 0);
            }
        }
        bytes += taken;
        length -= taken;
    }
    return 0;
}

static int push_zstd(struct decoder *d, const uint8_t *bytes, size_t length, decoder_sink *sink, void *to)
{
    ZSTD_inBuffer in = { bytes, length, 0 };
    for (int full = 0; in.pos < in.size || full;) {
        ZSTD_outBuffer out = { window, sizeof window, 0 };
        size_t result = ZSTD_decompressStream(d->zstd, &out, &in);
        if (ZSTD_isError(result))
            return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? fail(d, ENOMEM, "zstd") : fail(d, EBADMSG, "zstd");
        int pushed = sink(to, window, out.pos);
        if (pushed < 0)
            return pushed;
        d->between = result == 0;
        full = out.pos == out.size && !d->between;
    }
    return 0;
}

static int push_decided(struct decoder *d, const uint8_t *bytes, size_t length, decoder_sink *sink, void *to)
{
    switch (d->coding) {
    case GZIP:
        return d->member == BY_ZLIB ? push_gzip(d, bytes, length, sink, to) : push_members(d, bytes, length, sink, to);
    case ZSTD:
        return push_zstd(d, bytes, length, sink, to);
    default:
        return sink(to, bytes, length);
    }
}

static int push_magic(struct decoder *d, decoder_sink *sink, void *to)
{
    int result = decide(d);
    return result < 0 ? result : push_decided(d, d->magic, d->magic_length, sink, to);
}

int decoder_push(struct decoder *d, const uint8_t *bytes, size_t length, decoder_sink *sink, void *to)
{
    if (d->coding == UNDECIDED) {
        size_t take = MAGIC_BYTES - d->magic_length < length ? MAGIC_BYTES - d->magic_length : length;
        memcpy(d->magic + d->magic_length, bytes, take);
        d->magic_length += take;
        bytes += take;
        length -= take;
        if (d->magic_length < MAGIC_BYTES)
            return 0;
        int result = push_magic(d, sink, to);
        if (result < 0)
            return result;
    }
    return length == 0 ? 0 : push_decided(d, bytes, length, sink, to);
}

int decoder_finish(struct decoder *d, decoder_sink *sink, void *to)
{
    if (d->coding == UNDECIDED) {
        int result = push_magic(d, sink, to);
        if (result < 0)
            return result;
    }
    if (d->coding != PLAIN && !d->between)
        return fail(d, EBADMSG, d->coding == GZIP ? "gzip stream ends early" : "zstd stream ends early");
    return 0;
}

void decoder_free(struct decoder *d)
{
    if (d->z_open)
        inflateEnd(&d->z);
    free(d->inflating.window);
    ZSTD_freeDCtx(d->zstd);
}
