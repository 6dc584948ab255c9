// Promise jobs, garbage collection, clocks and chance for JavaScript. runtime.ts and time.ts wrap them.

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"

static JSValue js_runJobs(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JSRuntime *rt = JS_GetRuntime(ctx);
    JSContext *job_context;
    int32_t count = 0;
    for (;;) {
        int result = JS_ExecutePendingJob(rt, &job_context);
        if (result == 0)
            return JS_NewInt32(ctx, count);
        if (result < 0)
            return JS_EXCEPTION;
        count++;
    }
}

static JSValue rejection_hook = JS_UNDEFINED;

static void on_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, JS_BOOL handled, void *opaque)
{
    JSValueConst arguments[3] = { promise, reason, JS_NewBool(ctx, handled) };
    JS_FreeValue(ctx, JS_Call(ctx, rejection_hook, JS_UNDEFINED, 3, arguments));
}

static JSValue js_onUnhandledRejection(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JS_FreeValue(ctx, rejection_hook);
    rejection_hook = JS_DupValue(ctx, argv[0]);
    JS_SetHostPromiseRejectionTracker(JS_GetRuntime(ctx), on_rejection, NULL);
    return JS_UNDEFINED;
}

static JSValue js_gc(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    JS_RunGC(JS_GetRuntime(ctx));
    return JS_UNDEFINED;
}

static JSValue js_collectAfter(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int64_t bytes;
    if (JS_ToInt64(ctx, &bytes, argv[0]))
        return JS_EXCEPTION;
    dd_collect_after(JS_GetRuntime(ctx), bytes);
    return JS_UNDEFINED;
}

static JSValue js_memoryUsage(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    size_t objects, bytes = dd_heap_bytes(JS_GetRuntime(ctx), &objects);
    JSValue o = JS_NewObject(ctx);
    JS_DefinePropertyValueStr(ctx, o, "heapBytes", JS_NewInt64(ctx, bytes), JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(ctx, o, "objects", JS_NewInt64(ctx, objects), JS_PROP_C_W_E);
    return o;
}

static JSValue js_monotonicMs(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return JS_NewFloat64(ctx, t.tv_sec * 1e3 + t.tv_nsec / 1e6);
}

static JSValue js_realtimeNs(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    JSValue list = JS_NewArray(ctx);
    JS_DefinePropertyValueUint32(ctx, list, 0, JS_NewInt64(ctx, t.tv_sec), JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, list, 1, JS_NewInt32(ctx, t.tv_nsec), JS_PROP_C_W_E);
    return list;
}

static JSValue js_randomBytes(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    uint32_t length;
    if (JS_ToUint32(ctx, &length, argv[0]))
        return JS_EXCEPTION;
    uint8_t *bytes = js_malloc(ctx, length ? length : 1);
    if (!bytes)
        return JS_EXCEPTION;
    for (uint32_t done = 0; done < length;) {
        long n = syscall(SYS_getrandom, bytes + done, length - done, 0);
        if (n < 0 && errno != EINTR)
            return JS_ThrowInternalError(ctx, "getrandom: %s", strerror(errno));
        if (n > 0)
            done += n;
    }
    return dd_uint8array(ctx, bytes, length);
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("runJobs", 0, js_runJobs),
    JS_CFUNC_DEF("onUnhandledRejection", 1, js_onUnhandledRejection),
    JS_CFUNC_DEF("gc", 0, js_gc),
    JS_CFUNC_DEF("collectAfter", 1, js_collectAfter),
    JS_CFUNC_DEF("memoryUsage", 0, js_memoryUsage),
    JS_CFUNC_DEF("monotonicMs", 0, js_monotonicMs),
    JS_CFUNC_DEF("realtimeNs", 0, js_realtimeNs),
    JS_CFUNC_DEF("randomBytes", 1, js_randomBytes),
};

void dd_add_runtime(JSContext *ctx, JSValueConst native)
{
    JS_SetPropertyFunctionList(ctx, native, functions, sizeof functions / sizeof functions[0]);
}
