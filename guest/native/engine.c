// QuickJS and the few functions that need its inside: typed arrays without a property lookup, promise jobs dropped after a fork.

#include "quickjs.c"
#include "engine.h"
#include "json.c"
#include "json_parse.c"

uint8_t *dd_bytes(JSValueConst value, size_t *length)
{
    if (JS_VALUE_GET_TAG(value) != JS_TAG_OBJECT)
        return NULL;
    JSObject *p = JS_VALUE_GET_OBJ(value);
    if (p->class_id >= JS_CLASS_UINT8C_ARRAY && p->class_id <= JS_CLASS_FLOAT64_ARRAY) {
        *length = (size_t)p->u.array.count << typed_array_size_log2(p->class_id);
        // An empty array may have no memory, yet it is a buffer.
        return p->u.array.u.uint8_ptr ? p->u.array.u.uint8_ptr : (uint8_t *)"";
    }
    if (p->class_id == JS_CLASS_DATAVIEW) {
        JSTypedArray *view = p->u.typed_array;
        JSArrayBuffer *buffer = view->buffer->u.array_buffer;
        if (buffer->detached)
            return NULL;
        *length = view->length;
        return buffer->data + view->offset;
    }
    if (p->class_id == JS_CLASS_ARRAY_BUFFER) {
        *length = p->u.array_buffer->byte_length;
        return p->u.array_buffer->data;
    }
    return NULL;
}

uint8_t *dd_need_bytes(JSContext *ctx, JSValueConst value, size_t *length)
{
    uint8_t *bytes = dd_bytes(value, length);
    if (!bytes)
        JS_ThrowTypeError(ctx, "expected a buffer");
    return bytes;
}

JSValue dd_latin1(JSContext *ctx, const char *text, size_t length)
{
    return js_new_string8_len(ctx, text, (int)length);
}

static void free_buffer(JSRuntime *rt, void *opaque, void *ptr)
{
    js_free_rt(rt, ptr);
}

JSValue dd_uint8array(JSContext *ctx, uint8_t *buffer, size_t length)
{
    JSValue array_buffer = JS_NewArrayBuffer(ctx, buffer, length, free_buffer, NULL, FALSE);
    if (JS_IsException(array_buffer))
        return array_buffer;
    JSValueConst arguments[3] = { array_buffer, JS_UNDEFINED, JS_UNDEFINED };
    JSValue array = JS_NewTypedArray(ctx, 3, arguments, JS_TYPED_ARRAY_UINT8);
    JS_FreeValue(ctx, array_buffer);
    return array;
}

void dd_drop_jobs(JSRuntime *rt)
{
    // Not freed one by one: that would touch, and so copy, pages shared with the parent.
    init_list_head(&rt->job_list);
}

void dd_stack_save(JSRuntime *rt, struct dd_stack *saved)
{
    saved->top = rt->stack_top;
    saved->limit = rt->stack_limit;
    saved->size = rt->stack_size;
    saved->frame = rt->current_stack_frame;
}

void dd_stack_here(JSRuntime *rt, size_t bytes)
{
    JS_SetMaxStackSize(rt, bytes - 64 * 1024);
    JS_UpdateStackTop(rt);
}

void dd_stack_restore(JSRuntime *rt, const struct dd_stack *saved)
{
    rt->stack_top = saved->top;
    rt->stack_limit = saved->limit;
    rt->stack_size = saved->size;
    rt->current_stack_frame = saved->frame;
}

size_t dd_heap_bytes(JSRuntime *rt, size_t *objects)
{
    *objects = rt->malloc_state.malloc_count;
    return rt->malloc_state.malloc_size;
}

void dd_collect_after(JSRuntime *rt, int64_t bytes)
{
    rt->malloc_gc_threshold = bytes < 0 ? (size_t)-1 : rt->malloc_state.malloc_size + (size_t)bytes;
}
