// Text encodings, search, HTTP heads, hashes and inflate for JavaScript. bytes.ts wraps them.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "engine.h"
#include "sha256.h"
#include "sys.h"
#include "zlib.h"

static JSClassID sha256_class, inflate_class;

static void free_sha256(JSRuntime *rt, JSValue value)
{
    free(JS_GetOpaque(value, sha256_class));
}

static void free_inflater(JSRuntime *rt, JSValue value)
{
    struct decoder *state = JS_GetOpaque(value, inflate_class);
    if (state)
        decoder_free(state);
    free(state);
}

static const JSClassDef sha256_definition = { "Sha256State", .finalizer = free_sha256 };
static const JSClassDef inflate_definition = { "InflateState", .finalizer = free_inflater };

static JSValue copy_to_array(JSContext *ctx, const void *bytes, size_t length)
{
    uint8_t *buffer = js_malloc(ctx, length ? length : 1);
    if (!buffer)
        return JS_EXCEPTION;
    memcpy(buffer, bytes, length);
    return dd_uint8array(ctx, buffer, length);
}

static JSValue js_utf8Encode(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (!text)
        return JS_EXCEPTION;
    JSValue array = copy_to_array(ctx, text, length);
    JS_FreeCString(ctx, text);
    return array;
}

static JSValue js_utf8Decode(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    uint8_t *bytes = dd_need_bytes(ctx, argv[0], &length);
    return bytes ? JS_NewStringLen(ctx, (char *)bytes, length) : JS_EXCEPTION;
}

static JSValue js_latin1Encode(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length, n = 0;
    const uint8_t *text = (const uint8_t *)JS_ToCStringLen(ctx, &length, argv[0]);
    uint8_t *buffer = text ? js_malloc(ctx, length + 1) : NULL;
    if (!buffer)
        return JS_EXCEPTION;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x80) {
            buffer[n++] = text[i];
        } else if (text[i] >= 0xc0) {
            // Two bytes carry U+0080 to U+07FF; what does not fit Latin-1 becomes a question mark.
            buffer[n++] = text[i] <= 0xc3 ? (text[i] << 6 | (text[i + 1] & 0x3f)) : '?';
        }
    }
    JS_FreeCString(ctx, (const char *)text);
    return dd_uint8array(ctx, buffer, n);
}

static JSValue js_latin1Decode(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    uint8_t *bytes = dd_need_bytes(ctx, argv[0], &length);
    return bytes ? dd_latin1(ctx, (char *)bytes, length) : JS_EXCEPTION;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static JSValue js_base64Encode(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length, n = 0;
    uint8_t *in = dd_need_bytes(ctx, argv[0], &length);
    char *out = in ? js_malloc(ctx, (length + 2) / 3 * 4 + 1) : NULL;
    if (!out)
        return JS_EXCEPTION;
    for (size_t i = 0; i < length; i += 3) {
        uint32_t v = in[i] << 16 | (i + 1 < length ? in[i + 1] << 8 : 0) | (i + 2 < length ? in[i + 2] : 0);
        out[n++] = base64_digits[v >> 18];
        out[n++] = base64_digits[v >> 12 & 63];
        out[n++] = i + 1 < length ? base64_digits[v >> 6 & 63] : '=';
        out[n++] = i + 2 < length ? base64_digits[v & 63] : '=';
    }
    JSValue text = dd_latin1(ctx, out, n);
    js_free(ctx, out);
    return text;
}

static int base64_value(int c)
{
    if (c == '-')
        return 62;
    if (c == '_')
        return 63;
    const char *at = c ? strchr(base64_digits, c) : NULL;
    return at ? at - base64_digits : -1;
}

static JSValue js_base64Decode(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length, n = 0;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    uint8_t *out = text ? js_malloc(ctx, length + 1) : NULL;
    if (!out)
        return JS_EXCEPTION;
    while (length > 0 && text[length - 1] == '=')
        length--;
    uint32_t bits = 0;
    int have = 0, bad = length % 4 == 1;
    for (size_t i = 0; i < length && !bad; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            continue;
        int v = base64_value((unsigned char)text[i]);
        bad = v < 0;
        bits = bits << 6 | v;
        if ((have += 6) >= 8)
            out[n++] = bits >> (have -= 8);
    }
    JS_FreeCString(ctx, text);
    if (!bad)
        return dd_uint8array(ctx, out, n);
    js_free(ctx, out);
    return JS_NULL;
}

static JSValue js_hexEncode(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    uint8_t *in = dd_need_bytes(ctx, argv[0], &length);
    char *out = in ? js_malloc(ctx, length * 2 + 1) : NULL;
    if (!out)
        return JS_EXCEPTION;
    for (size_t i = 0; i < length; i++) {
        out[2 * i] = "0123456789abcdef"[in[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[in[i] & 15];
    }
    JSValue text = dd_latin1(ctx, out, length * 2);
    js_free(ctx, out);
    return text;
}

static JSValue js_indexOf(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length, needle_length;
    uint32_t from;
    uint8_t *bytes = dd_need_bytes(ctx, argv[0], &length);
    if (!bytes || JS_ToUint32(ctx, &from, argv[2]))
        return JS_EXCEPTION;
    const char *text = NULL;
    const uint8_t *needle = dd_bytes(argv[1], &needle_length);
    if (!needle) {
        needle = (const uint8_t *)(text = JS_ToCStringLen(ctx, &needle_length, argv[1]));
        if (!text)
            return JS_EXCEPTION;
    }
    uint8_t *at = from <= length ? memmem(bytes + from, length - from, needle, needle_length) : NULL;
    if (text)
        JS_FreeCString(ctx, text);
    return JS_NewInt32(ctx, at ? at - bytes : -1);
}

static int is_token(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

// Where the empty line that ends a head ends, or -1 if it has not come yet.
static JSValue js_headEnd(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    uint32_t start, end;
    uint8_t *bytes = dd_need_bytes(ctx, argv[0], &length);
    if (!bytes || JS_ToUint32(ctx, &start, argv[1]) || JS_ToUint32(ctx, &end, argv[2]))
        return JS_EXCEPTION;
    if (end > length)
        end = length;
    uint8_t *at = start < end ? memmem(bytes + start, end - start, "\r\n\r\n", 4) : NULL;
    return JS_NewInt32(ctx, at ? at - bytes + 4 : -1);
}

// RFC 9112 section 5: name ":" OWS value OWS CRLF; lines folded onto the next are obsolete and refused.
static JSValue js_parseHead(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    uint32_t start, end, count = 0;
    uint8_t *bytes = dd_need_bytes(ctx, argv[0], &length);
    if (!bytes || JS_ToUint32(ctx, &start, argv[1]) || JS_ToUint32(ctx, &end, argv[2]))
        return JS_EXCEPTION;
    if (end > length)
        end = length;
    JSValue list = JS_NewArray(ctx);
    for (uint32_t at = start; at < end;) {
        uint32_t stop = at;
        while (stop < end && bytes[stop] != '\r' && bytes[stop] != '\n' && bytes[stop] != 0)
            stop++;
        if (stop + 1 >= end || bytes[stop] != '\r' || bytes[stop + 1] != '\n')
            goto malformed;
        if (stop == at)
            return count > 0 ? list : (JS_FreeValue(ctx, list), JS_NULL);
        if (count == 0) {
            JS_DefinePropertyValueUint32(ctx, list, count++, dd_latin1(ctx, (char *)bytes + at, stop - at), JS_PROP_C_W_E);
        } else {
            char name[128];
            uint32_t n = 0;
            while (at + n < stop && n < sizeof name && is_token(bytes[at + n])) {
                uint8_t c = bytes[at + n];
                name[n++] = c >= 'A' && c <= 'Z' ? c + 32 : c;
            }
            if (n == 0 || n == sizeof name || bytes[at + n] != ':')
                goto malformed;
            uint32_t from = at + n + 1, to = stop;
            while (from < to && (bytes[from] == ' ' || bytes[from] == '\t'))
                from++;
            while (to > from && (bytes[to - 1] == ' ' || bytes[to - 1] == '\t'))
                to--;
            JS_DefinePropertyValueUint32(ctx, list, count++, dd_latin1(ctx, name, n), JS_PROP_C_W_E);
            JS_DefinePropertyValueUint32(ctx, list, count++, dd_latin1(ctx, (char *)bytes + from, to - from), JS_PROP_C_W_E);
        }
        at = stop + 2;
    }
malformed:
    JS_FreeValue(ctx, list);
    return JS_NULL;
}

static JSValue js_utf8Length(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (!text)
        return JS_EXCEPTION;
    JS_FreeCString(ctx, text);
    return JS_NewInt64(ctx, length);
}

static JSValue js_crc32(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    uint32_t seed;
    uint8_t *bytes = dd_need_bytes(ctx, argv[0], &length);
    if (!bytes || JS_ToUint32(ctx, &seed, argv[1]))
        return JS_EXCEPTION;
    return JS_NewInt64(ctx, (uint32_t)crc32(seed, bytes, length));
}

static JSValue js_sha256(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue object = JS_NewObjectClass(ctx, sha256_class);
    struct sha256 *state = malloc(sizeof *state);
    if (JS_IsException(object) || !state)
        return JS_EXCEPTION;
    sha256_init(state);
    JS_SetOpaque(object, state);
    return object;
}

static JSValue js_sha256Update(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    struct sha256 *state = JS_GetOpaque2(ctx, argv[0], sha256_class);
    uint8_t *bytes = dd_need_bytes(ctx, argv[1], &length);
    if (!state || !bytes)
        return JS_EXCEPTION;
    sha256_update(state, bytes, length);
    return JS_UNDEFINED;
}

static JSValue js_sha256UpdateFd(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    static uint8_t buffer[64 * 1024];
    int fd;
    int64_t limit, done = 0;
    struct sha256 *state = JS_GetOpaque2(ctx, argv[0], sha256_class);
    if (!state || JS_ToInt32(ctx, &fd, argv[1]) || JS_ToInt64(ctx, &limit, argv[2]))
        return JS_EXCEPTION;
    while (done < limit) {
        size_t want = limit - done < (int64_t)sizeof buffer ? limit - done : sizeof buffer;
        long n = negative_errno(read(fd, buffer, want));
        if (n == -EINTR)
            continue;
        if (n < 0)
            return JS_NewInt32(ctx, n);
        if (n == 0)
            break;
        sha256_update(state, buffer, n);
        done += n;
    }
    return JS_NewInt64(ctx, done);
}

static JSValue js_sha256Hex(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    char hex[65];
    struct sha256 *state = JS_GetOpaque2(ctx, argv[0], sha256_class);
    if (!state)
        return JS_EXCEPTION;
    sha256_hex(state, hex);
    return dd_latin1(ctx, hex, 64);
}

static JSValue js_inflate(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSValue object = JS_NewObjectClass(ctx, inflate_class);
    struct decoder *state = calloc(1, sizeof *state);
    if (JS_IsException(object) || !state)
        return JS_EXCEPTION;
    JS_SetOpaque(object, state);
    return object;
}

struct growing { JSContext *ctx; uint8_t *bytes; size_t length, room; };

static int grow(void *to, const uint8_t *bytes, size_t length)
{
    struct growing *g = to;
    if (g->length + length > g->room) {
        size_t room = (g->length + length) * 2;
        uint8_t *larger = js_realloc(g->ctx, g->bytes, room);
        if (!larger)
            return -ENOMEM;
        g->bytes = larger;
        g->room = room;
    }
    memcpy(g->bytes + g->length, bytes, length);
    g->length += length;
    return 0;
}

static JSValue js_inflatePush(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    struct decoder *state = JS_GetOpaque2(ctx, argv[0], inflate_class);
    uint8_t *bytes = dd_need_bytes(ctx, argv[1], &length);
    if (!state || !bytes)
        return JS_EXCEPTION;
    struct growing out = { .ctx = ctx };
    int result = decoder_push(state, bytes, length, grow, &out);
    if (result < 0) {
        js_free(ctx, out.bytes);
        return JS_NewInt32(ctx, result);
    }
    return out.bytes ? dd_uint8array(ctx, out.bytes, out.length) : copy_to_array(ctx, "", 0);
}

static int write_to(void *to, const uint8_t *bytes, size_t length)
{
    long written = sys_write_all(*(int *)to, bytes, length);
    return written < 0 ? written : 0;
}

static JSValue js_inflateFd(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    static uint8_t buffer[64 * 1024];
    int from, to, result = 0;
    if (JS_ToInt32(ctx, &from, argv[0]) || JS_ToInt32(ctx, &to, argv[1]))
        return JS_EXCEPTION;
    struct decoder decoder = { 0 };
    for (long n = 1; n != 0 && result >= 0;) {
        n = negative_errno(read(from, buffer, sizeof buffer));
        if (n == -EINTR)
            continue;
        result = n < 0 ? n : n == 0 ? decoder_finish(&decoder, write_to, &to) : decoder_push(&decoder, buffer, n, write_to, &to);
    }
    decoder_free(&decoder);
    return JS_NewInt32(ctx, result);
}

static JSValue js_gzipFd(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    static uint8_t in[32 * 1024], out[32 * 1024];
    int from, to, level;
    if (JS_ToInt32(ctx, &from, argv[0]) || JS_ToInt32(ctx, &to, argv[1]) || JS_ToInt32(ctx, &level, argv[2]))
        return JS_EXCEPTION;
    z_stream stream = { 0 };
    if (deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return JS_NewInt32(ctx, -ENOMEM);
    int64_t total = 0;
    for (int ended = 0; !ended;) {
        long n = negative_errno(read(from, in, sizeof in));
        if (n == -EINTR)
            continue;
        if (n < 0) {
            total = n;
            break;
        }
        ended = n == 0;
        stream.next_in = in;
        stream.avail_in = n;
        do {
            stream.next_out = out;
            stream.avail_out = sizeof out;
            deflate(&stream, ended ? Z_FINISH : Z_NO_FLUSH);
            long written = sys_write_all(to, out, sizeof out - stream.avail_out);
            if (written < 0) {
                deflateEnd(&stream);
                return JS_NewInt32(ctx, written);
            }
            total += written;
        } while (stream.avail_out == 0);
    }
    deflateEnd(&stream);
    return JS_NewInt64(ctx, total);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("utf8Encode", 1, js_utf8Encode),
    JS_CFUNC_DEF("utf8Decode", 1, js_utf8Decode),
    JS_CFUNC_DEF("latin1Encode", 1, js_latin1Encode),
    JS_CFUNC_DEF("latin1Decode", 1, js_latin1Decode),
    JS_CFUNC_DEF("base64Encode", 1, js_base64Encode),
    JS_CFUNC_DEF("base64Decode", 1, js_base64Decode),
    JS_CFUNC_DEF("hexEncode", 1, js_hexEncode),
    JS_CFUNC_DEF("indexOf", 3, js_indexOf),
    JS_CFUNC_DEF("utf8Length", 1, js_utf8Length),
    JS_CFUNC_DEF("headEnd", 3, js_headEnd),
    JS_CFUNC_DEF("parseHead", 3, js_parseHead),
    JS_CFUNC_DEF("crc32", 2, js_crc32),
    JS_CFUNC_DEF("sha256", 0, js_sha256),
    JS_CFUNC_DEF("sha256Update", 2, js_sha256Update),
    JS_CFUNC_DEF("sha256UpdateFd", 3, js_sha256UpdateFd),
    JS_CFUNC_DEF("sha256Hex", 1, js_sha256Hex),
    JS_CFUNC_DEF("inflate", 0, js_inflate),
    JS_CFUNC_DEF("inflatePush", 2, js_inflatePush),
    JS_CFUNC_DEF("inflateFd", 2, js_inflateFd),
    JS_CFUNC_DEF("gzipFd", 3, js_gzipFd),
};

void dd_add_bytes(JSContext *ctx, JSValueConst native)
{
    JS_NewClassID(&sha256_class);
    JS_NewClassID(&inflate_class);
    JS_NewClass(JS_GetRuntime(ctx), sha256_class, &sha256_definition);
    JS_NewClass(JS_GetRuntime(ctx), inflate_class, &inflate_definition);
    JS_SetPropertyFunctionList(ctx, native, functions, sizeof functions / sizeof functions[0]);
}
