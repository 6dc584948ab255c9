// What the C module may know of QuickJS beyond its public header; engine.c compiles QuickJS itself and so can reach inside.
#ifndef DRYDOCK_ENGINE_H
#define DRYDOCK_ENGINE_H

#include "quickjs.h"

// Bytes behind an ArrayBuffer, typed array or DataView; NULL (no exception) if the value is none of them.
uint8_t *dd_bytes(JSValueConst value, size_t *length);
// As dd_bytes, with a TypeError.
uint8_t *dd_need_bytes(JSContext *ctx, JSValueConst value, size_t *length);
JSValue dd_latin1(JSContext *ctx, const char *text, size_t length);
// A Uint8Array that owns a js_malloc'ed buffer of at least length bytes.
JSValue dd_uint8array(JSContext *ctx, uint8_t *buffer, size_t length);
// Where the JavaScript stack is: saved and restored around a function that runs on another one (bytes of it lie below the caller).
struct dd_stack {
    uintptr_t top, limit;
    size_t size;
    void *frame;
};
void dd_stack_save(JSRuntime *rt, struct dd_stack *saved);
void dd_stack_here(JSRuntime *rt, size_t bytes);
void dd_stack_restore(JSRuntime *rt, const struct dd_stack *saved);
void dd_drop_jobs(JSRuntime *rt);
size_t dd_heap_bytes(JSRuntime *rt, size_t *objects);
void dd_collect_after(JSRuntime *rt, int64_t bytes);

// Allocator of the runtime: alloc.c
extern const JSMallocFunctions dd_allocator;

// The groups of functions that make up __native, each in its own file.
void dd_add_syscalls(JSContext *ctx, JSValueConst native);
void dd_add_processes(JSContext *ctx, JSValueConst native);
void dd_add_bytes(JSContext *ctx, JSValueConst native);
void dd_add_runtime(JSContext *ctx, JSValueConst native);
void dd_add_archives(JSContext *ctx, JSValueConst native);
// Puts quicker functions in the place of QuickJS's own JSON.stringify and JSON.parse: json.c, json_parse.c
void dd_add_json(JSContext *ctx);
void dd_init_title(int argc, char **argv);

#endif
