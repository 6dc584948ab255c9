// Allocator of the JavaScript heap: single-threaded, small sizes from 16 KB slabs of one size class each, bigger ones from mmap with a small cache.
// musl's malloc takes locks and coalesces on every free, which in the emulated CPU costs a third of the run time.
//
// A slab, and a big block too, starts at a multiple of SLAB with its head: any pointer finds its size by masking.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine.h"

#define SLAB 16384u
#define HEAD 16u
#define ARENA (1024u * 1024u)
#define BIG_CACHE_BYTES (512u * 1024u)

struct head {
    uint32_t size;     // of one object in a slab, or of the data in a big block
    uint16_t is_big;
    uint16_t class;    // of a slab
    struct head *next; // in the cache of free big blocks
    uint32_t mapped;   // bytes of a big block's mapping
};

struct free_object { struct free_object *next; };

// Classes are chosen so that a slab's 16,368 bytes divide with little left over.
static const uint16_t class_size[] = { 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
    640, 768, 960, 1160, 1360, 1632, 2040, 2728, 3272, 4088, 5456, 8184 };
#define CLASSES (sizeof class_size / sizeof class_size[0])
#define SMALL_MAX 8184u

// By the size in units of 8 bytes, up to 512.
static const uint8_t class_of_small[513 / 8 + 1] = {
    0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15,
    16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19,
};
static struct free_object *free_list[CLASSES];
static char *bump[CLASSES], *bump_end[CLASSES];
static char *arena, *arena_end;
static struct head *big_cache;
static size_t big_cached;

static unsigned class_of(size_t size)
{
    if (size <= 512)
        return class_of_small[(size + 7) / 8];
    unsigned c = 20;
    while (class_size[c] < size)
        c++;
    return c;
}

// Memory at a multiple of SLAB, straight from the kernel.
static char *map_aligned(size_t bytes)
{
    char *p = mmap(NULL, bytes + SLAB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    char *aligned = (char *)(((uintptr_t)p + SLAB - 1) & ~(uintptr_t)(SLAB - 1));
    if (aligned > p)
        munmap(p, aligned - p);
    munmap(aligned + bytes, p + SLAB - aligned);
    return aligned;
}

static int new_slab(unsigned c)
{
    if (arena == arena_end) {
        arena = map_aligned(ARENA);
        if (!arena) {
            arena_end = NULL;
            return 0;
        }
        arena_end = arena + ARENA;
    }
    struct head *head = (struct head *)arena;
    arena += SLAB;
    head->size = class_size[c];
    head->class = c;
    bump[c] = (char *)head + HEAD;
    bump_end[c] = (char *)head + SLAB;
    return 1;
}

static void *big_malloc(size_t size)
{
    size_t need = (size + HEAD + 4095) & ~(size_t)4095;
    for (struct head **at = &big_cache; *at; at = &(*at)->next) {
        struct head *head = *at;
        if (head->mapped >= need && head->mapped <= need + need / 4) {
            *at = head->next;
            big_cached -= head->mapped;
            head->size = head->mapped - HEAD;
            return (char *)head + HEAD;
        }
    }
    struct head *head = (struct head *)map_aligned(need);
    if (!head)
        return NULL;
    head->size = need - HEAD;
    head->is_big = 1;
    head->mapped = need;
    return (char *)head + HEAD;
}

static void big_free(struct head *head)
{
    if (big_cached + head->mapped > BIG_CACHE_BYTES) {
        munmap(head, head->mapped);
        return;
    }
    big_cached += head->mapped;
    head->next = big_cache;
    big_cache = head;
}

static inline struct head *head_of(const void *ptr)
{
    return (struct head *)((uintptr_t)ptr & ~(uintptr_t)(SLAB - 1));
}

static size_t dd_usable(const void *ptr)
{
    return ptr ? head_of(ptr)->size : 0;
}

// What is not on a free list: the next piece of a slab, or a big block.
static __attribute__((noinline)) void *allocate(JSMallocState *s, size_t size)
{
    void *ptr;
    if (size > SMALL_MAX) {
        ptr = big_malloc(size);
        if (!ptr)
            return NULL;
    } else {
        unsigned c = class_of(size);
        struct free_object *object = free_list[c];
        if (object) {
            free_list[c] = object->next;
            ptr = object;
        } else {
            if (bump[c] + class_size[c] > bump_end[c] && !new_slab(c))
                return NULL;
            ptr = bump[c];
            bump[c] += class_size[c];
        }
    }
    s->malloc_count++;
    s->malloc_size += head_of(ptr)->size;
    return ptr;
}

static void *dd_malloc(JSMallocState *s, size_t size)
{
    if (size <= 512) {
        unsigned c = class_of_small[(size + 7) / 8];
        struct free_object *object = free_list[c];
        if (object) {
            free_list[c] = object->next;
            s->malloc_count++;
            s->malloc_size += class_size[c];
            return object;
        }
    }
    return allocate(s, size);
}

static void dd_free(JSMallocState *s, void *ptr)
{
    if (!ptr)
        return;
    struct head *head = head_of(ptr);
    s->malloc_count--;
    s->malloc_size -= head->size;
    if (head->is_big) {
        big_free(head);
        return;
    }
    unsigned c = head->class;
    ((struct free_object *)ptr)->next = free_list[c];
    free_list[c] = ptr;
}

static void *dd_realloc(JSMallocState *s, void *ptr, size_t size)
{
    if (!ptr)
        return size ? dd_malloc(s, size) : NULL;
    if (size == 0) {
        dd_free(s, ptr);
        return NULL;
    }
    size_t old = head_of(ptr)->size;
    // Stay in place unless it must grow or would waste more than half.
    if (size <= old && (size * 2 >= old || old <= 64))
        return ptr;
    void *moved = dd_malloc(s, size);
    if (!moved)
        return size <= old ? ptr : NULL;
    memcpy(moved, ptr, size < old ? size : old);
    dd_free(s, ptr);
    return moved;
}

const JSMallocFunctions dd_allocator = { dd_malloc, dd_free, dd_realloc, dd_usable };
