// The generic syscall and the helpers whose results would be slow to take apart in JavaScript: statx, getdents64, whole files.

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine.h"
#include "sys.h"

static JSValue js_call(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    long a[7] = { 0 };
    const char *text[7] = { 0 };
    size_t length;
    if (argc > 7)
        argc = 7;
    for (int i = 0; i < argc; i++) {
        int tag = JS_VALUE_GET_TAG(argv[i]);
        if (tag == JS_TAG_INT) {
            a[i] = JS_VALUE_GET_INT(argv[i]);
        } else if (tag == JS_TAG_OBJECT) {
            a[i] = (long)dd_need_bytes(ctx, argv[i], &length);
            if (!a[i])
                goto fail;
        } else if (tag == JS_TAG_STRING || tag == JS_TAG_STRING_ROPE) {
            text[i] = JS_ToCStringLen(ctx, &length, argv[i]);
            if (!text[i])
                goto fail;
            // A path with a NUL inside would name another file than it shows.
            if (strlen(text[i]) != length) {
                for (int k = 0; k < 7; k++)
                    if (text[k])
                        JS_FreeCString(ctx, text[k]);
                return JS_NewInt32(ctx, -EINVAL);
            }
            a[i] = (long)text[i];
        } else if (tag == JS_TAG_NULL || tag == JS_TAG_UNDEFINED) {
            a[i] = 0;
        } else {
            int64_t n;
            if (JS_ToInt64(ctx, &n, argv[i]))
                goto fail;
            a[i] = (long)n;
        }
    }
    long result = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    if (result == -1)
        result = -errno;
    for (int i = 0; i < 7; i++)
        if (text[i])
            JS_FreeCString(ctx, text[i]);
    if (result < 0 && result >= -4095)
        return JS_NewInt32(ctx, result);
    return JS_NewInt64(ctx, (int64_t)(uint32_t)result);
fail:
    for (int i = 0; i < 7; i++)
        if (text[i])
            JS_FreeCString(ctx, text[i]);
    return JS_EXCEPTION;
}

static JSValue js_address(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    uint8_t *bytes = dd_need_bytes(ctx, argv[0], &length);
    return bytes ? JS_NewInt64(ctx, (int64_t)(uintptr_t)bytes) : JS_EXCEPTION;
}

static void set_number(JSContext *ctx, JSValueConst object, const char *name, double value)
{
    JSValue number = value == (int32_t)value ? JS_NewInt32(ctx, (int32_t)value) : JS_NewFloat64(ctx, value);
    JS_DefinePropertyValueStr(ctx, object, name, number, JS_PROP_C_W_E);
}

static double milliseconds(const struct statx_timestamp *t)
{
    return t->tv_sec * 1e3 + t->tv_nsec / 1000000;
}

// The kernel's 32-bit encoding, as makedev() in path.ts.
static double device(uint32_t major, uint32_t minor)
{
    return (uint32_t)((minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12));
}

static JSValue js_statx(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int dirfd, flags;
    struct statx st;
    if (JS_ToInt32(ctx, &dirfd, argv[0]) || JS_ToInt32(ctx, &flags, argv[2]))
        return JS_EXCEPTION;
    const char *path = JS_ToCString(ctx, argv[1]);
    if (!path)
        return JS_EXCEPTION;
    long result = sys_statx(dirfd, path, flags, STATX_BASIC_STATS | STATX_MNT_ID, &st);
    JS_FreeCString(ctx, path);
    if (result < 0)
        return JS_NewInt32(ctx, result);
    JSValue o = JS_NewObject(ctx);
    set_number(ctx, o, "dev", device(st.stx_dev_major, st.stx_dev_minor));
    set_number(ctx, o, "ino", st.stx_ino);
    set_number(ctx, o, "mode", st.stx_mode);
    set_number(ctx, o, "nlink", st.stx_nlink);
    set_number(ctx, o, "uid", st.stx_uid);
    set_number(ctx, o, "gid", st.stx_gid);
    set_number(ctx, o, "rdev", device(st.stx_rdev_major, st.stx_rdev_minor));
    set_number(ctx, o, "size", st.stx_size);
    set_number(ctx, o, "blksize", st.stx_blksize);
    set_number(ctx, o, "blocks", st.stx_blocks);
    set_number(ctx, o, "atimeMs", milliseconds(&st.stx_atime));
    set_number(ctx, o, "mtimeMs", milliseconds(&st.stx_mtime));
    set_number(ctx, o, "ctimeMs", milliseconds(&st.stx_ctime));
    set_number(ctx, o, "mtimeSec", st.stx_mtime.tv_sec);
    set_number(ctx, o, "mtimeNsec", st.stx_mtime.tv_nsec);
    set_number(ctx, o, "mountId", st.stx_mnt_id);
    return o;
}

struct dirent64 {
    uint64_t ino, offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

static JSValue js_readdir(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int fd;
    char buffer[8192] __attribute__((aligned(8)));
    if (JS_ToInt32(ctx, &fd, argv[0]))
        return JS_EXCEPTION;
    JSValue list = JS_NewArray(ctx);
    uint32_t count = 0;
    for (;;) {
        long n = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
        if (n < 0) {
            JS_FreeValue(ctx, list);
            return JS_NewInt32(ctx, -errno);
        }
        if (n == 0)
            return list;
        for (long at = 0; at < n;) {
            struct dirent64 *entry = (struct dirent64 *)(buffer + at);
            at += entry->length;
            if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
                continue;
            JSValue o = JS_NewObject(ctx);
            JS_DefinePropertyValueStr(ctx, o, "name", JS_NewString(ctx, entry->name), JS_PROP_C_W_E);
            set_number(ctx, o, "type", entry->type);
            set_number(ctx, o, "ino", entry->ino);
            JS_DefinePropertyValueUint32(ctx, list, count++, o, JS_PROP_C_W_E);
        }
    }
}

static JSValue js_readlinkat(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int dirfd;
    char target[4096];
    if (JS_ToInt32(ctx, &dirfd, argv[0]))
        return JS_EXCEPTION;
    const char *path = JS_ToCString(ctx, argv[1]);
    if (!path)
        return JS_EXCEPTION;
    long n = readlinkat(dirfd, path, target, sizeof target);
    int error = errno;
    JS_FreeCString(ctx, path);
    return n < 0 ? JS_NewInt32(ctx, -error) : JS_NewStringLen(ctx, target, n);
}

static JSValue js_getcwd(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    char path[4096];
    return getcwd(path, sizeof path) ? JS_NewString(ctx, path) : JS_NewInt32(ctx, -errno);
}

static JSValue js_readAll(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int fd;
    int64_t limit;
    if (JS_ToInt32(ctx, &fd, argv[0]) || JS_ToInt64(ctx, &limit, argv[1]))
        return JS_EXCEPTION;
    // Files of proc and sysfs have no size worth asking for: read until the end.
    size_t room = 4000, length = 0;
    uint8_t *buffer = js_malloc(ctx, room);
    while (buffer && (int64_t)length < limit) {
        if (length == room) {
            uint8_t *more = js_realloc(ctx, buffer, room * 2);
            if (!more)
                break;
            buffer = more;
            room *= 2;
        }
        long n = read(fd, buffer + length, room - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int error = errno;
            js_free(ctx, buffer);
            return JS_NewInt32(ctx, -error);
        }
        if (n == 0)
            break;
        length += n;
    }
    return buffer ? dd_uint8array(ctx, buffer, length) : JS_EXCEPTION;
}

static JSValue js_writeAll(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int fd;
    size_t length;
    if (JS_ToInt32(ctx, &fd, argv[0]))
        return JS_EXCEPTION;
    const uint8_t *bytes = dd_bytes(argv[1], &length);
    const char *text = NULL;
    if (!bytes) {
        bytes = (const uint8_t *)(text = JS_ToCStringLen(ctx, &length, argv[1]));
        if (!text)
            return JS_EXCEPTION;
    }
    long result = sys_write_all(fd, bytes, length);
    if (text)
        JS_FreeCString(ctx, text);
    return JS_NewInt64(ctx, result);
}

// One read(2) into an array of just the right size.
static JSValue js_readSome(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    static uint8_t buffer[64 * 1024];
    int fd;
    uint32_t limit;
    if (JS_ToInt32(ctx, &fd, argv[0]) || JS_ToUint32(ctx, &limit, argv[1]))
        return JS_EXCEPTION;
    long n = negative_errno(read(fd, buffer, limit < sizeof buffer ? limit : sizeof buffer));
    if (n <= 0)
        return JS_NewInt32(ctx, n);
    uint8_t *copy = js_malloc(ctx, n);
    if (!copy)
        return JS_EXCEPTION;
    memcpy(copy, buffer, n);
    return dd_uint8array(ctx, copy, n);
}

// One writev(2) of up to three texts or buffers: 0 if all went, the unsent rest (copied) if the descriptor is full, or -errno.
static JSValue js_writeParts(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int fd, count = argc - 1 > 3 ? 3 : argc - 1;
    struct iovec part[3];
    const char *text[3] = { 0 };
    size_t total = 0;
    JSValue result = JS_EXCEPTION;
    if (JS_ToInt32(ctx, &fd, argv[0]))
        return JS_EXCEPTION;
    for (int i = 0; i < count; i++) {
        part[i].iov_base = dd_bytes(argv[i + 1], &part[i].iov_len);
        if (!part[i].iov_base) {
            part[i].iov_base = (void *)(text[i] = JS_ToCStringLen(ctx, &part[i].iov_len, argv[i + 1]));
            if (!text[i])
                goto done;
        }
        total += part[i].iov_len;
    }
    long n = total ? negative_errno(writev(fd, part, count)) : 0;
    if (n == -EAGAIN)
        n = 0;
    if (n < 0 || (size_t)n == total) {
        result = JS_NewInt32(ctx, n < 0 ? n : 0);
        goto done;
    }
    uint8_t *rest = js_malloc(ctx, total - n), *to = rest;
    for (int i = 0; rest && i < count; i++) {
        size_t skip = (size_t)n < part[i].iov_len ? (size_t)n : part[i].iov_len;
        memcpy(to, (uint8_t *)part[i].iov_base + skip, part[i].iov_len - skip);
        to += part[i].iov_len - skip;
        n -= skip;
    }
    if (rest)
        result = dd_uint8array(ctx, rest, to - rest);
done:
    for (int i = 0; i < count; i++)
        if (text[i])
            JS_FreeCString(ctx, text[i]);
    return result;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("call", 7, js_call),
    JS_CFUNC_DEF("address", 1, js_address),
    JS_CFUNC_DEF("statx", 3, js_statx),
    JS_CFUNC_DEF("readdir", 1, js_readdir),
    JS_CFUNC_DEF("readlinkat", 2, js_readlinkat),
    JS_CFUNC_DEF("getcwd", 0, js_getcwd),
    JS_CFUNC_DEF("readAll", 2, js_readAll),
    JS_CFUNC_DEF("writeAll", 2, js_writeAll),
    JS_CFUNC_DEF("readSome", 2, js_readSome),
    JS_CFUNC_DEF("writeParts", 4, js_writeParts),
};

void dd_add_syscalls(JSContext *ctx, JSValueConst native)
{
    JS_SetPropertyFunctionList(ctx, native, functions, sizeof functions / sizeof functions[0]);
}
