// Tar archives: ustar with pax headers, written; those and GNU's long names, read.
#ifndef DRYDOCK_TAR_H
#define DRYDOCK_TAR_H

#include <stdint.h>

#include "sha256.h"

struct layer;

enum whiteouts { WHITEOUTS_OVERLAY, WHITEOUTS_FLAT, WHITEOUTS_PLAIN };

// verified: the caller compares the digests, so that the compression's own checksum may be left out.
struct layer_options { enum whiteouts whiteouts; int chown, dry_run, verified; };

struct layer_result {
    char compressed[65], diff_id[65];
    int64_t compressed_bytes, uncompressed_bytes, file_bytes, entries;
    const char *compression;    // "none", "gzip", "zstd"
};

struct layer *layer_new(int root_fd, struct layer_options options);
int layer_push(struct layer *l, const uint8_t *bytes, size_t length);
// What is unpacked is of no use, whatever comes: -error.
int layer_fail(struct layer *l, int error, const char *what);
int layer_finish(struct layer *l, struct layer_result *result);
void layer_progress(const struct layer *l, struct layer_result *result);
const char *layer_error(const struct layer *l);
void layer_free(struct layer *l);

struct tar_options {
    int dirfd, fd_out;
    const char *path, *name;
    int overlay_upper, follow_root, finish, owner;
    int64_t mtime;
    char **exclude, **include; // NULL-terminated, sorted
    int exclude_count, include_count;
};

// Bytes written or -errno.
int64_t tar_create(const struct tar_options *options);

struct tar_header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155], pad[12];
};

#endif
