// See accelerator.h.

#include "accelerator.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEVICE "/sys/bus/pci/devices/0000:00:0f.0/"
#define DEVICE_IS "pci:v00001234d00006461"
#define DEVICE_MAGIC 0x43414444
#define WINDOW (INFLATE_HISTORY + 128 * 1024)

static volatile uint32_t *device;

static volatile uint32_t *map_device(void)
{
    char name[sizeof DEVICE_IS] = { 0 };
    int fd = open(DEVICE "modalias", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    int is = read(fd, name, sizeof name - 1) == sizeof name - 1 && strcmp(name, DEVICE_IS) == 0;
    close(fd);
    fd = is ? open(DEVICE "resource0", O_RDWR | O_SYNC | O_CLOEXEC) : -1;
    if (fd < 0)
        return NULL;
    void *region = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return region != MAP_FAILED && *(volatile uint32_t *)region == DEVICE_MAGIC ? region : NULL;
}

int accelerator_find(void)
{
    static int looked;
    if (!looked) {
        looked = 1;
        device = map_device();
    }
    return device != NULL;
}

// The request was just written, so its page is this process's own, and is there.
static void ask(int operation, const void *request)
{
    __asm__ volatile("" : : : "memory");
    device[operation] = (uintptr_t)request;
    __asm__ volatile("" : : : "memory");
}

size_t accelerator_hash(uint32_t h[8], const uint8_t *bytes, size_t blocks)
{
    static struct { uint32_t data, blocks, done, unused, h[8]; } r __attribute__((aligned(64)));
    if (!device)
        return 0;
    r.data = (uintptr_t)bytes;
    r.blocks = blocks;
    r.done = 0;
    memcpy(r.h, h, sizeof r.h);
    ask(1, &r);
    memcpy(h, r.h, sizeof r.h);
    return r.done;
}

// So that the device finds the pages: read those of the input, written those of the window.
static void touch(const uint8_t *bytes, size_t length, uint8_t *window)
{
    for (size_t i = 0; i < length; i += 4096)
        (void)*(const volatile uint8_t *)(bytes + i);
    if (length > 0)
        (void)*(const volatile uint8_t *)(bytes + length - 1);
    for (size_t i = 0; i < WINDOW; i += 4096)
        *(volatile uint8_t *)(window + i) = window[i];
    *(volatile uint8_t *)(window + WINDOW - 1) = window[WINDOW - 1];
}

int accelerator_inflate(struct inflating *s, const uint8_t *bytes, size_t length, size_t *consumed)
{
    static struct {
        uint32_t input, length, output, room, history;
        int32_t consumed, produced, status;
        uint8_t state[sizeof s->state];
    } r __attribute__((aligned(512)));
    *consumed = 0;
    if (!s->window && !(s->window = malloc(WINDOW)))
        return INFLATE_FAILED;
    // What came out last becomes history.
    s->history = s->history + s->bytes < INFLATE_HISTORY ? s->history + s->bytes : INFLATE_HISTORY;
    if (s->bytes > 0)
        memmove(s->window, s->window + s->bytes, INFLATE_HISTORY);
    s->bytes = 0;
    for (int tries = 0; device && tries < 2; tries++) {
        r.input = (uintptr_t)bytes;
        r.length = length;
        r.output = (uintptr_t)s->window + INFLATE_HISTORY;
        r.room = WINDOW - INFLATE_HISTORY;
        r.history = s->history;
        r.status = -1;
        memcpy(r.state, s->state, sizeof r.state);
        ask(2, &r);
        if (r.status >= 0 && (r.status > 0 || r.produced > 0 || r.consumed > 0)) {
            memcpy(s->state, r.state, sizeof r.state);
            s->bytes = r.produced;
            *consumed = r.consumed;
            return r.status;
        }
        // Too little input for a step, or pages that are not there.
        touch(bytes, length, s->window);
    }
    return device && r.status == INFLATE_MORE ? INFLATE_MORE : INFLATE_FAILED;
}
