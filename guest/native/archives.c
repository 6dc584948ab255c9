// Trees and archives for JavaScript: archive.ts and tree.ts wrap them.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "sys.h"
#include "tar.h"
#include "tree.h"

static JSClassID layer_class;

static void free_layer(JSRuntime *rt, JSValue value)
{
    layer_free(JS_GetOpaque(value, layer_class));
}

static const JSClassDef layer_definition = { "LayerState", .finalizer = free_layer };

static void set(JSContext *ctx, JSValueConst object, const char *name, JSValue value)
{
    JS_DefinePropertyValueStr(ctx, object, name, value, JS_PROP_C_W_E);
}

static int get_int(JSContext *ctx, JSValueConst object, const char *name)
{
    JSValue value = JS_GetPropertyStr(ctx, object, name);
    int32_t n = 0;
    JS_ToInt32(ctx, &n, value);
    JS_FreeValue(ctx, value);
    return n;
}

// A copy, for free().
static char *get_text(JSContext *ctx, JSValueConst object, const char *name)
{
    JSValue value = JS_GetPropertyStr(ctx, object, name);
    const char *text = JS_ToCString(ctx, value);
    char *copy = strdup(text ? text : "");
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, value);
    return copy;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **get_sorted_list(JSContext *ctx, JSValueConst object, const char *name, int *count)
{
    JSValue list = JS_GetPropertyStr(ctx, object, name);
    *count = get_int(ctx, list, "length");
    char **strings = calloc(*count + 1, sizeof *strings);
    for (int i = 0; strings && i < *count; i++) {
        JSValue value = JS_GetPropertyUint32(ctx, list, i);
        const char *text = JS_ToCString(ctx, value);
        strings[i] = strdup(text ? text : "");
        JS_FreeCString(ctx, text);
        JS_FreeValue(ctx, value);
    }
    if (strings)
        qsort(strings, *count, sizeof *strings, compare);
    JS_FreeValue(ctx, list);
    return strings;
}

static JSValue js_layer(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int root;
    if (JS_ToInt32(ctx, &root, argv[0]))
        return JS_EXCEPTION;
    char *whiteouts = get_text(ctx, argv[1], "whiteouts");
    struct layer_options options = {
        .whiteouts = strcmp(whiteouts, "overlay") == 0 ? WHITEOUTS_OVERLAY : strcmp(whiteouts, "flat") == 0 ? WHITEOUTS_FLAT : WHITEOUTS_PLAIN,
        .chown = get_int(ctx, argv[1], "chown"),
        .dry_run = get_int(ctx, argv[1], "dryRun"),
        .verified = get_int(ctx, argv[1], "verified"),
    };
    free(whiteouts);
    JSValue object = JS_NewObjectClass(ctx, layer_class);
    struct layer *l = layer_new(root, options);
    if (JS_IsException(object) || !l)
        return JS_EXCEPTION;
    JS_SetOpaque(object, l);
    return object;
}

static JSValue js_layerPush(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t length;
    struct layer *l = JS_GetOpaque2(ctx, argv[0], layer_class);
    uint8_t *bytes = dd_need_bytes(ctx, argv[1], &length);
    return l && bytes ? JS_NewInt32(ctx, layer_push(l, bytes, length)) : JS_EXCEPTION;
}

// layerPushFd(layer, fd, limit, copy): up to `limit` bytes of fd go into the layer, and as they are to the descriptor `copy` (none if
// undefined or negative). Bytes taken, 0 at the end, -EAGAIN if there are none yet; other failures are read's unless the layer has an error.
static JSValue js_layerPushFd(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    static uint8_t buffer[64 * 1024];
    int fd, copy = -1;
    int64_t limit, done = 0;
    struct layer *l = JS_GetOpaque2(ctx, argv[0], layer_class);
    if (!l || JS_ToInt32(ctx, &fd, argv[1]) || JS_ToInt64(ctx, &limit, argv[2]))
        return JS_EXCEPTION;
    if (!JS_IsUndefined(argv[3]) && JS_ToInt32(ctx, &copy, argv[3]))
        return JS_EXCEPTION;
    while (done < limit) {
        long n = negative_errno(read(fd, buffer, limit - done < (int64_t)sizeof buffer ? (size_t)(limit - done) : sizeof buffer));
        if (n == -EINTR)
            continue;
        // What came before a failure counts; the next call meets the failure again.
        if (n == 0 || (n < 0 && done > 0))
            break;
        if (n < 0)
            return JS_NewInt32(ctx, n);
        done += n;
        long copied = copy < 0 ? 0 : sys_write_all(copy, buffer, n);
        int result = copied < 0 ? layer_fail(l, -copied, "write copy") : layer_push(l, buffer, n);
        if (result < 0)
            return JS_NewInt32(ctx, result);
    }
    return JS_NewInt64(ctx, done);
}

static JSValue js_layerFinish(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    struct layer_result r;
    struct layer *l = JS_GetOpaque2(ctx, argv[0], layer_class);
    if (!l)
        return JS_EXCEPTION;
    int result = layer_finish(l, &r);
    if (result < 0)
        return JS_NewInt32(ctx, result);
    JSValue o = JS_NewObject(ctx);
    set(ctx, o, "compressedDigest", JS_NewString(ctx, r.compressed));
    set(ctx, o, "diffId", JS_NewString(ctx, r.diff_id));
    set(ctx, o, "compressedBytes", JS_NewInt64(ctx, r.compressed_bytes));
    set(ctx, o, "uncompressedBytes", JS_NewInt64(ctx, r.uncompressed_bytes));
    set(ctx, o, "fileBytes", JS_NewInt64(ctx, r.file_bytes));
    set(ctx, o, "compression", JS_NewString(ctx, r.compression));
    set(ctx, o, "entries", JS_NewInt64(ctx, r.entries));
    return o;
}

static JSValue js_layerError(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    struct layer *l = JS_GetOpaque2(ctx, argv[0], layer_class);
    return l ? JS_NewString(ctx, layer_error(l)) : JS_EXCEPTION;
}

static JSValue js_layerProgress(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    struct layer_result r;
    struct layer *l = JS_GetOpaque2(ctx, argv[0], layer_class);
    if (!l)
        return JS_EXCEPTION;
    layer_progress(l, &r);
    JSValue list = JS_NewArray(ctx);
    JS_DefinePropertyValueUint32(ctx, list, 0, JS_NewInt64(ctx, r.compressed_bytes), JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, list, 1, JS_NewInt64(ctx, r.uncompressed_bytes), JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, list, 2, JS_NewInt64(ctx, r.entries), JS_PROP_C_W_E);
    return list;
}

static void free_strings(char **strings)
{
    for (char **s = strings; s && *s; s++)
        free(*s);
    free(strings);
}

static JSValue js_tarCreate(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    struct tar_options o = { .dirfd = get_int(ctx, argv[0], "dirfd"), .fd_out = get_int(ctx, argv[0], "fdOut") };
    char *path = get_text(ctx, argv[0], "path"), *name = get_text(ctx, argv[0], "name");
    o.path = path;
    o.name = name;
    o.overlay_upper = get_int(ctx, argv[0], "overlayUpper");
    o.follow_root = get_int(ctx, argv[0], "followRoot");
    o.finish = get_int(ctx, argv[0], "finish");
    o.owner = get_int(ctx, argv[0], "owner");
    JSValue mtime = JS_GetPropertyStr(ctx, argv[0], "mtimeSec");
    JS_ToInt64(ctx, &o.mtime, mtime);
    o.exclude = get_sorted_list(ctx, argv[0], "exclude", &o.exclude_count);
    o.include = get_sorted_list(ctx, argv[0], "include", &o.include_count);
    int64_t result = tar_create(&o);
    free_strings(o.exclude);
    free_strings(o.include);
    free(path);
    free(name);
    return JS_NewInt64(ctx, result);
}

static JSValue js_removeTree(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int dirfd;
    const char *path = JS_ToCString(ctx, argv[1]);
    if (!path || JS_ToInt32(ctx, &dirfd, argv[0]))
        return JS_EXCEPTION;
    int64_t result = tree_remove(dirfd, path);
    JS_FreeCString(ctx, path);
    return JS_NewInt64(ctx, result);
}

static JSValue js_copyTree(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int from_dirfd, to_dirfd;
    const char *from = JS_ToCString(ctx, argv[1]), *to = JS_ToCString(ctx, argv[3]);
    if (!from || !to || JS_ToInt32(ctx, &from_dirfd, argv[0]) || JS_ToInt32(ctx, &to_dirfd, argv[2]))
        return JS_EXCEPTION;
    int64_t result = tree_copy(from_dirfd, from, to_dirfd, to);
    JS_FreeCString(ctx, from);
    JS_FreeCString(ctx, to);
    return JS_NewInt64(ctx, result);
}

static JSValue js_diskUsage(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int dirfd;
    struct usage u;
    const char *path = JS_ToCString(ctx, argv[1]);
    if (!path || JS_ToInt32(ctx, &dirfd, argv[0]))
        return JS_EXCEPTION;
    int result = tree_usage(dirfd, path, &u);
    JS_FreeCString(ctx, path);
    if (result < 0)
        return JS_NewInt32(ctx, result);
    JSValue o = JS_NewObject(ctx);
    set(ctx, o, "allocatedBytes", JS_NewInt64(ctx, u.allocated));
    set(ctx, o, "apparentBytes", JS_NewInt64(ctx, u.apparent));
    set(ctx, o, "inodes", JS_NewInt64(ctx, u.inodes));
    return o;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("layer", 2, js_layer),
    JS_CFUNC_DEF("layerPush", 2, js_layerPush),
    JS_CFUNC_DEF("layerPushFd", 4, js_layerPushFd),
    JS_CFUNC_DEF("layerFinish", 1, js_layerFinish),
    JS_CFUNC_DEF("layerError", 1, js_layerError),
    JS_CFUNC_DEF("layerProgress", 1, js_layerProgress),
    JS_CFUNC_DEF("tarCreate", 1, js_tarCreate),
    JS_CFUNC_DEF("removeTree", 2, js_removeTree),
    JS_CFUNC_DEF("copyTree", 4, js_copyTree),
    JS_CFUNC_DEF("diskUsage", 2, js_diskUsage),
};

void dd_add_archives(JSContext *ctx, JSValueConst native)
{
    JS_NewClassID(&layer_class);
    JS_NewClass(JS_GetRuntime(ctx), layer_class, &layer_definition);
    JS_SetPropertyFunctionList(ctx, native, functions, sizeof functions / sizeof functions[0]);
}
