// Directory trees and the table of hardlinks that copying and packing share. All return -errno on failure.
#ifndef DRYDOCK_TREE_H
#define DRYDOCK_TREE_H

#include <dirent.h>
#include <stdint.h>
#include <sys/stat.h>

#define LINK_BUCKETS 1024

struct link {
    struct link *next;
    dev_t dev;
    ino_t ino;
    char path[];
};

struct links { struct link *bucket[LINK_BUCKETS]; };

const char *links_find(struct links *links, const struct stat *st);
void links_add(struct links *links, const struct stat *st, const char *path);
void links_free(struct links *links);

// A real directory, never through a symlink; NULL with errno.
DIR *tree_open(int dirfd, const char *name);
// The next entry that is neither . nor ..
struct dirent *tree_next(DIR *dir);
static inline int dirfd_of(DIR *dir) { return dirfd(dir); }

// Inodes removed, 0 if there was nothing.
int64_t tree_remove(int dirfd, const char *name);
// What is in the directory, not itself.
int64_t tree_empty(int dirfd, const char *name);
int64_t tree_copy(int from_dirfd, const char *from, int to_dirfd, const char *to);

struct usage { int64_t allocated, apparent, inodes; };
int tree_usage(int dirfd, const char *name, struct usage *u);

#endif
