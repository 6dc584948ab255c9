// Unpacks a (compressed) tar that arrives in pieces, and hashes both the bytes that come in and the tar inside. A state machine, so that a
// single-threaded event loop can feed it between other work.
//
// Every path is resolved with openat2(RESOLVE_IN_ROOT): a symlink or .. in the archive, or already on disk, cannot lead outside.
// Format: POSIX pax(1) "ustar Interchange Format" and "pax Header Block", GNU 'L'/'K' long names; whiteouts as in OCI's layer.md.

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "decode.h"
#include "sys.h"
#include "tar.h"
#include "tree.h"

#define META_LIMIT (1024 * 1024)

struct xattr { struct xattr *next; char *name; size_t length; uint8_t value[]; };

struct pending_dir { struct pending_dir *next; struct timespec mtime; char path[]; };

struct entry {
    char *path, *link;          // as in the archive, cleaned of leading slashes and dots
    int64_t size;
    uint32_t mode, uid, gid, major, minor;
    struct timespec mtime;
    char type;
    struct xattr *xattrs;
};

struct layer {
    struct layer_options options;
    int root, failed;
    char error[512];
    struct sha256 in, out;
    int64_t in_bytes, out_bytes, file_bytes, entries;
    struct decoder decoder;
    // Tar level.
    enum { HEADER, FILE_DATA, META_DATA, SKIP_DATA, AFTER_END } state;
    uint8_t block[512];
    size_t have;
    int zero_blocks;
    int64_t left;               // of the entry's data
    size_t padding;             // after the data
    char *meta;                 // a long name or pax header being gathered
    size_t meta_length;
    char meta_type;
    struct entry e;             // next entry's overrides, then the entry itself
    int has_size, has_uid, has_gid, has_mtime;
    int acls;                   // a directory may have given what is made in it another mode
    int fd;                     // the file being written
    char *parent_path;          // cache of the last parent directory
    int parent_fd, parent_setgid; // setgid: what is made in it gets its group
    struct pending_dir *dirs, *dirs_last;
};

static int fail(struct layer *l, int error, const char *what, const char *path)
{
    if (l->failed == 0) {
        snprintf(l->error, sizeof l->error, "%s%s%s: %s", what, path ? " " : "", path ? path : "", strerror(error));
        l->failed = error;
    }
    return -error;
}

int layer_fail(struct layer *l, int error, const char *what)
{
    return fail(l, error, what, NULL);
}

struct layer *layer_new(int root_fd, struct layer_options options)
{
    struct layer *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->options = options;
    l->root = root_fd;
    l->fd = l->parent_fd = -1;
    l->decoder.unchecked = options.verified;
    sha256_init(&l->in);
    sha256_init(&l->out);
    return l;
}

static void clear_entry(struct layer *l)
{
    free(l->e.path);
    free(l->e.link);
    for (struct xattr *x = l->e.xattrs, *next; x; x = next) {
        next = x->next;
        free(x->name);
        free(x);
    }
    memset(&l->e, 0, sizeof l->e);
    l->has_size = l->has_uid = l->has_gid = l->has_mtime = 0;
}

// Without leading and doubled slashes and dots. NULL if a component is "..": no honest layer has one.
static char *clean_path(const char *raw)
{
    char *out = malloc(strlen(raw) + 2), *to = out;
    if (!out)
        return NULL;
    while (*raw) {
        while (*raw == '/')
            raw++;
        size_t n = strcspn(raw, "/");
        if (n == 2 && raw[0] == '.' && raw[1] == '.') {
            free(out);
            return NULL;
        }
        if (n > 0 && !(n == 1 && raw[0] == '.')) {
            if (to != out)
                *to++ = '/';
            memcpy(to, raw, n);
            to += n;
        }
        raw += n;
    }
    *to = 0;
    return out;
}

// mkdir -p beneath the root, then the directory's descriptor: archives may leave parents out.
static int make_parents(struct layer *l, const char *dir)
{
    char *path = strdup(dir);
    for (char *slash = path; slash;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = 0;
        char *last = strrchr(path, '/');
        if (last)
            *last = 0;
        int above = last ? sys_openat2(l->root, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_IN_ROOT) : dup(l->root);
        if (above >= 0) {
            mkdirat(above, last ? last + 1 : path, 0755);
            close(above);
        }
        if (last)
            *last = '/';
        if (slash)
            *slash = '/';
    }
    free(path);
    return sys_openat2(l->root, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_IN_ROOT);
}

// Descriptor of the directory that path lies in (kept until the next call), *base the last component.
static int parent_of(struct layer *l, const char *path, const char **base)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    *base = slash ? slash + 1 : path;
    if (l->parent_path && strlen(l->parent_path) == length && memcmp(l->parent_path, path, length) == 0)
        return l->parent_fd;
    if (l->parent_fd >= 0)
        close(l->parent_fd);
    free(l->parent_path);
    l->parent_path = strndup(path, length);
    int fd = length == 0 ? openat(l->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                         : sys_openat2(l->root, l->parent_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_IN_ROOT);
    if (fd == -ENOENT)
        fd = make_parents(l, l->parent_path);
    l->parent_fd = fd;
    struct stat st;
    l->parent_setgid = fd < 0 || fstat(fd, &st) < 0 || (st.st_mode & S_ISGID) != 0;
    if (fd < 0) {
        free(l->parent_path);
        l->parent_path = NULL;
        l->parent_fd = -1;
    }
    return fd;
}

static void forget_parent(struct layer *l)
{
    if (l->parent_fd >= 0)
        close(l->parent_fd);
    l->parent_fd = -1;
    free(l->parent_path);
    l->parent_path = NULL;
}

static int64_t number(const char *field, size_t length)
{
    const uint8_t *p = (const uint8_t *)field;
    int64_t n = 0;
    if (p[0] & 0x80) { // GNU: big-endian base 256
        n = p[0] & 0x3f;
        for (size_t i = 1; i < length; i++)
            n = n << 8 | p[i];
        return p[0] & 0x40 ? -1 : n;
    }
    for (size_t i = 0; i < length && field[i]; i++)
        if (field[i] >= '0' && field[i] <= '7')
            n = n * 8 + (field[i] - '0');
        else if (field[i] != ' ')
            return -1;
    return n;
}

static int checksum_fits(const uint8_t *block)
{
    unsigned sum = 0;
    for (int i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? ' ' : block[i];
    return number((const char *)block + 148, 8) == (int64_t)sum;
}

// A new file of root's has its owner and mode from open(2) already: two system calls less for most of a layer's files.
static int is_as_made(const struct layer *l)
{
    const struct entry *e = &l->e;
    return e->type == '0' && l->options.whiteouts == WHITEOUTS_OVERLAY && !l->acls && !l->parent_setgid && e->uid == 0 && e->gid == 0
           && (e->mode & 07000) == 0;
}

static int set_attributes(struct layer *l, int parent, const char *base, int fd)
{
    struct entry *e = &l->e;
    int is_link = e->type == '2', as_made = is_as_made(l);
    // Owner first: chown(2) clears the set-user-ID bits and file capabilities that follow.
    if (l->options.chown && !as_made) {
        int r = fd >= 0 ? fchown(fd, e->uid, e->gid) : fchownat(parent, base, e->uid, e->gid, AT_SYMLINK_NOFOLLOW);
        if (r < 0)
            return fail(l, errno, "chown", e->path);
    }
    if (!is_link && !as_made && (fd >= 0 ? fchmod(fd, e->mode) : fchmodat(parent, base, e->mode, 0)) < 0)
        return fail(l, errno, "chmod", e->path);
    for (struct xattr *x = e->xattrs; x; x = x->next) {
        int r;
        l->acls |= strncmp(x->name, "system.posix_acl", 16) == 0;
        if (fd >= 0) {
            r = fsetxattr(fd, x->name, x->value, x->length, 0);
        } else {
            char path[64 + 256];
            snprintf(path, sizeof path, "/proc/self/fd/%d/%s", parent, base);
            r = lsetxattr(path, x->name, x->value, x->length, 0);
        }
        if (r < 0 && errno != EOPNOTSUPP && errno != EPERM)
            return fail(l, errno, "setxattr", e->path);
    }
    struct timespec times[2] = { e->mtime, e->mtime };
    if (fd >= 0)
        futimens(fd, times);
    else
        utimensat(parent, base, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

static int apply_whiteout(struct layer *l, int parent, const char *base)
{
    int overlay = l->options.whiteouts == WHITEOUTS_OVERLAY;
    if (strcmp(base, ".wh..wh..opq") == 0) {
        if (!overlay)
            return tree_empty(parent, ".") < 0 ? fail(l, EIO, "opaque directory", l->e.path) : 0;
        return fsetxattr(parent, "trusted.overlay.opaque", "y", 1, 0) < 0 ? fail(l, errno, "opaque directory", l->e.path) : 0;
    }
    // Other names of this prefix are aufs's own bookkeeping.
    if (strncmp(base, ".wh..wh.", 8) == 0)
        return 0;
    const char *hidden = base + 4;
    if (*hidden == 0 || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
        return fail(l, EBADMSG, "whiteout", l->e.path);
    int64_t removed = tree_remove(parent, hidden);
    if (removed < 0)
        return fail(l, -removed, "whiteout", l->e.path);
    if (overlay && mknodat(parent, hidden, S_IFCHR | 0600, 0) < 0)
        return fail(l, errno, "whiteout", l->e.path);
    if (!overlay)
        return 0;
    if (l->options.chown)
        fchownat(parent, hidden, l->e.uid, l->e.gid, AT_SYMLINK_NOFOLLOW);
    struct timespec times[2] = { l->e.mtime, l->e.mtime };
    utimensat(parent, hidden, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

static int make_hardlink(struct layer *l, int parent, const char *base)
{
    char *target = clean_path(l->e.link ? l->e.link : "");
    if (!target || !*target) {
        free(target);
        return fail(l, EXDEV, "hardlink", l->e.path);
    }
    char *slash = strrchr(target, '/');
    if (slash)
        *slash = 0;
    int from = slash ? sys_openat2(l->root, target, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_IN_ROOT) : dup(l->root);
    int result = from < 0 ? from : negative_errno(linkat(from, slash ? slash + 1 : target, parent, base, 0));
    if (from >= 0)
        close(from);
    free(target);
    return result < 0 ? fail(l, -result, "hardlink", l->e.path) : 0;
}

static int remember_directory(struct layer *l)
{
    struct pending_dir *d = malloc(sizeof *d + strlen(l->e.path) + 1);
    if (!d)
        return fail(l, ENOMEM, "directory", l->e.path);
    d->next = NULL;
    d->mtime = l->e.mtime;
    strcpy(d->path, l->e.path);
    if (l->dirs_last)
        l->dirs_last->next = d;
    else
        l->dirs = d;
    l->dirs_last = d;
    return 0;
}

static int make_directory(struct layer *l, int parent, const char *base)
{
    if (mkdirat(parent, base, 0700) < 0 && errno != EEXIST)
        return fail(l, errno, "directory", l->e.path);
    int fd = openat(parent, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(l, errno, "directory", l->e.path);
    int result = set_attributes(l, parent, base, fd);
    close(fd);
    return result < 0 ? result : remember_directory(l);
}

// An entry replaces what is there, except a directory a directory.
static int clear_place(struct layer *l, int parent, const char *base)
{
    struct stat st;
    if (fstatat(parent, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    if (S_ISDIR(st.st_mode) && l->e.type == '5')
        return 0;
    if (S_ISDIR(st.st_mode))
        forget_parent(l);
    const char *again;
    parent = parent_of(l, l->e.path, &again);
    int64_t removed = parent < 0 ? parent : tree_remove(parent, again);
    return removed < 0 ? fail(l, -removed, "replace", l->e.path) : 0;
}

static int make_special(struct layer *l, int parent, const char *base)
{
    struct entry *e = &l->e;
    int result = 0;
    switch (e->type) {
    case '1':
        return make_hardlink(l, parent, base);
    case '2':
        result = symlinkat(e->link ? e->link : "", parent, base);
        break;
    case '3':
        result = mknodat(parent, base, S_IFCHR | e->mode, makedev(e->major, e->minor));
        break;
    case '4':
        result = mknodat(parent, base, S_IFBLK | e->mode, makedev(e->major, e->minor));
        break;
    case '6':
        result = mknodat(parent, base, S_IFIFO | e->mode, 0);
        break;
    default:
        return fail(l, EOPNOTSUPP, "entry type", e->path);
    }
    return result < 0 ? fail(l, errno, "create", e->path) : set_attributes(l, parent, base, -1);
}

// The set-ID bits come after the owner.
static int make_file(int parent, const char *base, uint32_t mode)
{
    return openat(parent, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
}

static int start_entry(struct layer *l)
{
    struct entry *e = &l->e;
    char *clean = clean_path(e->path ? e->path : "");
    if (!clean)
        return fail(l, EXDEV, "path leaves the archive's root", e->path);
    free(e->path);
    e->path = clean;
    if (e->type == 0 || e->type == '7')
        e->type = '0';
    l->entries++;
    l->left = e->type == '0' ? e->size : 0;
    l->state = l->left > 0 ? FILE_DATA : HEADER;
    l->padding = (512 - (l->left & 511)) & 511;
    if (e->type == '0')
        l->file_bytes += e->size;
    if (l->options.dry_run)
        return 0;
    if (*e->path == 0) { // the root itself
        if (e->type != '5')
            return fail(l, EBADMSG, "entry without a name", NULL);
        int root = openat(l->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int result = root < 0 ? fail(l, errno, "root", NULL) : set_attributes(l, -1, ".", root);
        close(root);
        return result;
    }
    const char *base;
    int parent = parent_of(l, e->path, &base);
    if (parent < 0)
        return fail(l, -parent, "parent directory of", e->path);
    if (l->options.whiteouts != WHITEOUTS_PLAIN && strncmp(base, ".wh.", 4) == 0)
        return apply_whiteout(l, parent, base);
    // Mostly there is nothing in the way.
    if (e->type == '0' && (l->fd = make_file(parent, base, e->mode)) >= 0)
        return 0;
    int cleared = clear_place(l, parent, base);
    if (cleared < 0)
        return cleared;
    parent = parent_of(l, e->path, &base);
    if (e->type == '5')
        return make_directory(l, parent, base);
    if (e->type != '0')
        return make_special(l, parent, base);
    l->fd = make_file(parent, base, e->mode);
    return l->fd < 0 ? fail(l, errno, "create", e->path) : 0;
}

static int end_entry(struct layer *l)
{
    int result = 0;
    if (l->fd >= 0) {
        result = set_attributes(l, -1, "", l->fd);
        if (close(l->fd) < 0 && result == 0)
            result = fail(l, errno, "close", l->e.path);
        l->fd = -1;
    }
    clear_entry(l);
    return result;
}

// "length key=value\n" records; key and value may hold anything, the length is what counts.
static int read_pax(struct layer *l)
{
    char *p = l->meta, *end = l->meta + l->meta_length;
    while (p < end) {
        char *rest;
        unsigned long length = strtoul(p, &rest, 10);
        if (rest == p || *rest != ' ' || length < 5 || length > (size_t)(end - p) || p[length - 1] != '\n' || rest + 1 >= p + length)
            return fail(l, EBADMSG, "pax header", NULL);
        char *key = rest + 1, *stop = p + length - 1;
        char *equals = memchr(key, '=', stop - key);
        if (!equals)
            return fail(l, EBADMSG, "pax header", NULL);
        *equals = 0;
        *stop = 0;
        char *value = equals + 1;
        if (strcmp(key, "path") == 0) {
            free(l->e.path);
            l->e.path = strdup(value);
        } else if (strcmp(key, "linkpath") == 0) {
            free(l->e.link);
            l->e.link = strdup(value);
        } else if (strcmp(key, "size") == 0) {
            l->e.size = strtoll(value, NULL, 10);
            l->has_size = 1;
        } else if (strcmp(key, "uid") == 0) {
            l->e.uid = strtoul(value, NULL, 10);
            l->has_uid = 1;
        } else if (strcmp(key, "gid") == 0) {
            l->e.gid = strtoul(value, NULL, 10);
            l->has_gid = 1;
        } else if (strcmp(key, "mtime") == 0) {
            char *dot;
            l->e.mtime.tv_sec = strtoll(value, &dot, 10);
            l->e.mtime.tv_nsec = 0;
            if (*dot == '.')
                for (int i = 0, scale = 100000000; i < 9 && isdigit((unsigned char)dot[1 + i]); i++, scale /= 10)
                    l->e.mtime.tv_nsec += (dot[1 + i] - '0') * scale;
            l->has_mtime = 1;
        } else if (strncmp(key, "SCHILY.xattr.", 13) == 0) {
            size_t n = stop - value;
            struct xattr *x = malloc(sizeof *x + n);
            if (!x)
                return fail(l, ENOMEM, "pax header", NULL);
            x->name = strdup(key + 13);
            x->length = n;
            memcpy(x->value, value, n);
            x->next = l->e.xattrs;
            l->e.xattrs = x;
        }
        p += length;
    }
    return 0;
}

static int end_meta(struct layer *l)
{
    int result = 0;
    if (l->meta_type == 'x') {
        result = read_pax(l);
    } else if (l->meta_type == 'L') {
        free(l->e.path);
        l->e.path = strndup(l->meta, l->meta_length);
    } else if (l->meta_type == 'K') {
        free(l->e.link);
        l->e.link = strndup(l->meta, l->meta_length);
    }
    free(l->meta);
    l->meta = NULL;
    return result;
}

static int read_header(struct layer *l)
{
    struct tar_header *h = (struct tar_header *)l->block;
    struct entry *e = &l->e;
    int zero = 1;
    for (int i = 0; i < 512 && zero; i++)
        zero = l->block[i] == 0;
    if (zero) {
        if (++l->zero_blocks == 2)
            l->state = AFTER_END;
        return 0;
    }
    l->zero_blocks = 0;
    if (!checksum_fits(l->block))
        return fail(l, EBADMSG, "tar header checksum", NULL);
    int64_t size = number(h->size, sizeof h->size);
    if (size < 0)
        return fail(l, EBADMSG, "tar header size", NULL);
    if (strchr("xgLK", h->type) && h->type) {
        if (size > META_LIMIT)
            return fail(l, EBADMSG, "tar header too large", NULL);
        l->meta = malloc(size + 1);
        if (!l->meta)
            return fail(l, ENOMEM, "tar header", NULL);
        l->meta_length = 0;
        l->meta_type = h->type;
        l->left = size;
        l->padding = (512 - (size & 511)) & 511;
        l->state = size > 0 ? META_DATA : HEADER;
        return size > 0 ? 0 : end_meta(l);
    }
    e->type = h->type;
    if (!e->path) {
        char full[512];
        int has_prefix = memcmp(h->magic, "ustar\0", 6) == 0 && h->prefix[0];
        snprintf(full, sizeof full, "%.155s%s%.100s", has_prefix ? h->prefix : "", has_prefix ? "/" : "", h->name);
        e->path = strdup(full);
    }
    if (!e->link)
        e->link = strndup(h->link, sizeof h->link);
    e->mode = number(h->mode, sizeof h->mode) & 07777;
    if (!l->has_size)
        e->size = size;
    if (!l->has_uid)
        e->uid = number(h->uid, sizeof h->uid);
    if (!l->has_gid)
        e->gid = number(h->gid, sizeof h->gid);
    if (!l->has_mtime)
        e->mtime.tv_sec = number(h->mtime, sizeof h->mtime);
    e->major = number(h->major, sizeof h->major);
    e->minor = number(h->minor, sizeof h->minor);
    if (e->size < 0)
        return fail(l, EBADMSG, "tar header size", e->path);
    int result = start_entry(l);
    return result < 0 || l->state == FILE_DATA ? result : end_entry(l);
}

static int tar_push(struct layer *l, const uint8_t *p, size_t length)
{
    sha256_update(&l->out, p, length);
    l->out_bytes += length;
    while (length > 0) {
        size_t n;
        int result = 0;
        switch (l->state) {
        case AFTER_END:
            return 0;
        case HEADER:
            if (l->padding > 0) {
                n = length < l->padding ? length : l->padding;
                l->padding -= n;
                break;
            }
            n = length < 512 - l->have ? length : 512 - l->have;
            memcpy(l->block + l->have, p, n);
            if ((l->have += n) == 512) {
                l->have = 0;
                result = read_header(l);
            }
            break;
        default:
            n = (int64_t)length < l->left ? length : (size_t)l->left;
            if (l->state == META_DATA) {
                memcpy(l->meta + l->meta_length, p, n);
                l->meta_length += n;
                l->meta[l->meta_length] = 0;
            } else if (l->fd >= 0) {
                long written = sys_write_all(l->fd, p, n);
                if (written < 0)
                    return fail(l, -written, "write", l->e.path);
            }
            if ((l->left -= n) == 0) {
                result = l->state == META_DATA ? end_meta(l) : end_entry(l);
                l->state = HEADER;
            }
        }
        if (result < 0)
            return result;
        p += n;
        length -= n;
    }
    return 0;
}

static int tar_sink(void *to, const uint8_t *bytes, size_t length)
{
    return tar_push(to, bytes, length);
}

// The entry that failed has said so already; a failure of the decoder is said here.
static int decoded(struct layer *l, int result)
{
    return result < 0 && l->failed == 0 ? fail(l, -result, l->decoder.what, NULL) : result;
}

int layer_push(struct layer *l, const uint8_t *bytes, size_t length)
{
    if (l->failed)
        return -l->failed;
    l->in_bytes += length;
    // For a plain tar both digests are the same, and one is enough.
    if (l->decoder.coding != PLAIN)
        sha256_update(&l->in, bytes, length);
    // Modes are given as files are made.
    mode_t mask = umask(0);
    int result = decoder_push(&l->decoder, bytes, length, tar_sink, l);
    umask(mask);
    return decoded(l, result);
}

void layer_progress(const struct layer *l, struct layer_result *result)
{
    result->compressed_bytes = l->in_bytes;
    result->uncompressed_bytes = l->out_bytes;
    result->file_bytes = l->file_bytes;
    result->entries = l->entries;
    result->compression = l->decoder.coding == GZIP ? "gzip" : l->decoder.coding == ZSTD ? "zstd" : "none";
}

int layer_finish(struct layer *l, struct layer_result *result)
{
    if (l->failed)
        return -l->failed;
    if (decoded(l, decoder_finish(&l->decoder, tar_sink, l)) < 0)
        return -l->failed;
    // Archives without the two empty blocks at their end exist; one cut inside an entry is broken.
    if (l->state == FILE_DATA || l->state == META_DATA || (l->state == HEADER && (l->have > 0 || l->padding > 0)))
        return fail(l, EBADMSG, "archive ends early", l->e.path);
    for (struct pending_dir *d = l->dirs; d; d = d->next) {
        struct timespec times[2] = { d->mtime, d->mtime };
        int fd = sys_openat2(l->root, d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_IN_ROOT);
        if (fd >= 0) {
            futimens(fd, times);
            close(fd);
        }
    }
    layer_progress(l, result);
    sha256_hex(&l->out, result->diff_id);
    if (l->decoder.coding == PLAIN)
        memcpy(result->compressed, result->diff_id, sizeof result->compressed);
    else
        sha256_hex(&l->in, result->compressed);
    return 0;
}

const char *layer_error(const struct layer *l)
{
    return l->error;
}

void layer_free(struct layer *l)
{
    if (!l)
        return;
    decoder_free(&l->decoder);
    if (l->fd >= 0)
        close(l->fd);
    forget_parent(l);
    clear_entry(l);
    free(l->meta);
    for (struct pending_dir *d = l->dirs, *next; d; d = next) {
        next = d->next;
        free(d);
    }
    free(l);
}
